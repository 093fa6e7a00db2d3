/** The revenue of a stretch of days. DOMAIN "Metrics": "attributed, refunded, net"; per channel the same. */
import { isWithin, type Period } from './calendar.ts';
import { broughtIn, type Revenue } from './orders.ts';
import { effectOf } from './refunds.ts';
import type { View } from './view.ts';

export interface NetRevenue {
  readonly attributed: bigint;
  readonly refunded: bigint;
  readonly net: bigint;
  readonly attributedByChannel: ReadonlyMap<string, bigint>;
  readonly netByChannel: ReadonlyMap<string, bigint>;
}

export function revenueOf(days: Period, currency: string, view: View): NetRevenue {
  const brought = view.orders
    .filter(({ at }) => isWithin(view.dayOf(at), days))
    .map((order) => broughtIn(currency, order, view));
  const taken = view.refunds
    .filter(({ at }) => isWithin(view.dayOf(at), days))
    .map((refund) => effectOf(refund, currency, view))
    .flatMap((effect) => ('takes' in effect ? [effect.takes] : []));

  const attributedByChannel = added(brought, 1n, new Map());
  const attributed = brought.reduce((sum, { total }) => sum + total, 0n);
  const refunded = taken.reduce((sum, { total }) => sum + total, 0n);
  return {
    attributed,
    refunded,
    net: attributed - refunded,
    attributedByChannel,
    netByChannel: added(taken, -1n, attributedByChannel),
  };
}

function added(revenues: readonly Revenue[], sign: bigint, start: ReadonlyMap<string, bigint>): Map<string, bigint> {
  const sums = new Map(start);
  for (const { byChannel } of revenues)
    for (const [channel, amount] of byChannel) sums.set(channel, (sums.get(channel) ?? 0n) + sign * amount);
  return sums;
}
