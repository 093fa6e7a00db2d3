/**
 * The product against the oracle, in random worlds. ORACLE_SEEDS says how many worlds, ORACLE_FROM the first one:
 *
 *     ORACLE_FROM=1 ORACLE_SEEDS=1000 npx vitest run --project unit test/oracle/compare.test.ts
 *
 * A world in which they differ is made smaller and printed, with its facts and runs.
 */
import { expect, test } from 'vitest';
import { compareWorld } from './compare/compare-world.ts';
import { shrink } from './compare/shrink.ts';
import { randomWorld, type RandomWorld } from './random/random-world.ts';
import type { Family } from './random/setting.ts';

/** The rules that the product has. */
const COMPARED: readonly Family[] = ['currency', 'raw-orders', 'fraud', 'credits', 'late-facts', 'commands'];

const FROM = Number(process.env['ORACLE_FROM'] ?? 1);
const COUNT = Number(process.env['ORACLE_SEEDS'] ?? 12);

test(
  `the product and the oracle agree in worlds ${FROM} to ${FROM + COUNT - 1}`,
  { timeout: COUNT * 5_000 },
  async () => {
    for (let seed = FROM; seed < FROM + COUNT; seed += 1) {
      const world = randomWorld(seed, { families: COMPARED });
      const differences = await compareWorld(world, COMPARED);
      if (differences.length > 0) expect.fail(await report(world));
    }
  },
);

test('a difference is noticed, and its world made small', { timeout: 60_000 }, async () => {
  // The product is never told of a refund.
  const isDeaf = (world: RandomWorld) =>
    compareWorld(world, COMPARED, {
      toProduct: (facts) => facts.filter(({ type }) => type !== 'PurchaseRefunded'),
    });
  const world = randomWorld(2, { families: COMPARED });

  const small = await shrink(world, async (each) => (await isDeaf(each)).length > 0);

  expect(small.facts.length).toBeLessThanOrEqual(4);
  expect(small.facts.map(({ type }) => type)).toContain('PurchaseRefunded');
  expect(small.runs.length).toBe(1);
});

async function report(world: RandomWorld): Promise<string> {
  const small = await shrink(world, async (each) => (await compareWorld(each, COMPARED)).length > 0);
  const told = small.runs.map((run, place) => {
    const from = Math.max(0, ...small.runs.slice(0, place).map(({ cut }) => Number(cut)));
    return [...small.facts.slice(from, Number(run.cut)), run].map((each) => JSON.stringify(each)).join('\n');
  });
  const differences = await compareWorld(small, COMPARED);
  return [
    `world ${world.seed} in ${world.timeZone}, made smaller:`,
    ...told,
    JSON.stringify(differences, null, 2),
  ].join('\n');
}
