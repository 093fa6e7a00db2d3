/**
 * One size of the benchmark, in a process of its own so that its peak memory is its own. Prints one JSON line.
 * Usage: node bench/measure.ts SHOPS INTERACTIONS_PER_SHOP (addresses by environment; see bench.ts)
 */
import { silentLogger } from '../src/adapters/logger.ts';
import { systemClock } from '../src/adapters/clock.ts';
import type { App } from '../src/app.ts';
import { openApp } from '../src/main.ts';
import { plainShopId } from '../src/producers/sample-plain.ts';
import { CONSUMER_ROLES } from '../src/roles.ts';
import { batchedSql, countFacts, oneStatement, passThrough, shopByShop, type Floor } from './floors.ts';
import { watchMemory } from './memory.ts';
import { ASK, createBenchWorld, PURCHASES_PER_SHOP } from './world.ts';

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

const START = Date.UTC(2026, 9, 1);
const END = Date.UTC(2026, 10, 1);

const shops = Number(process.argv[2]);
const interactionsPerShop = Number(process.argv[3] ?? 0);
await using world = await createBenchWorld();
const { config, pool } = world;
const { pipeline, brokers } = await measurePipeline();
await pool.query('analyze');
const work = { shops, start: START, end: END, shopIds: await billedShops() };
const floors = [
  await passThrough({ brokers, shops, prefix: config.topicPrefix }),
  ...(interactionsPerShop > 0 ? [await countFacts(pool, work)] : []),
  await oneStatement(pool, work),
  await batchedSql(pool, work),
  await shopByShop(pool, work),
];
const counts = { purchases: shops * PURCHASES_PER_SHOP, interactions: shops * interactionsPerShop };
process.stdout.write(`${JSON.stringify({ shops, ...counts, ...pipeline, floors } satisfies Measurement)}\n`);

async function measurePipeline() {
  const importStartedAt = performance.now();
  await world.fill({ shops, interactionsPerShop });
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

async function billedShops(): Promise<string[]> {
  const { rows } = await pool.query<{ shop_id: string }>(
    'select shop_id from billing_run_shops join billing_runs using (run_id) where not dry_run order by shop_id',
  );
  return rows.map((row) => row.shop_id);
}
