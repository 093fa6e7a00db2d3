/** Usage and refunds → net attributed revenue of each window, in the currency of the bill. */
import { compareBytes } from './byte-order.ts';
import type { Attribution } from './facts.ts';
import { checkedMinor } from './money.ts';
import type { RatedOrder } from './rated-order.ts';
import type { AppliedRefund } from './refunds.ts';
import type { UsageWindow, WindowUsage } from './shop-facts.ts';

export interface ChannelRevenue {
  readonly channel: string;
  readonly attributedMinor: bigint;
  /** Attributed less refunded: may be negative. */
  readonly netMinor: bigint;
  readonly conversions: number;
  readonly interactions: number;
}

/** Revenue in [start, end). */
export interface WindowRevenue {
  readonly start: number;
  readonly end: number;
  /** Sales with a total in the currency of the bill. */
  readonly orders: number;
  readonly orderTotalMinor: bigint;
  readonly attributedMinor: bigint;
  readonly refundedMinor: bigint;
  readonly netMinor: bigint;
  readonly conversions: number;
  readonly interactions: number;
  /** Ascending by channel. */
  readonly channels: readonly ChannelRevenue[];
}

/**
 * Revenue per window. `usage` is aligned with `windows`; of it the attributed purchases in the currency of the bill
 * count, all other orders by `orders`.
 */
export function windowRevenue(
  windows: readonly UsageWindow[],
  usage: readonly WindowUsage[],
  orders: readonly RatedOrder[],
  refunds: readonly AppliedRefund[],
  currency: string,
): WindowRevenue[] {
  if (usage.length !== windows.length) throw new Error(`Usage of ${usage.length} windows for ${windows.length} asked.`);
  return windows.map(({ start, end }, index) => {
    const isWithin = ({ occurredAt }: { occurredAt: number }) => occurredAt >= start && occurredAt < end;
    const sold = orders.filter(({ order }) => isWithin(order));
    return revenueOf({ start, end }, usage[index]!, sold, refunds.filter(isWithin), currency);
  });
}

/** What windows together brought; the span is from the first to the last. */
export function sumRevenue(windows: readonly WindowRevenue[]): WindowRevenue {
  const sum = windows.reduce(
    (a, b) => ({
      start: Math.min(a.start, b.start),
      end: Math.max(a.end, b.end),
      orders: a.orders + b.orders,
      orderTotalMinor: a.orderTotalMinor + b.orderTotalMinor,
      attributedMinor: a.attributedMinor + b.attributedMinor,
      refundedMinor: a.refundedMinor + b.refundedMinor,
      netMinor: a.netMinor + b.netMinor,
      conversions: a.conversions + b.conversions,
      interactions: a.interactions + b.interactions,
      channels: mergeChannels([...a.channels, ...b.channels]),
    }),
    NOTHING,
  );
  return checked(sum);
}

const NOTHING: WindowRevenue = {
  start: Infinity,
  end: -Infinity,
  orders: 0,
  orderTotalMinor: 0n,
  attributedMinor: 0n,
  refundedMinor: 0n,
  netMinor: 0n,
  conversions: 0,
  interactions: 0,
  channels: [],
};

function revenueOf(
  span: Pick<WindowRevenue, 'start' | 'end'>,
  usage: WindowUsage,
  orders: readonly RatedOrder[],
  refunds: readonly AppliedRefund[],
  currency: string,
): WindowRevenue {
  const purchases = usage.currencies.find((one) => one.currency === currency);
  const counted = orders.filter(({ isSale, orderTotalMinor }) => isSale && orderTotalMinor !== null);
  const attributedMinor = orders.reduce((sum, one) => sum + one.attributedMinor, purchases?.attributedMinor ?? 0n);
  const refundedMinor = refunds.reduce((sum, { takenMinor }) => sum + takenMinor, 0n);
  const none = { attributedMinor: 0n, netMinor: 0n, conversions: 0, interactions: 0 };
  const channels = mergeChannels([
    ...(purchases?.channels ?? []).map((one) => ({ ...none, ...one, netMinor: one.attributedMinor })),
    ...orders.flatMap((order) => channelsOf(order).map((one) => ({ ...none, ...one }))),
    ...usage.interactions.map(({ channel, count }) => ({ ...none, channel, interactions: count })),
    ...refunds.flatMap((refund) =>
      refund.channels.map(({ channel, amountMinor }) => ({ ...none, channel, netMinor: -amountMinor })),
    ),
  ]);
  return checked({
    ...span,
    orders: (purchases?.orders ?? 0) + counted.length,
    orderTotalMinor: counted.reduce((sum, one) => sum + one.orderTotalMinor!, purchases?.orderTotalMinor ?? 0n),
    attributedMinor,
    refundedMinor,
    netMinor: attributedMinor - refundedMinor,
    conversions: (purchases?.conversions ?? 0) + orders.filter(({ credited }) => credited.some(isPositive)).length,
    interactions: usage.interactions.reduce((sum, { count }) => sum + count, 0),
    channels,
  });
}

function mergeChannels(parts: readonly ChannelRevenue[]): ChannelRevenue[] {
  const byChannel = new Map<string, ChannelRevenue>();
  for (const part of parts) {
    const so = byChannel.get(part.channel);
    byChannel.set(part.channel, so === undefined ? part : added(so, part));
  }
  return [...byChannel.values()].sort((a, b) => compareBytes(a.channel, b.channel));
}

function added(a: ChannelRevenue, b: ChannelRevenue): ChannelRevenue {
  return {
    channel: a.channel,
    attributedMinor: a.attributedMinor + b.attributedMinor,
    netMinor: a.netMinor + b.netMinor,
    conversions: a.conversions + b.conversions,
    interactions: a.interactions + b.interactions,
  };
}

/** Whether a channel converted is told by what it was credited in the order's own currency, however little that is. */
function channelsOf({ credited, channels }: RatedOrder) {
  return channels.map(({ channel, amountMinor }, index) => ({
    channel,
    attributedMinor: amountMinor,
    netMinor: amountMinor,
    conversions: isPositive(credited[index]!) ? 1 : 0,
  }));
}

function isPositive({ amountMinor }: Attribution): boolean {
  return amountMinor > 0n;
}

function checked(revenue: WindowRevenue): WindowRevenue {
  checkedMinor(revenue.orderTotalMinor, 'The order revenue');
  checkedMinor(revenue.attributedMinor, 'The attributed revenue');
  checkedMinor(revenue.refundedMinor, 'The refunded revenue');
  checkedMinor(revenue.netMinor, 'The net revenue');
  return revenue;
}
