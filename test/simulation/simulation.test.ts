/** Worlds that are simulated with every test run: the same ones always, and as many new ones as there is time for. */
import { expect, test } from 'vitest';
import { simulate } from './simulation.ts';

const FIXED_SEEDS = 100;
const RANDOM_FOR_MS = 15_000;

async function survive(seed: number): Promise<void> {
  const { violations } = await simulate(seed);
  expect(violations, `again: npm run simulate -- --seed ${seed}`).toEqual([]);
}

test('the same seed is the same world, step by step', async () => {
  const [first, second, other] = [await simulate(7), await simulate(7), await simulate(8)];

  expect(first.steps).toBeGreaterThan(500);
  expect(second).toEqual(first);
  expect(other.traceHash).not.toBe(first.traceHash);
});

test(`seeds 1 to ${FIXED_SEEDS} are survived`, { timeout: 300_000 }, async () => {
  const faults = new Map<string, number>();
  for (let seed = 1; seed <= FIXED_SEEDS; seed += 1) {
    const { violations, faults: met } = await simulate(seed);
    expect(violations, `again: npm run simulate -- --seed ${seed}`).toEqual([]);
    for (const [what, times] of met) faults.set(what, (faults.get(what) ?? 0) + times);
  }
  // Worlds in which nothing goes wrong would prove nothing.
  for (const what of ['crash', 'freeze', 'fenced', 'failed before', 'failed after', 'postgres away', 'broker away']) {
    expect(faults.get(what), what).toBeGreaterThan(10);
  }
});

test('so are new ones', { timeout: 300_000 }, async () => {
  const first = Math.floor(Math.random() * 2 ** 31);
  const startedAt = performance.now();
  let seed = first;
  for (; performance.now() - startedAt < RANDOM_FOR_MS; seed += 1) await survive(seed);
  console.info(`simulated seeds ${first} to ${seed - 1}`);
});
