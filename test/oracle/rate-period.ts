/** All segment fees of a shop's period, by one view of the facts: what a bill charges, and what an adjustment compares. */
import type { Period } from './calendar.ts';
import { conversionsIn, interactionsIn } from './conversions.ts';
import { feeOf } from './fee.ts';
import { feeLines, type Line } from './lines.ts';
import { currencyOf, segmentsOf, type Segment } from './plans.ts';
import { revenueOf } from './revenue.ts';
import { billableInTrial, cumulative, hasTrial } from './trial.ts';
import type { View } from './view.ts';

export interface RatedSegment extends Segment {
  readonly net: bigint;
  readonly billable: bigint;
  readonly fee: bigint;
  readonly lines: readonly Line[];
}

export interface RatedPeriod {
  readonly currency: string;
  readonly segments: readonly RatedSegment[];
  /** The sum of the segments' fees. */
  readonly fees: bigint;
}

/** Throws PLAN_CURRENCY_CHANGED and FX_RATE_MISSING. */
export function ratePeriod(period: Period, view: View): RatedPeriod {
  const planned = segmentsOf(view.plans, period);
  const currency = currencyOf(planned);
  const segments = planned.map((segment) => rateSegment(segment, currency, view));
  return { currency, segments, fees: segments.reduce((sum, { fee }) => sum + fee, 0n) };
}

function rateSegment(segment: Segment, currency: string, view: View): RatedSegment {
  const { version, share } = segment;
  const { net, netByChannel } = revenueOf(segment, currency, view);
  const threshold = version.trialThreshold;
  const before = hasTrial(version) ? cumulative(version, segment.from, view) : 0n;
  const billable = hasTrial(version) ? billableInTrial({ before, net, threshold }) : net;
  const fee = feeOf({
    version,
    share,
    billable,
    conversions: conversionsIn(segment, view),
    interactions: interactionsIn(segment, view).length,
    beganPassed: !hasTrial(version) || before > threshold,
  });
  return { ...segment, net, billable, fee, lines: feeLines(fee, netByChannel) };
}
