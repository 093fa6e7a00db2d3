/**
 * DOMAIN "Currency": "a fact in another currency than the plan's is converted at the newest quote base → quote with asOf
 * not after the day it occurred and at most 14 days old […] no inverse and no cross rates; the first quote per pair and
 * asOf stands" (told.ts has left out the others).
 */
import { daysBetween, type Day } from './calendar.ts';
import { exponentOf } from './currencies.ts';
import { BillFailure } from './failure.ts';
import type { Quote } from './facts.ts';
import { fraction, rounded, times } from './fraction.ts';

const MAX_AGE_DAYS = 14;

/** Asks one list after the other: see late-facts.ts for why there can be more than one. */
export function findQuote(
  lists: readonly (readonly Quote[])[],
  { base, quote, day }: { base: string; quote: string; day: Day },
): Quote | null {
  for (const quotes of lists) {
    const newest = quotes
      .filter((each) => each.base === base && each.quote === quote)
      .filter(({ asOf }) => asOf <= day && daysBetween(asOf, day) <= MAX_AGE_DAYS)
      .sort((a, b) => (a.asOf < b.asOf ? 1 : -1))[0];
    if (newest !== undefined) return newest;
  }
  return null;
}

/** "No such quote where one is needed […]: FX_RATE_MISSING" */
export function neededQuote(lists: readonly (readonly Quote[])[], wanted: { base: string; quote: string; day: Day }) {
  const found = findQuote(lists, wanted);
  if (found === null) throw new BillFailure('FX_RATE_MISSING', `${wanted.base} to ${wanted.quote} on ${wanted.day}`);
  return found;
}

/** Minor units of the base to minor units of the quote, rounded once. */
export function converted(amount: bigint, { base, quote, rate }: Quote): bigint {
  const minorUnits = fraction(10n ** BigInt(exponentOf(quote)), 10n ** BigInt(exponentOf(base)));
  return rounded(times(times(fraction(amount), rate), minorUnits));
}
