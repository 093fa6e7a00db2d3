/** The servers of a command: those that are configured, or else the local stack, which is started and set up. */
import type { StackAddresses } from '../../stack/stack.ts';
import type { App } from '../app.ts';
import type { Config, Servers } from '../config.ts';
import { atMost, untilInterrupted } from './interrupt.ts';
import { bringStackUp, serversAt } from './local-stack.ts';
import { createLogger } from './logger.ts';
import { createDatabase, setUp } from './set-up.ts';
import type { CliContext } from './terminal.ts';

const LONGEST_CLOSE_MS = 5_000;

interface Place {
  readonly context: CliContext;
  readonly config: Config;
  /** A database beside the configured one, made when it is missing; with it topics, tables and schemas are set up. */
  readonly ownDatabase?: string;
  /** True where `use` watches context.interrupted, because it has something to say or to stop. */
  readonly endsItself?: boolean;
}

/** Calls `use` with everything wired and closes it afterwards. Configured servers must have been set up. */
export async function withApp<T>(place: Place, use: (app: App) => Promise<T>): Promise<T> {
  const { context, endsItself = false } = place;
  const open = async () => {
    const { config, isSetUp } = await findServers(place);
    const logger = createLogger({ level: config.logLevel });
    if (!isSetUp) await setUp(config);
    // Loaded late: help and wrong usage need no drivers.
    const { openApp } = await import('../main.ts');
    return openApp({ config, logger, clock: context.clock });
  };
  const app = await untilInterrupted(open(), context.interrupted);
  try {
    return await (endsItself ? use(app) : untilInterrupted(use(app), context.interrupted));
  } finally {
    await atMost(LONGEST_CLOSE_MS, app.close());
  }
}

/** Calls `use` with servers that may not be set up yet. */
export async function withServers<T>(place: Place, use: (config: Config) => Promise<T>): Promise<T> {
  const work = findServers(place).then(({ config }) => use(config));
  return untilInterrupted(work, place.context.interrupted);
}

/** `isSetUp`: whoever configured the servers sees to that, with the commands that are there for it. */
async function findServers({ context, config, ownDatabase }: Place): Promise<{ config: Config; isSetUp: boolean }> {
  const servers = config.servers ?? (await localServers(context));
  if (ownDatabase === undefined) return { config: { ...config, servers }, isSetUp: config.servers !== null };
  await createDatabase(servers.databaseUrl, ownDatabase);
  const url = new URL(servers.databaseUrl);
  url.pathname = `/${ownDatabase}`;
  return { config: { ...config, servers: { ...servers, databaseUrl: url.href } }, isSetUp: false };
}

async function localServers(context: CliContext): Promise<Servers> {
  const { addresses } = await bringStackUp(context);
  context.terminal.note(`Using the local stack (${describeAddresses(addresses)}).`);
  return serversAt(addresses);
}

function describeAddresses({ kafka, registry, database }: StackAddresses): string {
  return `Kafka ${kafka}, registry ${new URL(registry).host}, Postgres ${new URL(database).host}`;
}
