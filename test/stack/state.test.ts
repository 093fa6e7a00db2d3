import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findStack, stackDown, stackStatus, stackUp } from '../../stack/stack.ts';
import { newState, readState, writeState } from '../../stack/state.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'state-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('state', () => {
  it('is written whole, for the eyes of its owner only', () => {
    const state = newState('processes');

    writeState(directory, state);

    expect(readState(directory)).toEqual(state);
    expect(readdirSync(directory)).toEqual(['state.json']);
    expect(statSync(join(directory, 'state.json')).mode & 0o777).toBe(0o600);
  });

  it('holds secrets and ids of its own', () => {
    const [one, other] = [newState('processes'), newState('processes')];

    expect(one.postgresPassword).toMatch(/^[\w-]{32}$/);
    expect(one.postgresPassword).not.toBe(other.postgresPassword);
    expect(one.kafkaClusterId).not.toBe(other.kafkaClusterId);
  });

  it('of no stack: none found, none running, none stopped', async () => {
    expect(await findStack({ directory })).toBeNull();
    expect(await stackStatus({ directory })).toMatchObject({ runtime: null, addresses: null });
    expect(await stackDown({ directory: join(directory, 'none'), wipe: true })).toEqual({ stopped: [] });
  });

  it('of a stack whose processes are gone finds none, and trusts no server that answers on its port', async () => {
    const state = newState('processes');
    const own = { pid: process.pid, startedAt: 'before' };
    for (const server of Object.values(state.servers)) server.process = own;
    writeState(directory, state);

    expect(await findStack({ directory })).toBeNull();
    const { servers } = await stackStatus({ directory });
    expect(servers.map((server) => [server.state, server.pid])).toEqual(Array(3).fill(['stopped', null]));
    expect(await stackDown({ directory })).toEqual({ stopped: [] });
  });

  it('that is lost is not made up while there is data that belongs to it', async () => {
    mkdirSync(join(directory, 'kafka', 'data'), { recursive: true });
    writeFileSync(join(directory, 'state.json'), '{"version":1,');
    writeFileSync(join(directory, 'mine.txt'), '');

    await expect(stackUp({ directory })).rejects.toMatchObject({ code: 'SETUP_MISSING' });
    await stackDown({ directory, wipe: true });

    expect(readdirSync(directory)).toEqual(['mine.txt']);
  });
});
