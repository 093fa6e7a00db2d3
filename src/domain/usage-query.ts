/** What must be read of the ledger before a shop can be rated. */
import type { Period } from './events.ts';
import type { PlanSegment } from './plan.ts';
import type { RefundWindow, UsageWindow } from './shop-facts.ts';

export interface UsageQuery {
  /** Ascending, without overlap or gap: what a trial looks back to, then the whole period cut where plans change. */
  readonly windows: readonly UsageWindow[];
  readonly refundWindow: RefundWindow;
}

/**
 * The windows in which usage and refunds of a shop are needed. They cover the period in full, days without a plan
 * included (metrics count them), and before it the time since the start of each plan that has a trial.
 */
export function usageQuery({
  shopId,
  segments,
  period,
}: {
  readonly shopId: string;
  readonly segments: readonly PlanSegment[];
  readonly period: Period;
}): UsageQuery {
  const trialStarts = segments.filter(({ plan }) => plan.trialThresholdMinor > 0n).map(({ planStart }) => planStart);
  const planChanges = segments.flatMap(({ start, end }) => [start, end]);
  const cuts = [...new Set([...trialStarts, period.start, ...planChanges, period.end])].sort((a, b) => a - b);
  const windows = cuts
    .slice(0, -1)
    .map((start, index) => ({ shopId, start, end: cuts[index + 1]!, countInteractions: start >= period.start }));
  return { windows, refundWindow: { shopId, start: cuts[0]!, end: period.end } };
}
