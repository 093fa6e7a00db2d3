/**
 * A year on real servers within a minute: plan changes, trials, currencies, raw orders, refunds, late facts and the rest of a
 * random world, month after month under a clock that is moved, held bills decided, invoices voided, billed again and
 * credited. Every bill and every answer is compared with the oracle. `YEAR_SEED=7` tries another year.
 */
import { isbot } from 'isbot';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { createMovableClock } from '../../src/adapters/movable-clock.ts';
import { compareWorld } from '../oracle/compare/compare-world.ts';
import { createStackHost } from '../oracle/compare/stack-host.ts';
import { createOracle } from '../oracle/oracle.ts';
import { randomYear } from '../oracle/random/random-year.ts';
import type { RandomWorld } from '../oracle/random/random-world.ts';
import { FAMILIES } from '../oracle/random/setting.ts';
import { someCommand } from '../oracle/random/some-command.ts';
import { openTestApp } from '../support/test-app.ts';

const SEED = Number(process.env['YEAR_SEED'] ?? 31);

/** What a year must have had to be worth its minute. */
const WANTED = [
  ...['invoiced', 'zero', 'trial', 'credit', 'held', 'failed'],
  ...['release done', 'reject done', 'void done', 'credit-note done', 'billed again', 'adjusted'],
];

test('a year is billed month by month as the oracle says', { timeout: 600_000 }, async () => {
  const year = firstEventfulYear(SEED);
  const [first] = year.months;
  console.log(`a year of seed ${year.seed} in ${year.timeZone}, from ${first}: ${year.facts.length} facts`);
  const clock = createMovableClock(systemClock, Date.parse(`${first}-01`));
  await using world = await openTestApp({ clock, variables: { BILLING_TIMEZONE: year.timeZone } });
  const isTyped = (wish: { period: string | null; dryRun: boolean; force: boolean }) =>
    wish.period === year.months[5] && !wish.dryRun && !wish.force;

  const differences = await compareWorld(year, FAMILIES, { host: createStackHost({ world, clock, isTyped }) });

  expect(differences).toEqual([]);
  // And verify and replay find nothing in any of its months.
  for (const month of year.months) {
    expect((await world.app.verifyPeriod(`${month}-01`)).findings, month).toEqual([]);
    for await (const { differences: replayed } of world.app.replayPeriod(`${month}-01`)) {
      expect(replayed.filter(({ pins }) => pins === 'stored')).toEqual([]);
    }
  }
});

function firstEventfulYear(from: number): RandomWorld {
  for (let seed = from; seed < from + 200; seed += 1) {
    const year = randomYear(seed, FAMILIES);
    const happened = happeningsOf(year);
    if (WANTED.every((each) => happened.has(each))) return year;
  }
  throw new Error(`no year from seed ${from} on has everything`);
}

/** What happens in a year, by the oracle alone. */
function happeningsOf(year: RandomWorld): Set<string> {
  const oracle = createOracle({ ...year, isBot: isbot });
  const happened = new Set<string>();
  for (const run of year.runs) {
    if (run.kind === 'some-command') {
      const command = someCommand(run.dice, oracle.bills());
      if (command !== null) happened.add(`${command.kind} ${oracle.carryOut(command)}`);
      continue;
    }
    const voided = oracle.bills().filter(({ outcome }) => outcome === 'voided');
    for (const { outcome, bill, shopId } of oracle.run(run).shops) {
      happened.add(outcome);
      if (bill !== null && bill.adjustments.size > 0) happened.add('adjusted');
      if (bill !== null && voided.some((one) => one.shopId === shopId && one.month === run.period && !run.isDry))
        happened.add('billed again');
    }
  }
  return happened;
}
