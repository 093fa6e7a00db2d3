/**
 * DOMAIN "Metrics in every bill": "order revenue, attributed, refunded, net and billable revenue, interactions,
 * conversions, conversion rate, average order value; per channel: revenue, fee share, interactions, conversions."
 */
import { isSale } from './attribution.ts';
import { isWithin, type Period } from './calendar.ts';
import { conversionsByChannel, conversionsIn, interactionsIn } from './conversions.ts';
import type { Order } from './facts.ts';
import { fraction, type Fraction } from './fraction.ts';
import type { Line } from './lines.ts';
import { converted, findQuote } from './quotes.ts';
import { revenueOf } from './revenue.ts';
import type { View } from './view.ts';

export interface ChannelMetrics {
  readonly revenue: bigint;
  readonly fee: bigint;
  readonly interactions: number;
  readonly conversions: number;
}

export interface Metrics {
  readonly orders: number;
  readonly orderRevenue: bigint;
  readonly attributed: bigint;
  readonly refunded: bigint;
  readonly net: bigint;
  readonly interactions: number;
  readonly conversions: number;
  readonly conversionRate: Fraction | null;
  readonly averageOrderValue: Fraction | null;
  readonly channels: ReadonlyMap<string, ChannelMetrics>;
}

export function metricsOf(period: Period, currency: string, lines: readonly Line[], view: View): Metrics {
  const totals = view.orders
    .filter(({ at }) => isWithin(view.dayOf(at), period))
    .map((order) => saleIn(currency, order, view))
    .filter((total) => total !== null);
  const orderRevenue = totals.reduce((sum, total) => sum + total, 0n);
  const { attributed, refunded, net, attributedByChannel } = revenueOf(period, currency, view);
  const interactions = interactionsIn(period, view);
  const conversions = conversionsIn(period, view);
  const conversionsOf = conversionsByChannel(period, view);

  const names = [
    ...attributedByChannel.keys(),
    ...conversionsOf.keys(),
    ...interactions.map(({ channel }) => channel),
    ...lines.flatMap(({ channel }) => (channel === null ? [] : [channel])),
  ];
  const channels = [...new Set(names)].map((channel): [string, ChannelMetrics] => [
    channel,
    {
      revenue: attributedByChannel.get(channel) ?? 0n,
      fee: lines.filter((line) => line.channel === channel).reduce((sum, { amount }) => sum + amount, 0n),
      interactions: interactions.filter((each) => each.channel === channel).length,
      conversions: conversionsOf.get(channel) ?? 0,
    },
  ]);
  return {
    orders: totals.length,
    orderRevenue,
    attributed,
    refunded,
    net,
    interactions: interactions.length,
    conversions,
    conversionRate: interactions.length === 0 ? null : fraction(conversions, interactions.length),
    averageOrderValue: totals.length === 0 ? null : fraction(orderRevenue, totals.length),
    channels: new Map(channels),
  };
}

/**
 * docs: "Orders are the sales of the period: raw orders that are test, voided or cancelled are none. The total of an order
 * in another currency is converted at the quote of its day, by itself; where nothing was attributed and there is no
 * quote, the order is left out of orders and order revenue."
 */
function saleIn(currency: string, order: Order, view: View): bigint | null {
  if (!isSale(order)) return null;
  if (order.currency === currency) return order.total;
  const quote = findQuote(view.quotes, { base: order.currency, quote: currency, day: view.dayOf(order.at) });
  return quote === null ? null : converted(order.total, quote);
}
