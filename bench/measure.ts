/**
 * One size of the benchmark, in a process of its own so that its peak memory is its own. Prints one JSON line.
 * Usage: node bench/measure.ts SHOPS INTERACTIONS_PER_SHOP (addresses by environment; see bench.ts)
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { silentLogger } from '../src/adapters/logger.ts';
import { systemClock } from '../src/adapters/clock.ts';
import type { App, RunAsk } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import { openApp } from '../src/main.ts';
import { plainShopId } from '../src/producers/sample-plain.ts';
import { CONSUMER_ROLES } from '../src/roles.ts';
import { batchedSql, countFacts, oneStatement, passThrough, shopByShop, type Floor } from './floors.ts';
import { watchMemory } from './memory.ts';

export interface Measurement {
  readonly shops: number;
  readonly purchases: number;
  readonly interactions: number;
  readonly importSeconds: number;
  readonly pipelineSeconds: number;
  readonly firstInvoiceSeconds: number;
  /** Resident memory of the whole scheduler process while it billed, MiB. */
  readonly peakMemoryMiB: number;
  readonly floors: readonly Floor[];
}

const PERIOD = '2026-10';
const ASK: RunAsk = {
  shopIds: null,
  period: PERIOD,
  periodStart: null,
  periodEnd: null,
  dryRun: false,
  force: false,
  trigger: { source: 'cli', actor: 'bench', deliveryId: null },
};
const PURCHASES_PER_SHOP = 20;
const START = Date.UTC(2026, 9, 1);
const END = Date.UTC(2026, 10, 1);

const shops = Number(process.argv[2]);
const interactionsPerShop = Number(process.argv[3] ?? 0);
const world = `bench_${randomBytes(4).toString('hex')}`;
const server = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
await server.connect();
await server.query(`create database ${world}`);
const database = new URL(process.env['DATABASE_URL']!);
database.pathname = `/${world}`;
const config = loadConfig({ ...process.env, DATABASE_URL: database.href, TOPIC_PREFIX: `${world}.` });
const pool = new pg.Pool({ connectionString: database.href, max: 10 });
// Dropping the database ends connections that are still closing.
pool.on('error', () => {});
try {
  const { pipeline, brokers } = await measurePipeline();
  await pool.query('analyze');
  const work = { shops, start: START, end: END, shopIds: await billedShops() };
  const floors = [
    await passThrough({ brokers, shops, prefix: `${world}.` }),
    ...(interactionsPerShop > 0 ? [await countFacts(pool, work)] : []),
    await oneStatement(pool, work),
    await batchedSql(pool, work),
    await shopByShop(pool, work),
  ];
  const counts = { purchases: shops * PURCHASES_PER_SHOP, interactions: shops * interactionsPerShop };
  process.stdout.write(`${JSON.stringify({ shops, ...counts, ...pipeline, floors } satisfies Measurement)}\n`);
} finally {
  await pool.end();
  await server.query(`drop database ${world} with (force)`);
  await server.end();
}

async function measurePipeline() {
  const importStartedAt = performance.now();
  await fill();
  const importSeconds = (performance.now() - importStartedAt) / 1_000;
  const app = await openApp({ config, logger: silentLogger });
  const roles = await app.startRoles(CONSUMER_ROLES);
  await warmUp(app);
  globalThis.gc?.();
  const memory = watchMemory();
  const startedAt = performance.now();
  let firstInvoiceAt = 0;
  const { runId } = await app.requestBillingRun(ASK);
  for (;;) {
    const run = await app.readModels.findRun(runId);
    if (!firstInvoiceAt && (run?.outcomes['invoiced'] ?? 0) > 0) firstInvoiceAt = performance.now();
    if (run && run.status !== 'running') {
      if (run.outcomes['invoiced'] !== shops)
        throw new Error(`Not every shop was billed: ${JSON.stringify(run.outcomes)}`);
      break;
    }
    await systemClock.sleep(10);
  }
  const pipelineSeconds = (performance.now() - startedAt) / 1_000;
  const peakMemoryMiB = memory.stop();
  await roles.stop();
  await app.close();
  const firstInvoiceSeconds = (firstInvoiceAt - startedAt) / 1_000;
  const brokers = [...config.servers!.kafka.brokers];
  return { pipeline: { importSeconds, pipelineSeconds, firstInvoiceSeconds, peakMemoryMiB }, brokers };
}

/** A dry run over some shops: a service that is asked for its monthly run has done work before. It leaves no trace. */
async function warmUp({ requestBillingRun, readModels }: App): Promise<void> {
  const shopIds = Array.from({ length: Math.min(shops, 1_000) }, (_, index) => plainShopId(index));
  const { runId } = await requestBillingRun({ ...ASK, shopIds, dryRun: true });
  while ((await readModels.findRun(runId))?.status !== 'completed') await systemClock.sleep(10);
}

function worldEnvironment() {
  return { ...process.env, DATABASE_URL: database.href, TOPIC_PREFIX: config.topicPrefix };
}

function fill(): Promise<void> {
  const script = join(import.meta.dirname, 'fill.ts');
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [script, ...[shops, PURCHASES_PER_SHOP, interactionsPerShop].map(String), PERIOD],
      {
        env: worldEnvironment(),
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`importing ended with ${code}`))));
  });
}

async function billedShops(): Promise<string[]> {
  const { rows } = await pool.query<{ shop_id: string }>(
    'select shop_id from billing_run_shops join billing_runs using (run_id) where not dry_run order by shop_id',
  );
  return rows.map((row) => row.shop_id);
}
