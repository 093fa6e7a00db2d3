import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A process, told apart from a later one that was given the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** On Linux `<boot id>:<clock ticks since boot>`, elsewhere the start time as `ps` prints it. */
  readonly startedAt: string;
}

const linux = process.platform === 'linux';
const POLL_MS = 50;

/** The identity of a living process; null when there is none (a zombie counts as gone). */
export function identify(pid: number): ProcessIdentity | null {
  const startedAt = linux ? linuxStart(pid) : psStart(pid);
  return startedAt === null ? null : { pid, startedAt };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

/** Whether the machine was booted since; false where that cannot be told. */
export function isFromEarlierBoot(identity: ProcessIdentity): boolean {
  return linux && !identity.startedAt.startsWith(`${bootId()}:`);
}

/**
 * Sends the signal, waits up to `graceMs`, then kills. A process that is not exactly the one meant is never touched.
 * Resolves when it is gone; false when it had to be killed.
 */
export async function stopProcess(
  identity: ProcessIdentity,
  { signal, graceMs }: { signal: NodeJS.Signals; graceMs: number },
): Promise<boolean> {
  if (!send(identity, signal)) return true;
  if (await isGoneWithin(identity, graceMs)) return true;
  send(identity, 'SIGKILL');
  if (!(await isGoneWithin(identity, 10_000))) throw new Error(`Process ${identity.pid} survived SIGKILL.`);
  return false;
}

/** Pids of processes that have `argument` among their arguments: how a server nobody recorded is found again. */
export function findByArgument(argument: string): ProcessIdentity[] {
  const pids = linux ? linuxPidsWith(argument) : psPidsWith(argument);
  return pids.map(identify).filter((identity) => identity !== null);
}

/** Resident memory in bytes; null when the process is gone. */
export function residentBytes(pid: number): number | null {
  const kilobytes = linux
    ? /^VmRSS:\s+(\d+) kB$/m.exec(readText(`/proc/${pid}/status`) ?? '')?.[1]
    : ps(['-o', 'rss=', '-p', String(pid)]).trim();
  return kilobytes ? Number(kilobytes) * 1024 : null;
}

function send(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

async function isGoneWithin(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isRunning(identity)) {
    if (Date.now() >= deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** Fields after the command, which may itself hold spaces and brackets: state is the first, start time the 20th. */
function linuxStart(pid: number): string | null {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticks] = [fields[0], fields[19]];
  return state === 'Z' || state === 'X' || ticks === undefined ? null : `${bootId()}:${ticks}`;
}

function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

function psStart(pid: number): string | null {
  const line = ps(['-o', 'stat=,lstart=', '-p', String(pid)]).trim();
  const separator = line.indexOf(' ');
  return separator < 0 || line.startsWith('Z') ? null : line.slice(separator).trim();
}

function linuxPidsWith(argument: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => readText(`/proc/${pid}/cmdline`)?.split('\0').includes(argument))
    .map(Number);
}

function psPidsWith(argument: string): number[] {
  return ps(['-axww', '-o', 'pid=,args='])
    .split('\n')
    .filter((line) => line.split(/\s+/).includes(argument))
    .map((line) => Number.parseInt(line, 10));
}

function ps(args: readonly string[]): string {
  return spawnSync('ps', args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } }).stdout ?? '';
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
