/** The fee of one segment (DOMAIN "Plans"): exact until it is rounded, once. */
import type { BillSegment, FeeBand } from './events.ts';
import type { PlanTerms, Tier } from './facts.ts';
import { checkedMinor } from './money.ts';
import { withDefaultTerms, type PlanSegment } from './plan.ts';
import { compareRatios, minus, plus, ratio, roundHalfAwayFromZero, times, ZERO, type Ratio } from './ratio.ts';
import type { WindowRevenue } from './revenue.ts';
import { RuleError } from './rule-error.ts';

const PPM = 1_000_000n;

/** What a segment brought; `revenue` is of its days only. */
export interface SegmentUsage {
  readonly revenue: Pick<
    WindowRevenue,
    'attributedMinor' | 'refundedMinor' | 'netMinor' | 'conversions' | 'interactions'
  >;
  /** Net revenue of the shop from the start of the plan to the start of the segment. Only looked at in a trial. */
  readonly beforeMinor: bigint;
}

/** The way to a fee, exact up to its rounding. All in minor units. */
export interface FeeWorking {
  /** Of the period: what amounts and bounds of the plan are prorated by. */
  readonly share: Ratio;
  /** Prorated; null where it does not apply: the plan has none, or a trial was not passed when the segment began. */
  readonly baseFee: Ratio | null;
  readonly bands: readonly { readonly ratePpm: number; readonly slice: Ratio; readonly fee: Ratio }[];
  /** Of a usage_based plan. */
  readonly unitsCharged: bigint | null;
  /** Before the bounds. */
  readonly exactFee: Ratio;
  /** Prorated; null where there is none or it does not apply. */
  readonly minimum: Ratio | null;
  readonly maximum: Ratio | null;
  /** Within the bounds: what is rounded. */
  readonly fee: Ratio;
}

/** Rates a segment by the terms of its plan version. Throws AMOUNT_OVERFLOW, PLAN_NOT_RATABLE. */
export function rateSegment(segment: PlanSegment, usage: SegmentUsage): BillSegment {
  return workOutFee(segment, usage).rated;
}

/** Rates a segment and tells how. Throws AMOUNT_OVERFLOW, PLAN_NOT_RATABLE. */
export function workOutFee(
  segment: PlanSegment,
  { revenue, beforeMinor }: SegmentUsage,
): { readonly rated: BillSegment; readonly working: FeeWorking } {
  const { plan, days, periodDays } = segment;
  const terms = withDefaultTerms(plan.terms, plan.currencyExponent);
  const share = ratio(BigInt(days), BigInt(periodDays));
  const threshold = plan.trialThresholdMinor;
  const inTrial = threshold > 0n;
  const billableMinor = inTrial ? aboveThreshold(beforeMinor, revenue.netMinor, threshold) : revenue.netMinor;
  const passed = !inTrial || beforeMinor > threshold;

  const usage = terms.type === 'usage_based' ? usageOf(terms, revenue, segment) : null;
  const bands = usage === null ? feeBands(terms, billableMinor, share) : [];
  const baseFee = passed && terms.baseFeeMinor !== null ? prorated(terms.baseFeeMinor, share) : null;
  const exactFee = usage?.fee ?? plus(baseFee ?? ZERO, bandsFee(bands));
  const minimum = passed && plan.minimumFeeMinor !== null ? prorated(plan.minimumFeeMinor, share) : null;
  const maximum = plan.maximumFeeMinor !== null ? prorated(plan.maximumFeeMinor, share) : null;
  const { fee, bound } = clamp(exactFee, minimum, maximum);

  const rated: BillSegment = {
    planId: plan.planId,
    planName: plan.name,
    planEffectiveFrom: plan.effectiveFrom,
    planFact: plan.position,
    startDate: segment.startDate,
    endDate: segment.endDate,
    days,
    periodDays,
    type: terms.type,
    attributedMinor: revenue.attributedMinor,
    refundedMinor: revenue.refundedMinor,
    netMinor: revenue.netMinor,
    billableMinor: checkedMinor(billableMinor, 'The billable revenue'),
    trialThresholdMinor: threshold,
    trialBeforeMinor: inTrial ? checkedMinor(beforeMinor, 'The revenue before the segment') : null,
    meter: usage === null ? null : terms.meter,
    units: usage?.units ?? null,
    includedUnits: usage?.includedUnits ?? null,
    bands: bands.map(toFeeBand),
    bound,
    feeMinor: checkedMinor(roundHalfAwayFromZero(fee), 'The fee'),
  };
  const working: FeeWorking = {
    ...{ share, baseFee, exactFee, minimum, maximum, fee },
    bands: bands.map((band) => ({ ...band, fee: bandFee(band) })),
    unitsCharged: usage?.charged ?? null,
  };
  return { rated, working };
}

/** How much of `net` lies above a trial's threshold; negative when refunds bring the shop back towards it. */
function aboveThreshold(before: bigint, net: bigint, threshold: bigint): bigint {
  const above = (revenue: bigint) => (revenue > threshold ? revenue - threshold : 0n);
  return above(before + net) - above(before);
}

function prorated(amount: bigint, share: Ratio): Ratio {
  return times(ratio(amount), share);
}

interface Band {
  readonly ratePpm: number;
  readonly slice: Ratio;
}

/** The slices of billable revenue by rate: always one at least. */
function feeBands(terms: PlanTerms, billable: bigint, share: Ratio): Band[] {
  const tiers = terms.tiers !== null && terms.type !== 'revenue_share' ? terms.tiers : [rateForAll(terms)];
  const revenue = ratio(billable);
  if (billable <= 0n) return [{ ratePpm: tiers[0]!.ratePpm, slice: revenue }];
  let below = ZERO;
  const bands: Band[] = [];
  for (const { upToMinor, ratePpm } of tiers) {
    const bound = upToMinor === null ? revenue : lesser(revenue, prorated(upToMinor, share));
    bands.push({ ratePpm, slice: minus(bound, below) });
    below = bound;
    if (compareRatios(bound, revenue) === 0) break;
  }
  return bands;
}

function rateForAll({ type, ratePpm }: PlanTerms): Tier {
  if (ratePpm === null)
    throw new RuleError('PLAN_NOT_RATABLE', `A ${type} plan has no rate: assign it again with one.`);
  return { upToMinor: null, ratePpm };
}

function bandsFee(bands: readonly Band[]): Ratio {
  return bands.reduce((sum, band) => plus(sum, bandFee(band)), ZERO);
}

function bandFee({ ratePpm, slice }: Band): Ratio {
  return times(slice, ratio(BigInt(ratePpm), PPM));
}

function toFeeBand({ ratePpm, slice }: Band): FeeBand {
  return { ratePpm, sliceNumerator: slice.numerator.toString(), sliceDenominator: slice.denominator.toString() };
}

/** Included units are prorated and rounded down; what was used beyond them is charged each. */
function usageOf(
  { meter, unitPriceMinor, includedUnits }: PlanTerms,
  revenue: SegmentUsage['revenue'],
  { days, periodDays }: PlanSegment,
): { units: number; includedUnits: number; charged: bigint; fee: Ratio } {
  const units = meter === 'interactions' ? revenue.interactions : revenue.conversions;
  const included = Math.floor(((includedUnits ?? 0) * days) / periodDays);
  const charged = BigInt(Math.max(0, units - included));
  return { units, includedUnits: included, charged, fee: ratio(charged * (unitPriceMinor ?? 0n)) };
}

function clamp(
  fee: Ratio,
  minimum: Ratio | null,
  maximum: Ratio | null,
): { fee: Ratio; bound: 'minimum' | 'maximum' | null } {
  if (maximum !== null && compareRatios(fee, maximum) > 0) return { fee: maximum, bound: 'maximum' };
  if (minimum !== null && compareRatios(fee, minimum) < 0) return { fee: minimum, bound: 'minimum' };
  return { fee, bound: null };
}

function lesser(a: Ratio, b: Ratio): Ratio {
  return compareRatios(a, b) < 0 ? a : b;
}
