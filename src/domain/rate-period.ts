/** All segments of a shop's period rated: what a bill charges, and what an adjustment compares. */
import type { ShopExamined } from './eligibility.ts';
import type { BillLine, BillSegment, Period } from './events.ts';
import { feeLines } from './fee-lines.ts';
import type { OrderFacts } from './order-facts.ts';
import type { PlanSegment } from './plan.ts';
import { planProblem } from './plan-problem.ts';
import { rateOrder, type RatedOrder } from './rated-order.ts';
import { rateSegment } from './rating.ts';
import { applyRefunds, type RefundsApplied } from './refunds.ts';
import { sumRevenue, windowRevenue, type WindowRevenue } from './revenue.ts';
import { RuleError } from './rule-error.ts';
import type { RefundedOrder, WindowUsage } from './shop-facts.ts';
import { usageQuery } from './usage-query.ts';

/** What happened in a shop, as far as fees depend on it. */
export interface RatingFacts {
  /** Aligned with the windows of `usageQuery`; empty when the shop is skipped. */
  readonly usage: readonly WindowUsage[];
  readonly refunds: readonly RefundedOrder[];
  /** Raw and foreign orders of the usage windows, and what rates them and those of `refunds`. */
  readonly orders: OrderFacts;
}

export interface RatedPeriod {
  readonly segments: readonly BillSegment[];
  readonly lines: readonly BillLine[];
  readonly orders: readonly RatedOrder[];
  readonly refunds: RefundsApplied;
  /** What a trial looks back to, then the whole period, cut wherever a plan starts or ends. */
  readonly revenue: readonly WindowRevenue[];
}

/** Throws PLAN_NOT_RATABLE, FX_RATE_MISSING, AMOUNT_OVERFLOW. */
export function ratePeriod(
  facts: RatingFacts,
  { shop, segments }: Extract<ShopExamined, { kind: 'bill' }>,
  period: Period,
): RatedPeriod {
  segments.forEach(requireRatable);
  const { currency } = segments.at(-1)!.plan;
  const { windows, refundWindow } = usageQuery({ shopId: shop.shopId, segments, period });
  const context = { plans: shop.plans, currency, period, ...facts.orders };
  const orders = facts.orders.seen.map((order) => rateOrder(order, context));
  const refunds = applyRefunds(facts.refunds, { ...context, since: refundWindow.start });
  const revenue = windowRevenue(windows, facts.usage, orders, refunds.applied, currency);

  const rated = segments.map((segment) =>
    rateSegment(segment, {
      revenue: revenueBetween(revenue, segment.start, segment.end),
      beforeMinor: revenueBetween(revenue, segment.planStart, segment.start).netMinor,
    }),
  );
  const lines = rated.flatMap((fee, index) => {
    const segment = segments[index]!;
    return feeLines(fee, index, revenueBetween(revenue, segment.start, segment.end).channels);
  });
  return { segments: rated, lines, orders, refunds, revenue };
}

/** Windows are cut wherever a plan starts or ends, so that any time between two such moments is made of whole ones. */
export function revenueBetween(windows: readonly WindowRevenue[], start: number, end: number): WindowRevenue {
  return sumRevenue(windows.filter((window) => window.start >= start && window.end <= end));
}

function requireRatable({ plan }: PlanSegment): void {
  const problem = planProblem(plan);
  if (problem !== null) throw new RuleError('PLAN_NOT_RATABLE', `Plan ${plan.planId}: ${problem}. Assign it again.`);
}
