/** From what was read of a shop to the fraud assessment of its bill. */
import { compareBytes } from './byte-order.ts';
import type { BillMetrics, FraudAssessment, Period } from './events.ts';
import { assessFraud } from './fraud.ts';
import { fraudLimits } from './fraud-limits.ts';
import type { FraudFacts, PurchaseSeen, PurchaseSignal } from './fraud-signals.ts';
import { quoteFor } from './fx.ts';
import type { FxQuote } from './order-facts.ts';
import type { RatedOrder } from './rated-order.ts';
import type { AppliedRefund } from './refunds.ts';
import type { PlanVersion } from './shop-facts.ts';

/**
 * The assessment of a bill.
 *
 * @param plan of the last segment
 * @param orders raw and foreign ones, as the bill counts them
 */
export function assessBill({
  facts,
  plan,
  period,
  metrics,
  orders,
  refunds,
}: {
  readonly facts: FraudFacts;
  readonly plan: PlanVersion;
  readonly period: Period;
  readonly metrics: BillMetrics;
  readonly orders: readonly RatedOrder[];
  readonly refunds: readonly AppliedRefund[];
}): FraudAssessment {
  const rated = new Map(orders.map((one) => [one.order.orderId, one.attributedMinor]));
  const purchases = facts.purchases?.map((purchase) => toSignal(purchase, plan.currency, rated)) ?? null;
  const ofPeriod = refunds.filter(
    ({ occurredAt, takenMinor }) => takenMinor > 0n && occurredAt >= period.start && occurredAt < period.end,
  );
  return assessFraud({
    limits: fraudLimits(plan, facts.usdQuote),
    signals: { ...facts, purchases },
    metrics,
    refundIds: [...ofPeriod]
      .sort((a, b) => a.occurredAt - b.occurredAt || compareBytes(a.refundId, b.refundId))
      .map(({ refundId }) => refundId),
  });
}

/** The quote that converts the limits set in USD: the newest at the period's end, as for a fact of its last day. */
export function usdQuoteOf(
  quotes: readonly FxQuote[],
  { currency }: Pick<PlanVersion, 'currency'>,
  { endDate }: Pick<Period, 'endDate'>,
): FxQuote | null {
  return currency === 'USD' ? null : quoteFor(quotes, { base: currency, quote: 'USD', date: endDate });
}

/** A purchase that sums can tell counts as it is; any other one as the bill rated it. */
function toSignal(
  { orderId, occurredAt, currency, attributedMinor, visitor }: PurchaseSeen,
  planCurrency: string,
  rated: ReadonlyMap<string, bigint>,
): PurchaseSignal {
  const counted = currency === planCurrency && attributedMinor !== null ? attributedMinor : rated.get(orderId);
  if (counted === undefined)
    throw new Error(`The fraud checks see the order ${orderId}, which the bill does not count.`);
  return { orderId, occurredAt, attributedMinor: counted, visitor };
}
