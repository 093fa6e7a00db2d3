/** A conversion rate that people do not make: nobody buys, or nearly everybody. */
import { partOf, type CheckPart } from './fraud-check.ts';
import type { FraudLimits } from './fraud-limits.ts';
import { formatPpm } from './money.ts';
import { ratio, roundHalfAwayFromZero } from './ratio.ts';

/** With fewer interactions a rate means nothing. */
const MIN_INTERACTIONS = 200;

/** Compared exactly; rounded only to be shown. It has no evidence: no single event makes a rate. */
export function unusualConversionRate(
  { minConversionRatePpm: low, maxConversionRatePpm: high }: FraudLimits,
  { interactions, conversions }: { readonly interactions: number; readonly conversions: number },
): CheckPart[] {
  const enough = interactions >= MIN_INTERACTIONS;
  const scaled = BigInt(conversions) * 1_000_000n;
  const isBelow = scaled < BigInt(low) * BigInt(interactions);
  const isAbove = scaled > BigInt(high) * BigInt(interactions);
  const counts = `${conversions} conversions of ${interactions} interactions`;
  const rate = () => formatPpm(Number(roundHalfAwayFromZero(ratio(scaled, BigInt(interactions)))));
  return [
    partOf({
      triggered: enough && (isBelow || isAbove),
      observed: enough ? `${rate()}: ${counts}` : counts,
      threshold: `${formatPpm(low)} to ${formatPpm(high)} of at least ${MIN_INTERACTIONS} interactions`,
      evidence: () => [],
    }),
  ];
}
