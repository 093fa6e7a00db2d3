import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BillingError } from '../src/errors.ts';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';

const POLL_MS = 100;
/** Breaking a lock takes microseconds; a guard this old belongs to a process that died in them. */
const GUARD_MS = 10_000;

export interface LockOptions {
  readonly path: string;
  /** Default 15 minutes: the holder may be downloading. */
  readonly timeoutMs?: number;
  /** Called once, when the lock turns out to be taken. */
  readonly onWait?: (holder: ProcessIdentity) => void;
}

/**
 * Runs `work` while no other process of this machine holds the lock. A lock whose holder died is broken.
 * Throws UNAVAILABLE when a living holder keeps it longer than `timeoutMs`.
 */
export async function withLock<Result>(options: LockOptions, work: () => Promise<Result>): Promise<Result> {
  const release = await acquire(options);
  try {
    return await work();
  } finally {
    release();
  }
}

async function acquire({ path, timeoutMs = 15 * 60_000, onWait }: LockOptions): Promise<() => void> {
  mkdirSync(dirname(path), { recursive: true });
  const own = JSON.stringify({ ...identify(process.pid), token: randomBytes(8).toString('hex') });
  const deadline = Date.now() + timeoutMs;
  let told = false;
  while (!takeLock(path, own)) {
    const content = read(path);
    const holder = content === null ? null : parseHolder(content);
    if (content !== null && (holder === null || !isRunning(holder))) {
      breakLock(path, content);
      continue;
    }
    if (holder !== null && !told) {
      told = true;
      onWait?.(holder);
    }
    if (Date.now() > deadline) {
      const minutes = Math.round(timeoutMs / 60_000);
      throw new BillingError('UNAVAILABLE', `Process ${holder?.pid} has held ${path} for over ${minutes} minutes.`);
    }
    await delay(POLL_MS);
  }
  return () => {
    if (read(path) === own) rmSync(path, { force: true });
  };
}

/** The file appears with its content, in one step: nobody can read a lock that has no holder yet. */
function takeLock(path: string, own: string): boolean {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, own, { flag: 'wx', mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Only one process at a time may break, and only what it judged: else two would remove each other's fresh lock. */
function breakLock(path: string, stale: string): void {
  const guard = `${path}.breaking`;
  try {
    writeFileSync(guard, '', { flag: 'wx' });
  } catch {
    const madeAt = modifiedAt(guard);
    if (madeAt !== null && Date.now() - madeAt > GUARD_MS) rmSync(guard, { force: true });
    return;
  }
  try {
    if (read(path) === stale) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

function parseHolder(content: string): ProcessIdentity | null {
  try {
    const { pid, startedAt } = JSON.parse(content) as Partial<ProcessIdentity>;
    return typeof pid === 'number' && typeof startedAt === 'string' ? { pid, startedAt } : null;
  } catch {
    return null;
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function modifiedAt(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
}
