/**
 * DOMAIN "Plans": "A plan version holds from `effectiveFrom` (date, inclusive) to the earlier of `effectiveUntil` (date,
 * exclusive) and the next version's start; of two with the same start the later recorded one counts." docs: "A
 * superseded version does not come back when its successor ends."
 */
import { addDays, daysOf, type Day, type Period } from './calendar.ts';
import { BillFailure } from './failure.ts';
import type { PlanVersion } from './facts.ts';
import { fraction, type Fraction } from './fraction.ts';

/** Days of a period with one plan version. DOMAIN: "A change inside a period cuts it into segments". */
export interface Segment extends Period {
  readonly version: PlanVersion;
  /** "segment days / period days" */
  readonly share: Fraction;
}

/** The versions that count, by start. */
export function historyOf(plans: readonly PlanVersion[]): PlanVersion[] {
  return plans
    .filter((plan, place) => !plans.some((other, at) => at > place && other.effectiveFrom === plan.effectiveFrom))
    .sort((a, b) => (a.effectiveFrom < b.effectiveFrom ? -1 : 1));
}

export function inEffectOn(day: Day, plans: readonly PlanVersion[]): PlanVersion | null {
  const latest = historyOf(plans).findLast(({ effectiveFrom }) => effectiveFrom <= day);
  if (latest === undefined) return null;
  return latest.effectiveUntil !== null && latest.effectiveUntil <= day ? null : latest;
}

/** Goes through the period day by day. */
export function segmentsOf(plans: readonly PlanVersion[], period: Period): Segment[] {
  const segments: { from: Day; until: Day; version: PlanVersion }[] = [];
  for (let day = period.from; day < period.until; day = addDays(day, 1)) {
    const version = inEffectOn(day, plans);
    const last = segments.at(-1);
    if (version === null) continue;
    if (last?.version === version && last.until === day) last.until = addDays(day, 1);
    else segments.push({ from: day, until: addDays(day, 1), version });
  }
  return segments.map((segment) => ({ ...segment, share: fraction(daysOf(segment), daysOf(period)) }));
}

/** "A version whose currency differs from another in the same period fails the shop (PLAN_CURRENCY_CHANGED)". */
export function currencyOf(segments: readonly Segment[]): string {
  const currencies = new Set(segments.map(({ version }) => version.currency));
  const [currency] = currencies;
  if (currency === undefined || currencies.size > 1)
    throw new BillFailure('PLAN_CURRENCY_CHANGED', [...currencies].join(' and '));
  return currency;
}

/** DOMAIN "Trial": "the plan id's first effectiveFrom". */
export function firstDayOf(planId: string, plans: readonly PlanVersion[]): Day {
  const first = historyOf(plans).find((version) => version.planId === planId);
  if (first === undefined) throw new Error(`no version of ${planId}`);
  return first.effectiveFrom;
}
