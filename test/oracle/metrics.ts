/**
 * DOMAIN "Metrics in every bill": "order revenue, attributed, refunded, net and billable revenue, interactions,
 * conversions, conversion rate, average order value; per channel: revenue, fee share, interactions, conversions."
 */
import { isWithin, type Period } from './calendar.ts';
import { conversionsByChannel, conversionsIn, interactionsIn } from './conversions.ts';
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
  /** Of the orders whose total is known in the bill's currency: it charges nothing, so it needs no quote. */
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
  const orders = view.orders.filter(({ at }) => isWithin(view.dayOf(at), period));
  const totals = orders.map((order) => {
    if (order.currency === currency) return order.total;
    const quote = findQuote(view.quotes, { base: order.currency, quote: currency, day: view.dayOf(order.at) });
    return quote === null ? 0n : converted(order.total, quote);
  });
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
    orders: orders.length,
    orderRevenue,
    attributed,
    refunded,
    net,
    interactions: interactions.length,
    conversions,
    conversionRate: interactions.length === 0 ? null : fraction(conversions, interactions.length),
    averageOrderValue: orders.length === 0 ? null : fraction(orderRevenue, orders.length),
    channels: new Map(channels),
  };
}
