/** Amounts of one currency in another (DOMAIN "Revenue"): which quote counts, and the conversion, rounded once. */
import { addDays } from './calendar.ts';
import { currencyExponent } from './currency.ts';
import { distribute } from './distribute.ts';
import type { FxRateQuoted } from './facts.ts';
import { checkedMinor } from './money.ts';
import type { FxQuote } from './order-facts.ts';
import { ratio, roundHalfAwayFromZero } from './ratio.ts';

/** A quote of the same day is 0 days old; this many it may be. */
const MAX_QUOTE_AGE_DAYS = 14;

/** The first day whose quotes can still serve a fact of `date`. */
export function oldestQuoteDate(date: string): string {
  return addDays(date, -MAX_QUOTE_AGE_DAYS);
}

/**
 * The quote for facts of a day: the newest of exactly this pair that is not after it and at most 14 days old. Null:
 * there is none; the inverse pair and a way over a third currency do not count.
 *
 * @param quotes one per pair and `asOf`
 */
export function quoteFor(
  quotes: readonly FxQuote[],
  { base, quote, date }: { readonly base: string; readonly quote: string; readonly date: string },
): FxQuote | null {
  const oldest = oldestQuoteDate(date);
  let newest: FxQuote | null = null;
  for (const one of quotes) {
    if (one.base !== base || one.quote !== quote || one.asOf > date || one.asOf < oldest) continue;
    if (newest === null || one.asOf > newest.asOf) newest = one;
  }
  return newest;
}

/**
 * Minor units of the quote's base in minor units of its quote currency, rounded once, half away from zero. The rate is
 * of major units. Throws AMOUNT_OVERFLOW.
 */
export function convertMinor(amountMinor: bigint, { base, quote, rateUnscaled, rateScale }: FxRateQuoted): bigint {
  const numerator = amountMinor * rateUnscaled * 10n ** BigInt(currencyExponent(quote));
  const denominator = 10n ** BigInt(rateScale + currencyExponent(base));
  return checkedMinor(roundHalfAwayFromZero(ratio(numerator, denominator)), `An amount of ${base} in ${quote}`);
}

/** Converts the sum of some parts, rounded once, and splits it over them by largest remainder, in their order. */
export function convertParts(parts: readonly bigint[], quote: FxRateQuoted): bigint[] {
  const total = parts.reduce((a, b) => a + b, 0n);
  return distribute(convertMinor(total, quote), parts);
}
