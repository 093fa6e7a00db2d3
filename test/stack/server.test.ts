import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/adapters/logger.ts';
import { stopServers, stopStrays } from '../../stack/local-servers.ts';
import { choosePorts } from '../../stack/ports.ts';
import { isRunning } from '../../stack/process-identity.ts';
import { ensureRunning, type LocalServer } from '../../stack/server.ts';
import { javaMarker, newState, readState, writeState, type StackState } from '../../stack/state.ts';

/** A server in six lines: it answers on its port, unless `broken` lies in its directory, or `deaf` with its pid. */
const PROGRAM = `
  const { existsSync, readFileSync } = require('node:fs');
  if (existsSync('broken')) throw new Error('the disk is full');
  const isDeaf = () => existsSync('deaf') && Number(readFileSync('deaf', 'utf8')) === process.pid;
  require('node:http').createServer((request, response) => { if (!isDeaf()) response.end(); })
    .listen(Number(process.argv[1]), '127.0.0.1');`;

let directory: string;
let state: StackState;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'server-'));
  state = newState('processes');
  state.servers.registry.ports = await choosePorts([null], new Set());
});

afterEach(async () => {
  await stopServers({ directory, state, onProgress: () => {} });
  await stopStrays(directory, null);
  rmSync(directory, { recursive: true });
});

function server(): LocalServer {
  return {
    name: 'registry',
    logPath: join(directory, 'logs', 'registry.log'),
    unreachable: 'REGISTRY_UNREACHABLE',
    prepare: async () => {},
    command: () => ({
      file: process.execPath,
      args: ['-e', PROGRAM, String(state.servers.registry.ports[0]), javaMarker(directory)],
      env: {},
      cwd: directory,
    }),
    probe: async () => {
      const url = `http://127.0.0.1:${state.servers.registry.ports[0]}`;
      await fetch(url, { signal: AbortSignal.timeout(200), headers: { connection: 'close' } });
    },
  };
}

const start = (which = server()) =>
  ensureRunning({
    server: which,
    state,
    save: () => writeState(directory, state),
    onProgress: () => {},
    log: silentLogger,
    limits: { adoptMs: 500, startMs: 10_000 },
  });

function running() {
  const { process } = state.servers.registry;
  if (process === null) throw new Error('not started');
  return process;
}

describe('server', () => {
  it('is recorded before it is known to be healthy, so that an interrupted start can be taken up', async () => {
    const interrupted = { ...server(), probe: () => Promise.reject(new Error('not yet')) };
    const attempt = start(interrupted);
    await expect.poll(() => readState(directory)?.servers.registry.process).toBeTruthy();
    const recorded = running();
    expect(isRunning(recorded)).toBe(true);

    await start();

    expect(running()).toEqual(recorded);
    process.kill(recorded.pid, 'SIGKILL');
    await expect(attempt).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
  });

  it('is left alone when it runs and answers', async () => {
    await start();
    const first = running();

    await start();

    expect(running()).toEqual(first);
  });

  it('is replaced when it runs but does not answer', async () => {
    await start();
    const first = running();
    writeFileSync(join(directory, 'deaf'), String(first.pid));

    await start();

    expect(isRunning(first)).toBe(false);
    expect(isRunning(running())).toBe(true);
  });

  it('gets another port when somebody takes its own at the last moment', async () => {
    const [port = 0] = state.servers.registry.ports;
    const squatter = createServer().listen(port ?? 0, '127.0.0.1');
    await once(squatter, 'listening');

    await start();
    squatter.close();

    expect(state.servers.registry.ports[0]).not.toBe(port);
    expect(readState(directory)?.servers.registry).toEqual(state.servers.registry);
  });

  it('that dies while starting is reported with the end of its log, without stack frames', async () => {
    writeFileSync(join(directory, 'broken'), '');

    const attempt = start();

    await expect(attempt).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    await expect(attempt).rejects.toThrow(
      /stopped while starting\. Its log, .*registry\.log, ends:.*the disk is full/s,
    );
    await expect(attempt).rejects.not.toThrow(/^\s+at /m);
    expect(state.servers.registry.process).toBeNull();
  });

  it('that cannot be prepared is an error of that server', async () => {
    const attempt = start({ ...server(), prepare: () => Promise.reject(new Error('no space left on device')) });

    await expect(attempt).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: 'schema registry could not be prepared: no space left on device',
    });
  });

  it('that nobody recorded is found and ended', async () => {
    await start();
    const stray = running();
    state.servers.registry.process = null;

    await stopStrays(directory, state);

    expect(isRunning(stray)).toBe(false);
    expect(existsSync(join(directory, 'logs', 'registry.log'))).toBe(true);
  });

  it('that is recorded is no stray', async () => {
    await start();

    await stopStrays(directory, state);

    expect(isRunning(running())).toBe(true);
  });
});
