/**
 * DOMAIN "Trial": "With a threshold above 0 (absent means 0), nothing is charged until the shop's cumulative net
 * attributed revenue since the plan id's first effectiveFrom passes it […] Passed means strictly above, and is computed
 * anew each time (a refund can un-pass it)."
 */
import type { Day } from './calendar.ts';
import type { PlanVersion } from './facts.ts';
import { firstDayOf } from './plans.ts';
import { revenueOf } from './revenue.ts';
import type { View } from './view.ts';

export const hasTrial = ({ trialThreshold }: PlanVersion) => trialThreshold > 0n;

/** The shop's net attributed revenue since the plan id's first day, up to and without a day. */
export function cumulative(version: PlanVersion, until: Day, view: View): bigint {
  return revenueOf({ from: firstDayOf(version.planId, view.plans), until }, version.currency, view).net;
}

/** "max(0, before + net − threshold) − max(0, before − threshold)" */
export function billableInTrial({ before, net, threshold }: Record<'before' | 'net' | 'threshold', bigint>): bigint {
  const above = (revenue: bigint) => (revenue > threshold ? revenue - threshold : 0n);
  return above(before + net) - above(before);
}
