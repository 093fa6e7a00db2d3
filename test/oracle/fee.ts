/** DOMAIN "Plans": the fee of a segment by plan type, its bounds and its rounding. */
import type { PlanVersion, Tier } from './facts.ts';
import { fraction, greatest, least, plus, rounded, roundedDown, times, type Fraction } from './fraction.ts';

export interface SegmentUse {
  readonly version: PlanVersion;
  /** Segment days / period days. */
  readonly share: Fraction;
  readonly billable: bigint;
  readonly conversions: number;
  readonly interactions: number;
  /** Whether the threshold was passed when the segment began; true without a trial. */
  readonly beganPassed: boolean;
}

/** "The fee is then clamped to minimum and maximum […] and rounded: one amount per segment". */
export function feeOf(use: SegmentUse): bigint {
  const { minimumFee, maximumFee } = use.version;
  let fee = feeByType(use);
  if (maximumFee !== null) fee = least(fee, times(fraction(maximumFee), use.share));
  // "Base fee and minimum apply in segments that begin with the threshold passed."
  if (minimumFee !== null && use.beganPassed) fee = greatest(fee, times(fraction(minimumFee), use.share));
  return rounded(fee);
}

function feeByType({ version: { terms }, share, billable, conversions, interactions, beganPassed }: SegmentUse) {
  switch (terms.type) {
    case 'revenue_share':
      return times(fraction(billable), terms.rate);
    case 'performance_tier':
      return inBands(billable, terms.tiers, share);
    case 'hybrid': {
      const base = beganPassed ? times(fraction(terms.baseFee), share) : fraction(0);
      return plus(base, inBands(billable, terms.tiers, share));
    }
    case 'usage_based': {
      // "included units prorated and rounded down"
      const included = roundedDown(times(fraction(terms.includedUnits), share));
      const units = BigInt(terms.meter === 'conversions' ? conversions : interactions);
      return units > included ? fraction((units - included) * terms.unitPrice) : fraction(0);
    }
  }
}

/**
 * "marginal bands: each band's slice × its rate"; "Negative billable revenue is reversed at the rate, or at the first
 * band's". A single rate is a single band.
 */
export function inBands(billable: bigint, tiers: readonly Tier[], share: Fraction): Fraction {
  const revenue = fraction(billable);
  if (billable < 0n) return times(revenue, tiers[0]!.rate);
  let fee = fraction(0);
  let from = fraction(0);
  for (const { upTo, rate } of tiers) {
    // "with base fee, tier bounds, minimum and maximum prorated"
    const end = upTo === null ? revenue : least(revenue, times(fraction(upTo), share));
    const slice = greatest(fraction(0), plus(end, fraction(-from.over, from.under)));
    fee = plus(fee, times(slice, rate));
    from = greatest(from, end);
  }
  return fee;
}
