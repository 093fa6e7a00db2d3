/** What refunds take back of the revenue their orders brought (DOMAIN "Revenue"). */
import { compareBytes } from './byte-order.ts';
import { distribute } from './distribute.ts';
import type { Period, UnappliedRefund } from './events.ts';
import type { Attribution } from './facts.ts';
import { coversInstant } from './plan.ts';
import { ratio, roundHalfAwayFromZero } from './ratio.ts';
import { RuleError } from './rule-error.ts';
import type { OrderSeen, PlanVersion, RefundedOrder, RefundSeen } from './shop-facts.ts';

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
}

export interface RefundContext {
  readonly plans: readonly PlanVersion[];
  /** The currency of the bill. */
  readonly currency: string;
  readonly period: Period;
  /** Earlier refunds only use up what is left of their order. Epoch milliseconds, not after the period's start. */
  readonly since: number;
}

/**
 * Applies the refunds of a shop, each at most up to what is left of its order's attributed revenue, in order of time,
 * then id. Throws FX_RATE_MISSING for one that would take revenue of another currency than the bill's, and
 * RAW_ORDERS_NOT_RATABLE for one whose order's attribution is not known.
 */
export function applyRefunds(
  orders: readonly RefundedOrder[],
  { plans, currency: billCurrency, period, since }: RefundContext,
): RefundsApplied {
  const applied: AppliedRefund[] = [];
  const unapplied: UnappliedRefund[] = [];
  for (const { orderId, order, refunds } of [...orders].sort((a, b) => compareBytes(a.orderId, b.orderId))) {
    const covered = order !== null && coversInstant(plans, order.occurredAt, period.timeZone);
    let left = order === null ? 0n : total(order.attributions);
    for (const refund of [...refunds].sort(byTimeThenId)) {
      const { refundId, occurredAt, currency, refundTotalMinor } = refund;
      if (occurredAt >= period.end) continue;
      const reason = whyUnapplied(refund, order, covered);
      if (reason !== null) {
        if (occurredAt >= period.start) unapplied.push({ refundId, orderId, reason, currency, refundTotalMinor });
        continue;
      }
      if (occurredAt >= since) requireRatable(orderId, order!, billCurrency);
      const channels = takenBy(refund, order!, left);
      const takenMinor = total(channels);
      left -= takenMinor;
      if (occurredAt >= since) applied.push({ refundId, orderId, occurredAt, takenMinor, channels });
    }
  }
  return { applied, unapplied };
}

function whyUnapplied(refund: RefundSeen, order: OrderSeen | null, covered: boolean): UnappliedRefund['reason'] | null {
  if (order === null) return 'order_not_seen';
  if (refund.currency !== order.currency) return 'currency_differs';
  return covered ? null : 'order_not_covered';
}

function requireRatable(orderId: string, order: OrderSeen, currency: string): void {
  if (order.raw) {
    throw new RuleError(
      'RAW_ORDERS_NOT_RATABLE',
      `Order ${orderId} was refunded, and is raw (OrderPlaced): this version cannot compute what the app brought of it.`,
    );
  }
  if (order.currency !== currency && total(order.attributions) > 0n) {
    throw new RuleError(
      'FX_RATE_MISSING',
      `Order ${orderId} was refunded in ${order.currency} and the plan is in ${currency}: a quote is needed.`,
    );
  }
}

/** What one refund takes, by channel: its own attributions if it has any, else its share of the order's. */
function takenBy(refund: RefundSeen, order: OrderSeen, left: bigint): Attribution[] {
  const own = byChannel(refund.attributions ?? []);
  if (own.length > 0) return spread(smaller(total(own), left), own);
  const attributed = byChannel(order.attributions);
  if (order.orderTotalMinor === 0n) return [];
  const share = ratio(total(attributed) * refund.refundTotalMinor, order.orderTotalMinor);
  return spread(smaller(roundHalfAwayFromZero(share), left), attributed);
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
