import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BillingError, type ErrorCode } from '../src/errors.ts';
import type { Logger } from '../src/adapters/logger.ts';
import { choosePorts } from './ports.ts';
import { identify, isRunning, stopProcess, type ProcessIdentity } from './process-identity.ts';
import { SERVER_TITLES, type OnProgress, type ServerName } from './progress.ts';
import type { StackState } from './state.ts';

/** One of the three, as a process of its own that outlives the command which started it. */
export interface LocalServer {
  readonly name: ServerName;
  readonly logPath: string;
  /** The code of the error when it does not come up. */
  readonly unreachable: ErrorCode;
  /** Downloads, formats, initialises: whatever is not done yet. Interrupted anywhere, it can be called again. */
  prepare(): Promise<void>;
  command(): ServerCommand;
  /** Resolves when the server answers as it should; throws otherwise. Bounded. */
  probe(): Promise<void>;
  /** What is left to do once it answers. */
  complete?(): Promise<void>;
}

export interface ServerCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  readonly cwd: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** How each is asked to stop, and how long it gets before it is killed. */
export const STOP: Record<ServerName, { readonly signal: NodeJS.Signals; readonly graceMs: number }> = {
  kafka: { signal: 'SIGTERM', graceMs: 30_000 },
  registry: { signal: 'SIGTERM', graceMs: 20_000 },
  // SIGTERM would wait for every client to leave; SIGINT ends their sessions and shuts down as cleanly.
  postgres: { signal: 'SIGINT', graceMs: 30_000 },
};

export interface StartLimits {
  /** For a server of an earlier, interrupted start, and for one that hangs, before it is replaced. */
  readonly adoptMs: number;
  readonly startMs: number;
}

const LIMITS: StartLimits = { adoptMs: 20_000, startMs: 90_000 };
const POLL_MS = 100;
const ATTEMPTS = 3;
const SHOWN_LINES = 15;
const STACK_FRAME = /^\s+(at |\.{3} \d+ more)/;

/** Leaves the server running and healthy: as it is, when it already does, and started (again) otherwise. */
export async function ensureRunning({
  server,
  state,
  save,
  onProgress,
  log,
  limits = LIMITS,
}: {
  server: LocalServer;
  state: StackState;
  save: () => void;
  onProgress: OnProgress;
  log: Logger;
  limits?: StartLimits;
}): Promise<void> {
  const title = SERVER_TITLES[server.name];
  const slot = state.servers[server.name];
  const tell = (phase: 'starting' | 'ready', message: string) => onProgress({ server: server.name, phase, message });
  const startedAt = Date.now();

  if (slot.process !== null && isRunning(slot.process)) {
    if ((await waitUntilHealthy(server, slot.process, limits.adoptMs)) === 'healthy') {
      await server.complete?.();
      tell('ready', `${title} is running`);
      return;
    }
    log.warn({ server: server.name, pid: slot.process.pid }, 'a server runs but does not answer, and is replaced');
    await stopProcess(slot.process, STOP[server.name]);
  }

  for (let attempt = 1; ; attempt += 1) {
    await server.prepare().catch((error: unknown) => {
      if (error instanceof BillingError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new BillingError(server.unreachable, `${title} could not be prepared: ${reason}`, { cause: error });
    });
    tell('starting', `starting ${title}`);
    const running = launch(server);
    slot.process = running;
    save();
    const outcome = await waitUntilHealthy(server, running, limits.startMs);
    if (outcome === 'healthy') break;
    await stopProcess(running, STOP[server.name]);
    slot.process = null;
    save();
    // Did somebody take a port between our look at it and the server's bind?
    const ports = await choosePorts(slot.ports, takenPorts(state, server.name));
    if (attempt === ATTEMPTS || ports.every((port, index) => port === slot.ports[index])) {
      const what = outcome === 'died' ? 'stopped while starting' : `did not answer within ${limits.startMs / 1000} s`;
      throw new BillingError(
        server.unreachable,
        `${title} ${what}. Its log, ${server.logPath}, ends:\n${lastLines(server.logPath)}`,
      );
    }
    slot.ports = ports;
    save();
  }
  await server.complete?.();
  tell('ready', `${title} is up (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
}

/** Ports promised to the other servers of the stack. */
export function takenPorts(state: StackState, except: ServerName): Set<number> {
  const others = Object.entries(state.servers).filter(([name]) => name !== except);
  return new Set(others.flatMap(([, { ports }]) => ports.filter((port) => port !== null)));
}

async function waitUntilHealthy(
  server: LocalServer,
  running: ProcessIdentity,
  timeoutMs: number,
): Promise<'healthy' | 'died' | 'timeout'> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answered = await server.probe().then(
      () => true,
      () => false,
    );
    // Looked at after the probe: an answer counts only while the process that should have given it lives.
    if (!isRunning(running)) return 'died';
    if (answered) return 'healthy';
    if (Date.now() > deadline) return 'timeout';
    await delay(POLL_MS);
  }
}

/** Detached, in a session of its own, with its output in a file: it survives the command and its terminal. */
function launch(server: LocalServer): ProcessIdentity {
  const { file, args, ...options } = server.command();
  mkdirSync(dirname(server.logPath), { recursive: true });
  if (existsSync(server.logPath)) renameSync(server.logPath, server.logPath.replace(/\.log$/, '.previous.log'));
  const output = openSync(server.logPath, 'a', 0o600);
  try {
    const child = spawn(file, args, { ...options, detached: true, stdio: ['ignore', output, output] });
    // Without a pid the error event says why; with one, its death is noticed by watching the process.
    child.on('error', () => {});
    child.unref();
    const running = child.pid === undefined ? null : identify(child.pid);
    if (running === null) {
      throw new BillingError(server.unreachable, `${SERVER_TITLES[server.name]} could not be started: ${file}`);
    }
    return running;
  } finally {
    closeSync(output);
  }
}

/** Without the frames of Java's stack traces, which would push out the line that says what happened. */
function lastLines(path: string): string {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines
    .filter((line) => !STACK_FRAME.test(line))
    .slice(-SHOWN_LINES)
    .map((line) => `  ${line}`)
    .join('\n');
}
