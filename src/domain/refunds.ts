/** What refunds take back of the revenue their orders brought (DOMAIN "Revenue"). */
import { compareBytes } from './byte-order.ts';
import { distribute } from './distribute.ts';
import type { UnappliedRefund } from './events.ts';
import type { Attribution } from './facts.ts';
import { convertMinor } from './fx.ts';
import type { OrderSeen } from './order-facts.ts';
import { planAt } from './plan.ts';
import { rateOrder, type RatedOrder, type RatingContext } from './rated-order.ts';
import { ratio, roundHalfAwayFromZero } from './ratio.ts';
import type { RefundedOrder, RefundSeen } from './shop-facts.ts';

/** A refund that reduced revenue: by the sum of its channels, each at most once ascending, none negative. */
export interface AppliedRefund {
  readonly refundId: string;
  readonly orderId: string;
  readonly occurredAt: number;
  readonly takenMinor: bigint;
  readonly channels: readonly Attribution[];
}

export interface RefundsApplied {
  readonly applied: readonly AppliedRefund[];
  /** Those of the period, ascending by order, time, refund. */
  readonly unapplied: readonly UnappliedRefund[];
  /** The orders that anything could be taken of. */
  readonly orders: readonly RatedOrder[];
}

export interface RefundContext extends RatingContext {
  /** Earlier refunds only use up what is left of their order. Epoch milliseconds, not after the period's start. */
  readonly since: number;
}

/**
 * Applies the refunds of a shop, each at most up to what is left of its order's attributed revenue in the currency of
 * the bill, in order of time, then id. Throws FX_RATE_MISSING where one would take revenue of an order that cannot be
 * converted.
 */
export function applyRefunds(orders: readonly RefundedOrder[], context: RefundContext): RefundsApplied {
  const { plans, period, since } = context;
  const all = [...orders]
    .sort((a, b) => compareBytes(a.orderId, b.orderId))
    .map(({ orderId, order, refunds }) => {
      const isCovered = order !== null && planAt(plans, order.occurredAt, period.timeZone) !== null;
      const ofPeriod = [...refunds].filter(({ occurredAt }) => occurredAt < period.end).sort(byTimeThenId);
      const reasons = ofPeriod.map((refund) => whyUnapplied(refund, order, isCovered));
      const counting = ofPeriod.filter((_, index) => reasons[index] === null);
      const isAsked = counting.some((refund) => refund.occurredAt >= since && asksForAnything(refund));
      const rated = order !== null && isAsked ? rateOrder(order, context) : null;
      return {
        applied: takeInOrder(orderId, rated, counting).filter(({ occurredAt }) => occurredAt >= since),
        unapplied: ofPeriod.flatMap(({ refundId, occurredAt, currency, refundTotalMinor }, index) => {
          const reason = reasons[index]!;
          if (reason === null || occurredAt < period.start) return [];
          return [{ refundId, orderId, reason, currency, refundTotalMinor }];
        }),
        orders: rated === null ? [] : [rated],
      };
    });
  return {
    applied: all.flatMap(({ applied }) => applied),
    unapplied: all.flatMap(({ unapplied }) => unapplied),
    orders: all.flatMap(({ orders: ofOne }) => ofOne),
  };
}

function whyUnapplied(refund: RefundSeen, order: OrderSeen | null, covered: boolean): UnappliedRefund['reason'] | null {
  if (order === null) return 'order_not_seen';
  if (refund.currency !== order.currency) return 'currency_differs';
  return covered ? null : 'order_not_covered';
}

/** Whether the refund could take something: one that cannot needs no quote. */
function asksForAnything({ attributions, refundTotalMinor }: RefundSeen): boolean {
  return total(attributions ?? []) > 0n || ((attributions ?? []).length === 0 && refundTotalMinor > 0n);
}

/** @param rated null: nothing is asked of the order */
function takeInOrder(orderId: string, rated: RatedOrder | null, refunds: readonly RefundSeen[]): AppliedRefund[] {
  let left = rated?.attributedMinor ?? 0n;
  return refunds.map((refund) => {
    const channels = rated === null ? [] : takenBy(refund, rated, left);
    const takenMinor = total(channels);
    left -= takenMinor;
    return { refundId: refund.refundId, orderId, occurredAt: refund.occurredAt, takenMinor, channels };
  });
}

/** What one refund takes, by channel: its own attributions if it has any, else its share of the order's. */
function takenBy(refund: RefundSeen, { order, quote, attributedMinor, channels }: RatedOrder, left: bigint) {
  const own = byChannel(refund.attributions ?? []);
  if (own.length > 0) {
    const asked = quote === null ? total(own) : convertMinor(total(own), quote);
    return spread(smaller(asked, left), own);
  }
  if (order.orderTotalMinor === 0n) return [];
  const share = ratio(attributedMinor * refund.refundTotalMinor, order.orderTotalMinor);
  return spread(smaller(roundHalfAwayFromZero(share), left), channels);
}

function spread(amount: bigint, over: readonly Attribution[]): Attribution[] {
  const parts = distribute(
    amount,
    over.map(({ amountMinor }) => amountMinor),
  );
  return over.map(({ channel }, index) => ({ channel, amountMinor: parts[index]! }));
}

/** One entry per channel, ascending: so ties fall alike however a fact lists its channels. */
function byChannel(attributions: readonly Attribution[]): Attribution[] {
  const sums = new Map<string, bigint>();
  for (const { channel, amountMinor } of attributions) sums.set(channel, (sums.get(channel) ?? 0n) + amountMinor);
  return [...sums]
    .map(([channel, amountMinor]) => ({ channel, amountMinor }))
    .sort((a, b) => compareBytes(a.channel, b.channel));
}

function byTimeThenId(a: RefundSeen, b: RefundSeen): number {
  return a.occurredAt - b.occurredAt || compareBytes(a.refundId, b.refundId);
}

function total(attributions: readonly Attribution[]): bigint {
  return attributions.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
