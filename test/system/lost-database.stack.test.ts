/** The database lost, or restored from an older moment, with the log intact: nobody is billed twice, nothing is lost. */
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { silentLogger } from '../../src/adapters/logger.ts';
import { systemClock } from '../../src/adapters/clock.ts';
import type { App, RunAsk } from '../../src/app.ts';
import { openApp } from '../../src/main.ts';
import { CONSUMER_ROLES } from '../../src/roles.ts';
import { createFreshDatabase } from '../contract/fresh-database.ts';
import { billableShop, plan } from '../support/facts.ts';
import { readTopic } from '../support/read-log.ts';
import { runCli } from '../support/run-cli.ts';
import { EVERY_SHOP, openTestApp, type TestApp } from '../support/test-app.ts';

/** Two invoices, a zero bill and a failure. */
const OCTOBER = [
  ...billableShop('a', '100.00'),
  ...billableShop('b', '200.00'),
  ...billableShop('c', '0.00'),
  ...billableShop('broken', '100.00'),
  plan('broken', { effectiveFrom: '2026-10-10', currency: 'EUR' }),
];

async function billOctober(world: TestApp): Promise<string> {
  await world.importLines(OCTOBER);
  const roles = await world.app.startRoles(CONSUMER_ROLES);
  const run = await world.bill();
  await roles.stop();
  return run.runId;
}

async function openOn({ config }: TestApp, databaseUrl: string, owner: AsyncDisposableStack): Promise<App> {
  const servers = { ...config.servers!, databaseUrl };
  const app = await openApp({ config: { ...config, servers }, logger: silentLogger });
  owner.defer(() => app.close());
  const roles = await app.startRoles(CONSUMER_ROLES);
  owner.defer(() => roles.stop());
  return app;
}

async function billOn(app: App, ask: Partial<RunAsk>) {
  const { runId } = await app.requestBillingRun({ ...EVERY_SHOP, ...ask });
  for (;;) {
    const run = await app.readModels.findRun(runId);
    if (run?.completedAt != null) return run;
    await systemClock.sleep(20);
  }
}

async function numbersOnLog(app: App): Promise<string[]> {
  const events = await readTopic(app, 'events');
  return events
    .flatMap(({ message }) => (message.type === 'InvoiceCreated' ? [message.data.invoiceNumber] : []))
    .sort();
}

async function completionsOf(app: App, runId: string): Promise<number[]> {
  const events = await readTopic(app, 'run-events');
  return events.flatMap(({ message: { type, data } }) =>
    type === 'BillingRunCompleted' && data.runId === runId ? [data.revision] : [],
  );
}

const SETTLED = { skipped: 3, failed: 1 };
const year = new Date().getUTCFullYear();
const number = (ordinal: number) => `INV-${year}-00000${ordinal}`;

test('the service starts on an empty database and catches up before it decides', { timeout: 120_000 }, async () => {
  await using world = await openTestApp({ withRoles: false });
  const first = await billOctober(world);
  await using owner = new AsyncDisposableStack();
  const empty = await createFreshDatabase(inject('database'));
  owner.defer(() => empty.drop());
  const app = await openOn(world, empty.databaseUrl, owner);

  const again = await billOn(app, { force: true });
  await world.importLines(billableShop('d', '300.00'));
  const more = await billOn(app, { shopIds: ['d'] });

  expect([again.outcomes, more.outcomes]).toEqual([SETTLED, { invoiced: 1 }]);
  expect(await numbersOnLog(app)).toEqual([1, 2, 3].map(number));
  expect(await app.readModels.findRun(first)).toMatchObject({ outcomes: { invoiced: 2, zero: 1, failed: 1 } });
  expect(await completionsOf(app, first)).toEqual([1]);
  expect(await app.requestBillingRun(EVERY_SHOP)).toMatchObject({ runId: first, published: false });
});

test('rebuild makes register, ledger and read models again from the log alone', { timeout: 120_000 }, async () => {
  await using world = await openTestApp({ withRoles: false });
  await billOctober(world);
  const [invoices, positions] = [await world.invoices(), await world.app.ledger.positions()];
  await using owner = new AsyncDisposableStack();
  const empty = await createFreshDatabase(inject('database'));
  owner.defer(() => empty.drop());

  const rebuilt = await runCli(['rebuild', '--json'], { ...world.environment, DATABASE_URL: empty.databaseUrl });

  expect(rebuilt).toMatchObject({ code: 0 });
  const rows = async (pool: pg.Pool | pg.Client) => {
    const { rows: found } = await pool.query(
      `select run_id, shop_id, shop_sequence, outcome, issued_number, current, settles from bill_register
       order by shop_id, shop_sequence`,
    );
    return found as unknown[];
  };
  const lost = new pg.Client({ connectionString: world.config.servers!.databaseUrl });
  await lost.connect();
  owner.defer(() => lost.end());
  expect(await rows(empty.pool)).toEqual(await rows(lost));
  const app = await openOn(world, empty.databaseUrl, owner);
  expect(await app.ledger.positions()).toEqual(positions);
  const page = await app.readModels.listInvoices({
    ...{ periodStartDate: null, shopId: null, runId: null, cursor: null, limit: 100 },
  });
  expect(page.items).toEqual(invoices);
});

test('a database from before the run folds the log first, and bills nobody twice', { timeout: 120_000 }, async () => {
  await using world = await openTestApp({ withRoles: false });
  await using owner = new AsyncDisposableStack();
  await world.importLines(billableShop('d', '300.00'));
  const backup = await copyOf(world.config.servers!.databaseUrl, owner);
  await billOctober(world);
  const app = await openOn(world, backup, owner);

  const again = await billOn(app, { force: true });

  expect(again.outcomes).toEqual({ skipped: 4, failed: 1 });
  expect(await numbersOnLog(app)).toEqual([1, 2, 3].map(number));
});

test('groups that lost their offsets begin again, and publish nothing', { timeout: 120_000 }, async () => {
  await using world = await openTestApp({ withRoles: false });
  const first = await billOctober(world);
  const { app, config } = world;
  const published = async () => {
    const topics = ['run-events', 'shop-requests', 'events', 'shop-requests.dlq'] as const;
    return Promise.all(topics.map(async (topic) => (await readTopic(app, topic)).length));
  };
  const before = await published();
  await forgetGroups(CONSUMER_ROLES.flatMap((role) => [`${config.topicPrefix}${role}`]));

  const roles = await app.startRoles(CONSUMER_ROLES);
  const run = await world.bill({ force: true });
  await roles.stop();

  expect(run.outcomes).toEqual(SETTLED);
  const after = await published();
  // Started and completed; one request and one event for each of four shops; the broken one fails again.
  expect(after.map((count, index) => count - before[index]!)).toEqual([2, 4, 4, 1]);
  expect(await completionsOf(app, first)).toEqual([1]);
});

async function copyOf(databaseUrl: string, owner: AsyncDisposableStack): Promise<string> {
  const url = new URL(databaseUrl);
  const [name, copy] = [url.pathname.slice(1), `${url.pathname.slice(1)}_backup`];
  const server = new pg.Client({ connectionString: inject('database') });
  await server.connect();
  await server.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
  await server.query(`create database ${copy} template ${name}`);
  owner.defer(async () => {
    await server.query(`drop database if exists ${copy} with (force)`);
    await server.end();
  });
  url.pathname = `/${copy}`;
  return url.href;
}

async function forgetGroups(groupIds: string[]): Promise<void> {
  const admin = new Kafka({ brokers: [inject('kafka')], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await admin.deleteGroups(groupIds);
  } finally {
    await admin.disconnect();
  }
}
