/**
 * What poisoned shops cost their neighbours: runs over as many shops each, with and without, in one process and in an
 * order that favours neither (clean, poisoned, poisoned, clean …). Prints one JSON line.
 * Usage: node bench/poisoned.ts SHOPS_A_RUN PAIRS (addresses by environment; see bench.ts)
 */
import { silentLogger } from '../src/adapters/logger.ts';
import { systemClock } from '../src/adapters/clock.ts';
import type { App } from '../src/app.ts';
import { openApp } from '../src/main.ts';
import { parseFact } from '../src/producers/parse-fact.ts';
import { publishFacts } from '../src/producers/publish-facts.ts';
import { plainShopId } from '../src/producers/sample-plain.ts';
import { CONSUMER_ROLES } from '../src/roles.ts';
import { ASK, createBenchWorld } from './world.ts';

export interface PoisonedMeasurement {
  readonly shopsARun: number;
  readonly poisonedShopsARun: number;
  /** Of each run, from asking for it to its completion. */
  readonly cleanSeconds: readonly number[];
  readonly poisonedSeconds: readonly number[];
  /** Seconds of the poisoned runs together, divided by those of the clean ones. */
  readonly ratio: number;
}

/** One shop in so many changes to a plan in another currency within the period: no bill can be made of that. */
const POISONED_EVERY = 100;

const [shopsARun, pairs] = process.argv.slice(2).map(Number) as [number, number];
/** The first one warms up. */
const runs = [
  false,
  ...Array.from({ length: pairs }, (_, pair) => (pair % 2 === 0 ? [false, true] : [true, false])),
].flat();
const shopIdsOf = (run: number) => Array.from({ length: shopsARun }, (_, shop) => plainShopId(run * shopsARun + shop));
const poisonedOf = (run: number) => shopIdsOf(run).filter((_, shop) => shop % POISONED_EVERY === 0);

await using world = await createBenchWorld();
await world.fill({ shops: runs.length * shopsARun, interactionsPerShop: 0 });
const app = await openApp({ config: world.config, logger: silentLogger });
const roles = await app.startRoles(CONSUMER_ROLES);
const shopIds = runs.flatMap((isPoisoned, run) => (isPoisoned ? poisonedOf(run) : []));
await publishFacts({ facts: shopIds.map(changedCurrency), log: app.log, codec: app.codec });
const seconds = { clean: [] as number[], poisoned: [] as number[] };
for (const [run, isPoisoned] of runs.entries()) {
  const failed = isPoisoned ? poisonedOf(run).length : 0;
  const took = await secondsOf(app, shopIdsOf(run), failed);
  if (run > 0) seconds[isPoisoned ? 'poisoned' : 'clean'].push(took);
}
await roles.stop();
await app.close();
const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
const measurement: PoisonedMeasurement = {
  shopsARun,
  poisonedShopsARun: poisonedOf(0).length,
  cleanSeconds: seconds.clean,
  poisonedSeconds: seconds.poisoned,
  ratio: sum(seconds.poisoned) / sum(seconds.clean),
};
process.stdout.write(`${JSON.stringify(measurement)}\n`);

async function secondsOf(
  { requestBillingRun, readModels }: App,
  ofRun: readonly string[],
  failed: number,
): Promise<number> {
  const startedAt = performance.now();
  const { runId } = await requestBillingRun({ ...ASK, shopIds: ofRun });
  for (;;) {
    const run = await readModels.findRun(runId);
    if (run !== null && run.status !== 'running') {
      if (run.outcomes['invoiced'] === ofRun.length - failed && (run.outcomes['failed'] ?? 0) === failed) break;
      throw new Error(`Other outcomes than ${failed} failed: ${JSON.stringify(run.outcomes)}`);
    }
    await systemClock.sleep(10);
  }
  return (performance.now() - startedAt) / 1_000;
}

function changedCurrency(shopId: string) {
  return parseFact({
    type: 'PlanAssigned',
    shopId,
    planId: 'poison',
    name: 'Another currency',
    currency: 'EUR',
    effectiveFrom: '2026-10-10',
    terms: { type: 'revenue_share', rate: '0.03' },
    occurredAt: '2026-10-10T00:00:00Z',
  });
}
