/** A whole scheduler on the real servers, in a world of its own: random topic prefix, fresh database. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { silentLogger, type Logger } from '../../src/adapters/logger.ts';
import type { InvoiceView, RunView, ShopResultView } from '../../src/adapters/read-models.ts';
import { systemClock, type Clock } from '../../src/adapters/clock.ts';
import type { App, RunAsk, RunningRoles } from '../../src/app.ts';
import { allPages } from '../../src/cli/pages.ts';
import { setUp } from '../../src/cli/set-up.ts';
import { loadConfig, type Config } from '../../src/config.ts';
import { openApp } from '../../src/main.ts';
import { importFacts, type ImportReport } from '../../src/producers/import-facts.ts';
import { CONSUMER_ROLES } from '../../src/roles.ts';
import './provided.ts';

/**
 * A configuration of its own on the servers of the test run, with an empty database.
 * @param variables what the test wants otherwise
 */
export async function createWorld(variables: Readonly<Record<string, string>> = {}): Promise<{
  config: Config;
  environment: Record<string, string>;
  drop: () => Promise<void>;
}> {
  const name = `t${randomBytes(6).toString('hex')}`;
  const url = new URL(inject('database'));
  await onServer(inject('database'), `create database ${name}`);
  url.pathname = `/${name}`;
  const environment = {
    KAFKA_BOOTSTRAP_SERVERS: inject('kafka'),
    SCHEMA_REGISTRY_URL: inject('registry'),
    DATABASE_URL: url.href,
    TOPIC_PREFIX: `${name}.`,
    PARTITIONS: '3',
    RETRY_DELAYS: '50ms,100ms,150ms',
    ...variables,
  };
  const drop = () => onServer(inject('database'), `drop database if exists ${name} with (force)`);
  return { config: loadConfig(environment), environment, drop };
}

async function onServer(databaseUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

export interface TestApp extends AsyncDisposable {
  readonly app: App;
  readonly config: Config;
  readonly environment: Record<string, string>;
  /** Publishes facts as `billing import` does. */
  importLines(lines: readonly object[]): Promise<ImportReport>;
  /** Asks for a run and waits until it has ended. */
  bill(ask?: Partial<RunAsk>): Promise<RunView>;
  ended(runId: string, revision?: number): Promise<RunView>;
  shopResults(runId: string): Promise<ShopResultView[]>;
  invoices(): Promise<InvoiceView[]>;
  /** Opens the same world once more, as another process would. */
  another(): Promise<App>;
}

/**
 * @param withRoles false when the test starts them itself
 * @param variables environment variables the test wants otherwise
 * @param clock what everything goes by
 */
export async function openTestApp({
  withRoles = true,
  logger = silentLogger,
  variables = {},
  clock = systemClock,
}: {
  withRoles?: boolean;
  logger?: Logger;
  variables?: Readonly<Record<string, string>>;
  clock?: Clock;
} = {}): Promise<TestApp> {
  const world = await createWorld(variables);
  await using releasers = new AsyncDisposableStack();
  releasers.defer(world.drop);
  await setUp(world.config);
  const open = async (owner: AsyncDisposableStack) => {
    const app = await openApp({ config: world.config, logger, clock });
    owner.defer(() => app.close());
    return app;
  };
  const app = await open(releasers);
  if (withRoles) {
    const roles: RunningRoles = await app.startRoles(CONSUMER_ROLES);
    releasers.defer(() => roles.stop());
  }
  const owned = releasers.move();

  const ended = async (runId: string, revision = 1): Promise<RunView> => {
    for (;;) {
      const run = await app.readModels.findRun(runId);
      if (run !== null && run.completedAt !== null && run.revision >= revision) return run;
      await systemClock.sleep(20);
    }
  };
  return {
    app,
    config: world.config,
    environment: world.environment,
    importLines: (lines) =>
      importFacts({
        sources: [{ name: 'test', stream: toStream(lines) }],
        log: app.log,
        codec: app.codec,
        clock: systemClock,
      }),
    ended,
    bill: async (ask = {}) => {
      const { runId } = await app.requestBillingRun({ ...EVERY_SHOP, ...ask });
      return ended(runId);
    },
    shopResults: (runId) =>
      all((cursor) => app.readModels.listShopResults({ runId, outcome: null, cursor, limit: 1_000 })),
    invoices: () =>
      all((cursor) =>
        app.readModels.listInvoices({ periodStartDate: null, shopId: null, runId: null, cursor, limit: 1_000 }),
      ),
    another: () => open(owned),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export const EVERY_SHOP: RunAsk = {
  shopIds: null,
  period: '2026-10',
  periodStart: null,
  periodEnd: null,
  dryRun: false,
  force: false,
  trigger: { source: 'cli', actor: 'test', deliveryId: null },
};

export async function* toStream(lines: readonly object[]): AsyncIterable<Uint8Array> {
  yield Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

async function all<T>(load: Parameters<typeof allPages<T>>[0]): Promise<T[]> {
  const items: T[] = [];
  for await (const page of allPages(load)) items.push(...page);
  return items;
}
