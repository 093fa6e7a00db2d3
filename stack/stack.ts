import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BillingError } from '../src/errors.ts';
import type { Logger } from '../src/adapters/logger.ts';
import { defaultCacheDirectory } from './jars.ts';
import { probeKafka } from './kafka.ts';
import { startServers, stopServers, stopStrays } from './local-servers.ts';
import { withLock } from './lock.ts';
import { LOOPBACK } from './ports.ts';
import { databaseUrl, probePostgres, removePostgresHomes } from './postgres.ts';
import { isRunning, residentBytes } from './process-identity.ts';
import { SERVER_NAMES, type OnProgress, type ServerName } from './progress.ts';
import { probeRegistry, registryUrl } from './registry.ts';
import { chooseRuntime } from './runtime.ts';
import { newState, readState, writeState, type StackState } from './state.ts';

/** What a client needs to reach the three servers. The database URL holds the password. */
export interface StackAddresses {
  /** `127.0.0.1:port` */
  readonly kafka: string;
  /** `http://127.0.0.1:port/apis/ccompat/v7` */
  readonly registry: string;
  /** `postgres://billing:…@127.0.0.1:port/billing` */
  readonly database: string;
}

export interface Stack {
  readonly addresses: StackAddresses;
  /** True when the stack, or the data of one of its servers, is new: topics, schemas or tables are missing. */
  readonly fresh: boolean;
}

export interface ServerStatus {
  readonly name: ServerName;
  /** `unhealthy`: the process runs but does not answer as it should. */
  readonly state: 'healthy' | 'unhealthy' | 'stopped';
  /** Without password; null before the first start. */
  readonly address: string | null;
  readonly pid: number | null;
  readonly residentBytes: number | null;
  readonly logPath: string | null;
}

export interface StackStatus {
  readonly directory: string;
  /** Null: there is no stack in the directory. */
  readonly runtime: StackState['runtime'] | null;
  /** Null unless all three are healthy. */
  readonly addresses: StackAddresses | null;
  readonly servers: readonly ServerStatus[];
}

/** What `wipe` removes: the directory is the caller's, and may hold other things. */
const OWN_NAMES = /^(kafka|registry|postgres|logs|state\.json.*)$/;
const DATA_PATHS = ['kafka/data', 'registry/data', 'postgres/data'];

/**
 * Leaves Kafka, the schema registry and Postgres running and healthy, whatever was there before: nothing, a stopped
 * stack, half of one. They outlive the calling process. Of two calls at once one waits for the other.
 * Throws SETUP_MISSING (what to install), or KAFKA_, REGISTRY_ or POSTGRES_UNREACHABLE with the end of the log.
 */
export async function stackUp(options: {
  /** Where the stack's state, data and logs live: one stack per directory. */
  directory: string;
  /** Where downloaded jars are kept for all stacks. Default: `.local/cache` of the checkout. */
  cacheDirectory?: string;
  onProgress?: OnProgress;
  log?: Logger;
}): Promise<Stack> {
  const { cacheDirectory = defaultCacheDirectory(), onProgress = () => {}, log } = options;
  const directory = resolve(options.directory);
  return withStackLock(directory, onProgress, async () => {
    const state = readState(directory) ?? (await firstState(directory, cacheDirectory));
    if (state.wasReady && (await areHealthy(state))) return { addresses: addressesOf(state), fresh: false };
    switch (state.runtime) {
      case 'processes':
        await startServers({ directory, cacheDirectory, state, onProgress, log });
        break;
      case 'containers': {
        const { startContainers } = await import('./containers.ts');
        await startContainers({ directory, state, onProgress, isHealthy: () => areHealthy(state) });
        break;
      }
      default:
        throw new Error(`No such runtime: ${String(state.runtime satisfies never)}`);
    }
    const fresh = !state.wasReady;
    state.wasReady = true;
    writeState(directory, state);
    return { addresses: addressesOf(state), fresh };
  });
}

/** The addresses of a running, healthy stack; null when there is none. Starts nothing. */
export async function findStack(options: { directory: string }): Promise<StackAddresses | null> {
  const state = readState(resolve(options.directory));
  return state !== null && (await areHealthy(state)) ? addressesOf(state) : null;
}

/** How each of the three is. Starts nothing, and never waits long. */
export async function stackStatus(options: { directory: string }): Promise<StackStatus> {
  const directory = resolve(options.directory);
  const state = readState(directory);
  const servers = await Promise.all(SERVER_NAMES.map((name) => serverStatus({ directory, state, name })));
  const healthy = state !== null && servers.every((server) => server.state === 'healthy');
  return { directory, runtime: state?.runtime ?? null, addresses: healthy ? addressesOf(state) : null, servers };
}

/**
 * Stops the servers, cleanly where they let us. Their data stays for the next start unless `wipe`, which forgets
 * ports and password too; the jar cache always stays. Idempotent.
 */
export async function stackDown(options: {
  directory: string;
  wipe?: boolean;
  onProgress?: OnProgress;
}): Promise<{ stopped: readonly ServerName[] }> {
  const { wipe = false, onProgress = () => {} } = options;
  const directory = resolve(options.directory);
  if (!existsSync(directory)) {
    await stopStrays(directory, null);
    return { stopped: [] };
  }
  const stopped = await withStackLock(directory, onProgress, async () => {
    const state = readState(directory);
    const names = state === null ? [] : await stopAll({ directory, state, wipe, onProgress });
    await stopStrays(directory, null);
    if (wipe) await removePostgresHomes(directory);
    for (const name of wipe ? await readdir(directory) : []) {
      if (OWN_NAMES.test(name)) await rm(join(directory, name), { recursive: true, force: true, maxRetries: 5 });
    }
    return names;
  });
  // Goes only when it is empty now.
  if (wipe) await rmdir(directory).catch(() => {});
  return { stopped };
}

async function stopAll(options: {
  directory: string;
  state: StackState;
  wipe: boolean;
  onProgress: OnProgress;
}): Promise<ServerName[]> {
  if (options.state.runtime === 'processes') return stopServers(options);
  const { stopContainers } = await import('./containers.ts');
  return stopContainers(options);
}

async function serverStatus({
  directory,
  state,
  name,
}: {
  directory: string;
  state: StackState | null;
  name: ServerName;
}): Promise<ServerStatus> {
  const port = state?.servers[name].ports[0] ?? null;
  const running = state?.servers[name].process ?? null;
  const pid = running !== null && isRunning(running) ? running.pid : null;
  const logPath = join(directory, 'logs', `${name}.log`);
  const healthy = state !== null && (await isHealthy(state, name));
  return {
    name,
    state: healthy ? 'healthy' : pid === null ? 'stopped' : 'unhealthy',
    address: state === null || port === null ? null : name === 'registry' ? registryUrl(state) : `${LOOPBACK}:${port}`,
    pid,
    residentBytes: pid === null ? null : residentBytes(pid),
    logPath: existsSync(logPath) ? logPath : null,
  };
}

function addressesOf(state: StackState): StackAddresses {
  return {
    kafka: `${LOOPBACK}:${state.servers.kafka.ports[0]}`,
    registry: registryUrl(state),
    database: databaseUrl(state),
  };
}

async function areHealthy(state: StackState): Promise<boolean> {
  const healthy = await Promise.all(SERVER_NAMES.map((name) => isHealthy(state, name)));
  return healthy.every(Boolean);
}

async function isHealthy(state: StackState, name: ServerName): Promise<boolean> {
  const { ports, process } = state.servers[name];
  // What answers on our port while our process is gone is somebody else's server.
  if (ports[0] === null || (state.runtime === 'processes' && (process === null || !isRunning(process)))) return false;
  const probe = { kafka: probeKafka, registry: probeRegistry, postgres: probePostgres }[name];
  return probe(state).then(
    () => true,
    () => false,
  );
}

async function withStackLock<Result>(
  directory: string,
  onProgress: OnProgress,
  work: () => Promise<Result>,
): Promise<Result> {
  await mkdir(directory, { recursive: true });
  const onWait = ({ pid }: { pid: number }) =>
    onProgress({ server: null, phase: 'waiting', message: `waiting for process ${pid}, at work on the same stack` });
  return withLock({ path: join(directory, 'lock'), onWait }, work);
}

async function firstState(directory: string, cacheDirectory: string): Promise<StackState> {
  if (DATA_PATHS.some((path) => existsSync(join(directory, path)))) {
    throw new BillingError(
      'SETUP_MISSING',
      `${directory} holds the data of a local stack, but its state.json is missing or unreadable, and with it the ` +
        'password of the database. Put it back, or start anew with: billing stack down --wipe',
    );
  }
  return newState(await chooseRuntime(cacheDirectory));
}
