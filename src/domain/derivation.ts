/**
 * Why a bill is what it is: every fact that counted with its place in the log, and the exact way from them to each fee.
 * Made by the very functions that made the bill, from the facts it was made of, when somebody asks.
 */
import { compareBytes } from './byte-order.ts';
import type { OrderAttribution } from './attribution.ts';
import type { ShopExamined } from './eligibility.ts';
import type { Period, UnappliedRefund } from './events.ts';
import type { Attribution } from './facts.ts';
import type { LogPosition } from './log-position.ts';
import type { FxQuote, OrderSeen } from './order-facts.ts';
import { ratePeriod, revenueBetween, type RatingFacts } from './rate-period.ts';
import { rateOrder, type RatedOrder } from './rated-order.ts';
import { workOutFee, type FeeWorking } from './rating.ts';
import type { AppliedRefund } from './refunds.ts';
import type { PlanVersion, RefundedOrder } from './shop-facts.ts';

/** An order that counted; amounts without a currency beside them are in the currency of the bill. */
export interface OrderCounted {
  readonly fact: LogPosition;
  readonly orderId: string;
  readonly occurredAt: number;
  readonly attributedMinor: bigint;
  readonly channels: readonly Attribution[];
  /** As the order tells it. */
  readonly order: {
    readonly currency: string;
    readonly orderTotalMinor: bigint;
    /** What each channel was credited, before conversion. */
    readonly credited: readonly Attribution[];
    /** Of a raw order: its lines, and what each touch was credited of them. */
    readonly attribution: OrderAttribution | null;
  };
  /** At which it was converted. */
  readonly quote: FxQuote | null;
}

export interface RefundCounted {
  readonly fact: LogPosition;
  readonly refundId: string;
  readonly orderId: string;
  readonly occurredAt: number;
  /** What it took of its order's revenue; less than it asked for where no more was left. */
  readonly takenMinor: bigint;
  readonly channels: readonly Attribution[];
  /** As the refund tells it. */
  readonly refund: { readonly currency: string; readonly refundTotalMinor: bigint };
}

/** Facts of some days, and what they add up to. */
export interface RevenueDerivation {
  readonly orders: readonly OrderCounted[];
  readonly refunds: readonly RefundCounted[];
  readonly attributedMinor: bigint;
  readonly refundedMinor: bigint;
  readonly netMinor: bigint;
}

export interface SegmentDerivation extends RevenueDerivation {
  readonly startDate: string;
  readonly endDate: string;
  readonly days: number;
  readonly periodDays: number;
  /** The version in effect, with its place in the log. */
  readonly plan: PlanVersion;
  readonly interactions: readonly { readonly channel: string; readonly count: number }[];
  /** What a trial counts before the segment; null without a trial. */
  readonly trial: (RevenueDerivation & { readonly passedBefore: boolean; readonly thresholdMinor: bigint }) | null;
  readonly billableMinor: bigint;
  readonly working: FeeWorking;
  readonly feeMinor: bigint;
}

export interface Derivation {
  readonly segments: readonly SegmentDerivation[];
  /** Of days of the period without a plan: in the metrics, not billed. */
  readonly withoutPlan: RevenueDerivation;
  readonly unapplied: readonly (UnappliedRefund & { readonly fact: LogPosition })[];
}

/**
 * Derives the segments of a bill.
 *
 * @param facts those the bill was made of
 * @param orders all orders of the windows of `usageQuery`, one by one
 * @throws Error when the orders do not add up to the sums that were billed
 */
export function deriveBill(
  facts: RatingFacts,
  examined: Extract<ShopExamined, { kind: 'bill' }>,
  period: Period,
  orders: readonly OrderSeen[],
): Derivation {
  const rated = ratePeriod(facts, examined, period);
  const { shop, segments } = examined;
  const { currency } = segments.at(-1)!.plan;
  const context = { plans: shop.plans, currency, period, ...facts.orders };
  const counted = orders.map((order) => toCounted(rateOrder(order, context)));
  const refunds = rated.refunds.applied.map((refund) => toRefund(refund, facts.refunds));
  const between = (start: number, end: number): RevenueDerivation => {
    const isWithin = ({ occurredAt }: { occurredAt: number }) => occurredAt >= start && occurredAt < end;
    return adding(counted.filter(isWithin), refunds.filter(isWithin));
  };
  const derived = segments.map((segment): SegmentDerivation => {
    const { plan, start, end, planStart, startDate, endDate, days, periodDays } = segment;
    const revenue = revenueBetween(rated.revenue, start, end);
    const before = revenueBetween(rated.revenue, planStart, start);
    const own = between(start, end);
    requireSame(own, revenue);
    const { rated: fee, working } = workOutFee(segment, { revenue, beforeMinor: before.netMinor });
    const thresholdMinor = plan.trialThresholdMinor;
    const past = thresholdMinor > 0n ? between(planStart, start) : null;
    if (past !== null) requireSame(past, before);
    return {
      ...{ startDate, endDate, days, periodDays, plan, ...own, working },
      interactions: revenue.channels
        .filter(({ interactions }) => interactions > 0)
        .map(({ channel, interactions: count }) => ({ channel, count })),
      trial: past && { ...past, thresholdMinor, passedBefore: past.netMinor > thresholdMinor },
      billableMinor: fee.billableMinor,
      feeMinor: fee.feeMinor,
    };
  });
  const isCovered = ({ occurredAt }: { occurredAt: number }) =>
    occurredAt < period.start || segments.some(({ start, end }) => occurredAt >= start && occurredAt < end);
  return {
    segments: derived,
    withoutPlan: adding(
      counted.filter((one) => !isCovered(one)),
      refunds.filter((one) => !isCovered(one)),
    ),
    unapplied: rated.refunds.unapplied.map((one) => ({ ...one, fact: seenRefund(one, facts.refunds).position })),
  };
}

function toCounted({ order, attribution, credited, quote, attributedMinor, channels }: RatedOrder): OrderCounted {
  const { position: fact, orderId, occurredAt, currency, orderTotalMinor } = order;
  const told = { currency, orderTotalMinor, credited, attribution };
  return { fact, orderId, occurredAt, attributedMinor, channels, order: told, quote };
}

function toRefund(
  { refundId, orderId, occurredAt, takenMinor, channels }: AppliedRefund,
  seen: readonly RefundedOrder[],
): RefundCounted {
  const { position: fact, currency, refundTotalMinor } = seenRefund({ refundId, orderId }, seen);
  return { fact, refundId, orderId, occurredAt, takenMinor, channels, refund: { currency, refundTotalMinor } };
}

function seenRefund(
  { refundId, orderId }: Pick<AppliedRefund, 'refundId' | 'orderId'>,
  seen: readonly RefundedOrder[],
) {
  return seen.find((one) => one.orderId === orderId)!.refunds.find((one) => one.refundId === refundId)!;
}

function adding(orders: readonly OrderCounted[], refunds: readonly RefundCounted[]): RevenueDerivation {
  const attributedMinor = orders.reduce((sum, one) => sum + one.attributedMinor, 0n);
  const refundedMinor = refunds.reduce((sum, { takenMinor }) => sum + takenMinor, 0n);
  return {
    orders: [...orders].sort((a, b) => a.occurredAt - b.occurredAt || compareBytes(a.orderId, b.orderId)),
    refunds: [...refunds].sort((a, b) => a.occurredAt - b.occurredAt || compareBytes(a.refundId, b.refundId)),
    attributedMinor,
    refundedMinor,
    netMinor: attributedMinor - refundedMinor,
  };
}

function requireSame(facts: RevenueDerivation, sums: { attributedMinor: bigint; refundedMinor: bigint }): void {
  if (facts.attributedMinor === sums.attributedMinor && facts.refundedMinor === sums.refundedMinor) return;
  throw new Error(
    `The facts add up to ${facts.attributedMinor} less ${facts.refundedMinor}, ` +
      `their sums are ${sums.attributedMinor} less ${sums.refundedMinor}.`,
  );
}
