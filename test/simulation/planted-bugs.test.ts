/** A simulator that finds nothing proves nothing: known bugs, put in from outside, must be found, and for what they are. */
import { expect, test } from 'vitest';
import { PLANTED_BUGS, type BugName, type PlantedBug } from './planted-bug.ts';
import { simulate } from './simulation.ts';

/**
 * What must be said about each, and the lowest seed that said so when it was last looked for. Seeds move with the
 * program: then the search, from 1 on, finds another.
 */
const KNOWN: Readonly<Record<BugName, { says: RegExp; seed: number }>> = {
  'offset committed before publish': { says: /has no outcome|numbered|never completed/, seed: 30 },
  'claim before durable': { says: /has no outcome/, seed: 27 },
  'number taken outside the transaction': { says: /^the numbers of INV-\d+ are/, seed: 2 },
  'read-model checkpoint in another transaction': { says: /never completed|adds up to|the read model/, seed: 7 },
  'pins taken without waiting for the ingester': {
    says: /could be billed|attributed is|where a bill was due/,
    seed: 2,
  },
  'a zombie that is not fenced': { says: /\d times on/, seed: 13 },
  'credit spent by two months at once': { says: /^s\d+ at \d+: its credit is/, seed: 69 },
  'a redelivery that republishes after a replay': { says: /a replay published something/, seed: 1 },
};

const SEARCHED = 1_000;

async function isFound(seed: number, bug: PlantedBug, says: RegExp): Promise<boolean> {
  const { violations } = await simulate(seed, { bug });
  return violations.some((violation) => says.test(violation));
}

test.each(Object.entries(KNOWN))('%s is found', { timeout: 600_000 }, async (name, { says, seed }) => {
  const plant: () => PlantedBug = PLANTED_BUGS[name as BugName];
  if (await isFound(seed, plant(), says)) return;
  for (let tried = 1; tried <= SEARCHED; tried += 1) {
    if (!(await isFound(tried, plant(), says))) continue;
    console.info(`${name}: found by seed ${tried}, no longer by ${seed}`);
    return;
  }
  expect.unreachable(`none of ${SEARCHED} seeds found it`);
});
