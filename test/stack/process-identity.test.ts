import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { findByArgument, identify, isRunning, residentBytes, stopProcess } from '../../stack/process-identity.ts';

let children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
});

/** A process that has said it is ready; `script` may register signal handlers first. */
async function started(script = '', argument = 'x'): Promise<{ child: ChildProcess; pid: number }> {
  const body = `${script}; setInterval(() => {}, 1000); console.log('ready')`;
  const child = spawn(process.execPath, ['-e', body, argument], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout, 'data');
  return { child, pid: child.pid ?? 0 };
}

function identityOf(pid: number) {
  const identity = identify(pid);
  if (identity === null) throw new Error(`no process ${pid}`);
  return identity;
}

describe('process identity', () => {
  it('is the same while a process lives, and gone with it', async () => {
    const { child, pid } = await started();
    const identity = identityOf(pid);
    expect(isRunning(identity)).toBe(true);

    child.kill('SIGKILL');
    await once(child, 'exit');

    expect(isRunning(identity)).toBe(false);
    expect(identify(pid)).toBeNull();
  });

  it('never touches a process that has the pid of another', async () => {
    const { pid } = await started();
    const recycled = { ...identityOf(pid), startedAt: 'before' };

    expect(isRunning(recycled)).toBe(false);
    await expect(stopProcess(recycled, { signal: 'SIGKILL', graceMs: 1000 })).resolves.toBe(true);

    expect(isRunning(identityOf(pid))).toBe(true);
  });

  it('stops with the signal where that is heard', async () => {
    const { child, pid } = await started(`process.on('SIGTERM', () => process.exit(7))`);
    const exit = once(child, 'exit');

    await expect(stopProcess(identityOf(pid), { signal: 'SIGTERM', graceMs: 10_000 })).resolves.toBe(true);

    expect((await exit)[0]).toBe(7);
  });

  it('kills what does not hear the signal, and says so', async () => {
    const { pid } = await started(`process.on('SIGTERM', () => {})`);

    await expect(stopProcess(identityOf(pid), { signal: 'SIGTERM', graceMs: 200 })).resolves.toBe(false);

    expect(identify(pid)).toBeNull();
  });

  it('finds a process by one whole argument', async () => {
    const argument = `marker-${randomUUID()}`;
    const { pid } = await started('', argument);

    expect(findByArgument(argument)).toEqual([identityOf(pid)]);
    expect(findByArgument(argument.slice(0, -1))).toEqual([]);
  });

  it('tells the resident memory', async () => {
    const { pid } = await started();

    expect(residentBytes(pid)).toBeGreaterThan(10 * 1024 * 1024);
    expect(residentBytes(4_194_304)).toBeNull();
  });
});
