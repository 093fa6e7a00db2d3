import { silentLogger, type Logger } from '../src/adapters/logger.ts';
import { localKafka } from './kafka.ts';
import { choosePorts } from './ports.ts';
import { localPostgres } from './postgres.ts';
import { findByArgument, isRunning, stopProcess } from './process-identity.ts';
import { SERVER_NAMES, SERVER_TITLES, type OnProgress, type ServerName } from './progress.ts';
import { localRegistry } from './registry.ts';
import { requireJava } from './runtime.ts';
import { ensureRunning, STOP, takenPorts, type LocalServer } from './server.ts';
import { javaMarker, postgresMarker, writeState, type StackState } from './state.ts';

/** Leaves the three servers running and healthy as processes; throws what is wrong with the first that is not. */
export async function startServers({
  directory,
  cacheDirectory,
  state,
  onProgress,
  log = silentLogger,
}: {
  directory: string;
  cacheDirectory: string;
  state: StackState;
  onProgress: OnProgress;
  log: Logger | undefined;
}): Promise<void> {
  const java = await requireJava(cacheDirectory);
  const save = () => writeState(directory, state);
  await stopStrays(directory, state);
  for (const name of SERVER_NAMES) {
    const slot = state.servers[name];
    if (slot.process !== null && isRunning(slot.process)) continue;
    slot.ports = await choosePorts(slot.ports, takenPorts(state, name));
  }
  save();
  const context = { directory, cacheDirectory, java, state, save, onProgress };
  const servers: LocalServer[] = [localKafka(context), localRegistry(context), localPostgres(context)];
  // All are awaited even when one fails, so that each is left either healthy or stopped, and recorded.
  const results = await Promise.allSettled(
    servers.map((server) => ensureRunning({ server, state, save, onProgress, log })),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Stops those that run, and names them. */
export async function stopServers({
  directory,
  state,
  onProgress,
}: {
  directory: string;
  state: StackState;
  onProgress: OnProgress;
}): Promise<ServerName[]> {
  const stopped = await Promise.all(
    SERVER_NAMES.map(async (server) => {
      const slot = state.servers[server];
      if (slot.process === null || !isRunning(slot.process)) return [];
      const title = SERVER_TITLES[server];
      onProgress({ server, phase: 'stopping', message: `stopping ${title}` });
      const clean = await stopProcess(slot.process, STOP[server]);
      onProgress({ server, phase: 'stopped', message: clean ? `${title} stopped` : `${title} had to be killed` });
      return [server];
    }),
  );
  for (const name of SERVER_NAMES) state.servers[name].process = null;
  writeState(directory, state);
  return stopped.flat();
}

/**
 * Ends programs of this stack that its state does not know: servers, because somebody deleted the directory under
 * them, and what an interrupted start left preparing one. They would hold the data and the memory of those to come.
 */
export async function stopStrays(directory: string, state: StackState | null): Promise<void> {
  const known = SERVER_NAMES.flatMap((name) => state?.servers[name].process?.pid ?? []);
  const found = [javaMarker(directory), postgresMarker(directory)].flatMap(findByArgument);
  const strays = found.filter(({ pid }) => !known.includes(pid));
  // SIGINT: the clean and quick way for Postgres, and as good as SIGTERM for Java.
  await Promise.all(strays.map((stray) => stopProcess(stray, { signal: 'SIGINT', graceMs: 10_000 })));
}
