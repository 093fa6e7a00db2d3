/** Usage and refunds → net attributed revenue of each window, in the currency of the bill. */
import { compareBytes } from './byte-order.ts';
import { checkedMinor } from './money.ts';
import type { AppliedRefund } from './refunds.ts';
import { RuleError } from './rule-error.ts';
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
  /** Purchases in the currency of the bill. */
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
 * Revenue per window. `usage` is aligned with `windows`. Throws RAW_ORDERS_NOT_RATABLE where purchases are not
 * attributed yet, FX_RATE_MISSING where attributed revenue has another currency than the bill.
 */
export function windowRevenue(
  windows: readonly UsageWindow[],
  usage: readonly WindowUsage[],
  refunds: readonly AppliedRefund[],
  currency: string,
): WindowRevenue[] {
  if (usage.length !== windows.length) throw new Error(`Usage of ${usage.length} windows for ${windows.length} asked.`);
  return windows.map(({ start, end }, index) => {
    const used = usage[index]!;
    requireRatable(used, currency);
    const taken = refunds.filter(({ occurredAt }) => occurredAt >= start && occurredAt < end);
    return revenueOf({ start, end }, used, taken, currency);
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
  refunds: readonly AppliedRefund[],
  currency: string,
): WindowRevenue {
  const purchases = usage.currencies.find((one) => one.currency === currency);
  const attributedMinor = purchases?.attributedMinor ?? 0n;
  const refundedMinor = refunds.reduce((sum, { takenMinor }) => sum + takenMinor, 0n);
  const none = { attributedMinor: 0n, netMinor: 0n, conversions: 0, interactions: 0 };
  const channels = mergeChannels([
    ...(purchases?.channels ?? []).map((one) => ({ ...none, ...one, netMinor: one.attributedMinor })),
    ...usage.interactions.map(({ channel, count }) => ({ ...none, channel, interactions: count })),
    ...refunds.flatMap((refund) =>
      refund.channels.map(({ channel, amountMinor }) => ({ ...none, channel, netMinor: -amountMinor })),
    ),
  ]);
  return checked({
    ...span,
    orders: purchases?.orders ?? 0,
    orderTotalMinor: purchases?.orderTotalMinor ?? 0n,
    attributedMinor,
    refundedMinor,
    netMinor: attributedMinor - refundedMinor,
    conversions: purchases?.conversions ?? 0,
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

function requireRatable({ rawOrders, currencies }: WindowUsage, currency: string): void {
  if (rawOrders > 0) {
    throw new RuleError(
      'RAW_ORDERS_NOT_RATABLE',
      `${rawOrders} raw orders (OrderPlaced): this version cannot compute what the app brought of them, a later one can bill the shop.`,
    );
  }
  const foreign = currencies.find((one) => one.currency !== currency && one.attributedMinor !== 0n);
  if (foreign !== undefined) {
    throw new RuleError(
      'FX_RATE_MISSING',
      `Revenue in ${foreign.currency} and a plan in ${currency}: a quote ${foreign.currency} to ${currency} is needed.`,
    );
  }
}

function checked(revenue: WindowRevenue): WindowRevenue {
  checkedMinor(revenue.orderTotalMinor, 'The order revenue');
  checkedMinor(revenue.attributedMinor, 'The attributed revenue');
  checkedMinor(revenue.refundedMinor, 'The refunded revenue');
  checkedMinor(revenue.netMinor, 'The net revenue');
  return revenue;
}
