import { expect, test } from 'vitest';
import { createOracle } from '../oracle.ts';
import { randomWorld } from './random-world.ts';

const isBot = (userAgent: string) => userAgent.includes('bot');
const SEEDS = Array.from({ length: 12 }, (_, place) => 1_000 + place);

test('the same seed makes the same world', () => {
  expect(randomWorld(7)).toEqual(randomWorld(7));
  expect(randomWorld(7)).not.toEqual(randomWorld(8));
});

test.each(SEEDS)('in world %i every bill adds up, and no period is settled twice', (seed) => {
  const world = randomWorld(seed);
  const oracle = createOracle({ ...world, isBot });

  const outcomes = world.runs.flatMap((run) => (run.kind === 'run' ? oracle.run(run).shops : []));

  for (const { bill } of outcomes) {
    if (bill === null) continue;
    const lines = bill.lines.reduce((sum, { amount }) => sum + amount, 0n);
    const adjusted = [...bill.adjustments.values()].reduce((sum, amount) => sum + amount, 0n);
    expect(lines).toBe(bill.subtotal);
    expect(bill.fees + adjusted).toBe(bill.subtotal);
    expect(bill.total).toBe(bill.subtotal - bill.discount + bill.tax - bill.credit);
    expect(bill.total < 0n).toBe(bill.outcome === 'credit');
    expect(bill.metrics.net).toBe(bill.metrics.attributed - bill.metrics.refunded);
  }
  const settled = oracle.bills().map(({ shopId, month }) => `${shopId} ${month}`);
  expect(new Set(settled).size).toBe(settled.length);
});

test('most bills of random worlds are ordinary, and every outcome is among them', () => {
  const outcomes = SEEDS.flatMap((seed) => {
    const world = randomWorld(seed);
    const oracle = createOracle({ ...world, isBot });
    return world.runs.flatMap((run) => (run.kind === 'run' ? oracle.run(run).shops.map(({ outcome }) => outcome) : []));
  });
  const failed = outcomes.filter((outcome) => outcome === 'failed').length;
  expect(failed * 10).toBeLessThan(outcomes.length);
  for (const outcome of ['invoiced', 'zero', 'trial', 'credit', 'calculated', 'skipped'])
    expect(outcomes).toContain(outcome);
});
