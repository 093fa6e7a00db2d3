/**
 * DOMAIN "Plans": `conversions` are "purchases with attributed revenue"; "Attribution": "An order is a conversion if
 * anything was attributed." docs: "a later refund does not take the unit back". In the order's own currency: what is
 * worth something there stays a conversion even if it rounds to nothing in the bill's.
 */
import { isWithin, type Period } from './calendar.ts';
import { broughtBy } from './orders.ts';
import type { View } from './view.ts';

export function conversionsIn(days: Period, view: View): number {
  return view.orders.filter((order) => isWithin(view.dayOf(order.at), days) && broughtBy(order, view).total > 0n)
    .length;
}

/** Of each channel: the orders of which it brought something. */
export function conversionsByChannel(days: Period, view: View): Map<string, number> {
  const counts = new Map<string, number>();
  for (const order of view.orders.filter(({ at }) => isWithin(view.dayOf(at), days)))
    for (const [channel, amount] of broughtBy(order, view).byChannel)
      if (amount > 0n) counts.set(channel, (counts.get(channel) ?? 0) + 1);
  return counts;
}

export const interactionsIn = (days: Period, { interactions, dayOf }: View) =>
  interactions.filter(({ at }) => isWithin(dayOf(at), days));
