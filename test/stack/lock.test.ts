import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from '../../stack/lock.ts';
import { identify } from '../../stack/process-identity.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(directory, 'lock');
});

afterEach(() => rmSync(directory, { recursive: true }));

/** A read, a pause and a write: any two that overlap lose a count. */
const COUNT = `
  import { readFileSync, writeFileSync } from 'node:fs';
  import { withLock } from ${JSON.stringify(new URL('../../stack/lock.ts', import.meta.url).href)};
  const [path, counter, times] = process.argv.slice(1);
  for (let i = 0; i < Number(times); i += 1) {
    await withLock({ path }, async () => {
      const count = Number(readFileSync(counter, 'utf8'));
      await new Promise((resolve) => setTimeout(resolve, 2));
      writeFileSync(counter, String(count + 1));
    });
  }`;

describe('lock', () => {
  it('is held by one process at a time, also when all of them meet a stale one', async () => {
    const counter = join(directory, 'counter');
    writeFileSync(counter, '0');
    writeFileSync(path, JSON.stringify({ ...identify(process.pid), startedAt: 'long ago' }));

    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', COUNT, path, counter, '5'], { stdio: 'inherit' }),
    );
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number));

    expect(codes).toEqual([0, 0, 0, 0]);
    expect(readFileSync(counter, 'utf8')).toBe('20');
    expect(readdirSync(directory)).toEqual(['counter']);
  }, 30_000);

  it.each([
    ['whose pid belongs to another process by now', () => JSON.stringify({ pid: process.pid, startedAt: 'long ago' })],
    ['whose holder is gone', () => JSON.stringify({ pid: 4_194_304, startedAt: 'long ago' })],
    ['that is no lock of ours', () => 'x'],
  ])('breaks a lock %s', async (_, content) => {
    writeFileSync(path, content());

    await expect(withLock({ path, timeoutMs: 1000 }, async () => 'done')).resolves.toBe('done');
  });

  it('waits for a living holder, says so once, and gives up in the end', async () => {
    writeFileSync(path, JSON.stringify(identify(process.pid)));
    const waits: number[] = [];

    const attempt = withLock({ path, timeoutMs: 350, onWait: ({ pid }) => waits.push(pid) }, async () => 'done');

    await expect(attempt).rejects.toThrow(`Process ${process.pid}`);
    expect(waits).toEqual([process.pid]);
  });

  it('is free again when the work failed', async () => {
    await expect(withLock({ path }, () => Promise.reject(new Error('no')))).rejects.toThrow('no');

    expect(readdirSync(directory)).toEqual([]);
  });
});
