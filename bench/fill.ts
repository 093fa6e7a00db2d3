/**
 * Sets up the world of a measurement and imports its facts, in a process of its own so that it leaves no memory behind.
 * Usage: node bench/fill.ts SHOPS PURCHASES_PER_SHOP INTERACTIONS_PER_SHOP PERIOD
 */
import { silentLogger } from '../src/adapters/logger.ts';
import { systemClock } from '../src/adapters/clock.ts';
import { setUp } from '../src/cli/set-up.ts';
import { loadConfig } from '../src/config.ts';
import { openApp } from '../src/main.ts';
import { publishFacts } from '../src/producers/publish-facts.ts';
import { sampleMonth } from '../src/producers/sample-month.ts';
import { FACT_TOPICS } from '../src/topics.ts';

const [shops, purchases, interactions, period] = process.argv.slice(2) as [string, string, string, string];
const config = loadConfig();
await setUp(config);
const app = await openApp({ config, logger: silentLogger });
const ingester = await app.startRoles(['ingester']);
const options = {
  ...{ shops: Number(shops), purchasesPerShop: Number(purchases), interactionsPerShop: Number(interactions) },
  ...{ period, seed: 1, plain: true },
};
await publishFacts({ facts: sampleMonth(options), log: app.log, codec: app.codec });
const ends = await app.log.endOffsets(FACT_TOPICS);
for (;;) {
  const positions = new Map((await app.ledger.positions()).map((at) => [`${at.topic}/${at.partition}`, at.offset]));
  if (ends.every(({ topic, partition, offset }) => (positions.get(`${topic}/${partition}`) ?? 0n) >= offset)) break;
  await systemClock.sleep(50);
}
await ingester.stop();
await app.close();
