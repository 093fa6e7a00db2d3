/** One order as the bill counts it: attributed where it was raw, converted where it was in another currency. */
import { attributeOrder, creditedChannels, isSale, type OrderAttribution } from './attribution.ts';
import { dateOf } from './calendar.ts';
import type { Period, QuoteUsed } from './events.ts';
import type { Attribution, AttributionModel } from './facts.ts';
import { convertMinor, convertParts, quoteFor } from './fx.ts';
import type { FxQuote, OrderSeen, Touch } from './order-facts.ts';
import { planAt } from './plan.ts';
import { RuleError } from './rule-error.ts';
import type { PlanVersion } from './shop-facts.ts';

/** Where no plan covers an order nothing of it is billable, and its revenue is counted as by default. */
const DEFAULT_MODEL: AttributionModel = 'cross_extension';

/** An order with the derivation of what it counts; `attributedMinor` is what it brought in the currency of the bill. */
export interface RatedOrder {
  readonly order: OrderSeen;
  /** How a raw order's attributions were found; null for one that came with its own. */
  readonly attribution: OrderAttribution | null;
  /** False: a test, voided or cancelled order, which is in no metric. */
  readonly isSale: boolean;
  /** In the currency of the order, ascending by channel. */
  readonly credited: readonly Attribution[];
  /** Null: none was needed, or (with nothing attributed) none was there. */
  readonly quote: FxQuote | null;
  /** The sum of `channels`. */
  readonly attributedMinor: bigint;
  /** `credited` in the currency of the bill, channel by channel. */
  readonly channels: readonly Attribution[];
  /** In the currency of the bill; null without a quote, or where the period's metrics do not ask for it. */
  readonly orderTotalMinor: bigint | null;
}

export interface RatingContext {
  readonly plans: readonly PlanVersion[];
  /** The currency of the bill. */
  readonly currency: string;
  readonly period: Period;
  /** By order id: what `touchQuery` of the order found. */
  readonly touches: ReadonlyMap<string, readonly Touch[]>;
  readonly quotes: readonly FxQuote[];
  /** Each like `quotes`: asked one after the other where those before have none. */
  readonly laterQuotes?: readonly (readonly FxQuote[])[];
}

/**
 * Rates an order. A quote is needed where anything was attributed, and used for the metrics of the period where there
 * is one. Throws FX_RATE_MISSING, AMOUNT_OVERFLOW.
 */
export function rateOrder(order: OrderSeen, context: RatingContext): RatedOrder {
  const attribution = order.raw === null ? null : attribute(order, context);
  const credited = attribution === null ? order.attributions : creditedChannels(attribution);
  const shared = { order, attribution, credited, isSale: order.raw === null || isSale(order.raw) };
  const attributedMinor = credited.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  if (order.currency === context.currency) {
    return { ...shared, quote: null, attributedMinor, channels: credited, orderTotalMinor: order.orderTotalMinor };
  }
  const { start, end } = context.period;
  const isInPeriod = order.occurredAt >= start && order.occurredAt < end;
  const quote = attributedMinor > 0n || (isInPeriod && shared.isSale) ? quoteOf(order, context) : null;
  if (quote === null) {
    if (attributedMinor > 0n) throw missing(order, context);
    return { ...shared, quote, attributedMinor, channels: credited, orderTotalMinor: null };
  }
  const parts = convertParts(
    credited.map(({ amountMinor }) => amountMinor),
    quote,
  );
  return {
    ...shared,
    quote,
    attributedMinor: parts.reduce((sum, part) => sum + part, 0n),
    channels: credited.map(({ channel }, index) => ({ channel, amountMinor: parts[index]! })),
    orderTotalMinor: isInPeriod ? convertMinor(order.orderTotalMinor, quote) : null,
  };
}

/** The quotes that converted anything, each once, ascending by pair and date. */
export function quotesUsed(orders: readonly RatedOrder[]): QuoteUsed[] {
  const used = new Map<string, QuoteUsed>();
  for (const { quote: found } of orders) {
    if (found === null) continue;
    const { base, quote, asOf, rateUnscaled, rateScale } = found;
    used.set(`${base} ${quote} ${asOf}`, { base, quote, asOf, rateUnscaled, rateScale });
  }
  return [...used].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, quote]) => quote);
}

function attribute(order: OrderSeen, { plans, period, touches }: RatingContext): OrderAttribution {
  const model = planAt(plans, order.occurredAt, period.timeZone)?.attributionModel ?? DEFAULT_MODEL;
  return attributeOrder(order, order.raw!, touches.get(order.orderId) ?? [], model);
}

function quoteOf({ currency, occurredAt }: OrderSeen, context: RatingContext): FxQuote | null {
  const date = dateOf(occurredAt, context.period.timeZone);
  for (const quotes of [context.quotes, ...(context.laterQuotes ?? [])]) {
    const found = quoteFor(quotes, { base: currency, quote: context.currency, date });
    if (found !== null) return found;
  }
  return null;
}

function missing({ orderId, currency, occurredAt }: OrderSeen, context: RatingContext): RuleError {
  const date = dateOf(occurredAt, context.period.timeZone);
  return new RuleError(
    'FX_RATE_MISSING',
    `Order ${orderId} of ${date} needs a quote ${currency} to ${context.currency} of that day or at most 14 days older.`,
  );
}
