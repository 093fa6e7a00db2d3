/**
 * DOMAIN "Refunds": they "count in the period in which the refund occurred, each at most up to what is left of the
 * order's attributed revenue (refunds in order of time, then id). Without attributions of its own a refund takes
 * refundTotal/orderTotal of the order's (converted) attributed total, rounded once, channels by largest remainder. A
 * refund of an order not seen, in another currency than its order, or of an order that no plan covered, is kept,
 * reported on the bill, and reduces nothing".
 */
import { byBytes } from './bytes.ts';
import type { Order, Refund } from './facts.ts';
import { fraction, rounded } from './fraction.ts';
import { broughtBy, broughtIn, inBillCurrency, totalOf, type Revenue } from './orders.ts';
import { inEffectOn } from './plans.ts';
import { splitOverChannels } from './split.ts';
import type { View } from './view.ts';

export type UnappliedReason = 'order_not_seen' | 'currency_differs' | 'order_not_covered';

export type RefundEffect = { readonly takes: Revenue } | { readonly unapplied: UnappliedReason };

/** What one refund does, in the currency of the bill. Throws FX_RATE_MISSING. */
export function effectOf(refund: Refund, currency: string, view: View): RefundEffect {
  const order = view.orders.find(({ orderId }) => orderId === refund.orderId);
  if (order === undefined) return { unapplied: 'order_not_seen' };
  const reason = whyUnapplied(refund, order, view);
  if (reason !== null) return { unapplied: reason };

  // Everything that was refunded of this order up to and including this one.
  const soFar = view.refunds
    .filter(({ orderId }) => orderId === order.orderId)
    .filter((other) => whyUnapplied(other, order, view) === null)
    .sort((a, b) => a.at - b.at || byBytes(a.refundId, b.refundId));
  const before = soFar.slice(0, soFar.indexOf(refund));
  const taken = before.reduce((sum, other) => sum + takes(other, order, sum, currency, view).total, 0n);
  return { takes: takes(refund, order, taken, currency, view) };
}

function whyUnapplied(refund: Refund, order: Order, { plans, dayOf }: View): UnappliedReason | null {
  if (refund.currency !== order.currency) return 'currency_differs';
  return inEffectOn(dayOf(order.at), plans) === null ? 'order_not_covered' : null;
}

function takes(refund: Refund, order: Order, taken: bigint, currency: string, view: View): Revenue {
  const nothing: Revenue = { total: 0n, byChannel: new Map() };
  if (broughtBy(order, view).total === 0n || isOfNothing(refund)) return nothing;
  const order_ = broughtIn(currency, order, view);
  const own = refund.told === null ? null : { total: totalOf(refund.told), byChannel: refund.told };
  const wanted =
    own === null
      ? rounded(fraction(refund.total * order_.total, order.total))
      : inBillCurrency(own, currency, order, view).total;
  const left = order_.total - taken;
  const total = wanted < left ? wanted : left;
  return { total, byChannel: splitOverChannels(total, own?.byChannel ?? order_.byChannel) };
}

const isOfNothing = ({ told, total }: Refund) => (told === null ? total === 0n : totalOf(told) === 0n);
