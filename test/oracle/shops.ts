/**
 * DOMAIN "Shops": "Billed are the shops that were `active` at some moment of the period (status by `occurredAt`) and had
 * a plan in effect at some moment of it."
 */
import { isWithin, type Period } from './calendar.ts';
import type { Registration } from './facts.ts';
import { segmentsOf } from './plans.ts';
import type { View } from './view.ts';

export type SkipReason = 'shop_not_found' | 'shop_inactive' | 'no_plan' | 'already_settled';

/** Why a shop cannot be billed for a period, or null if it can. */
export function whyNotBillable(view: View, period: Period): SkipReason | null {
  if (view.registrations.length === 0) return 'shop_not_found';
  if (!wasActive(view, period)) return 'shop_inactive';
  if (segmentsOf(view.plans, period).length === 0) return 'no_plan';
  return null;
}

function wasActive({ registrations, dayOf }: View, { from, until }: Period): boolean {
  const history = inOrderOfTime(registrations);
  return history.some(({ status, at }, place) => {
    const next = history[place + 1];
    const beganInTime = dayOf(at) < until;
    // It held up to just before the next one: that moment has to be of the period, or after it.
    const lastedIntoIt = next === undefined || dayOf(next.at - 1) >= from;
    const lastedAtAll = next === undefined || next.at > at;
    return status === 'active' && beganInTime && lastedIntoIt && lastedAtAll;
  });
}

/** Of two of the same instant the later recorded one counts: sorting keeps the record order, so it comes second. */
const inOrderOfTime = (registrations: readonly Registration[]) => [...registrations].sort((a, b) => a.at - b.at);

/** DOMAIN: "Shops that have usage but are not billable are counted in BillingRunStarted." */
export function hasUsage({ orders, refunds, interactions, dayOf }: View, period: Period): boolean {
  return [...orders, ...refunds, ...interactions].some(({ at }) => isWithin(dayOf(at), period));
}
