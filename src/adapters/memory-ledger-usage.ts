/** Sums of one window, order by order. */
import type { Fact, InteractionRecorded } from '../domain/facts.ts';
import type { ChannelUsage, CurrencyUsage, WindowUsage } from '../domain/shop-facts.ts';
import { compareIds } from './id-order.ts';
import { attributedTotal, mergeAttributions } from './ledger-attributions.ts';

type Order = Extract<Fact, { type: 'PurchaseAttributed' | 'OrderPlaced' }>;

export function sumUsage({
  orders,
  interactions,
}: {
  orders: readonly Order[];
  interactions: readonly InteractionRecorded[];
}): WindowUsage {
  const attributed = orders.flatMap((order) => (order.type === 'PurchaseAttributed' ? [order.data] : []));
  return {
    currencies: groups(attributed, (order) => order.currency).map(([currency, ofCurrency]): CurrencyUsage => {
      const totals = ofCurrency.map((order) => attributedTotal(order.attributions));
      return {
        currency,
        orders: ofCurrency.length,
        orderTotalMinor: ofCurrency.reduce((sum, order) => sum + order.orderTotalMinor, 0n),
        attributedMinor: totals.reduce((sum, total) => sum + total, 0n),
        conversions: totals.filter((total) => total > 0n).length,
        channels: groups(
          ofCurrency.flatMap((order) => mergeAttributions(order.attributions)),
          (part) => part.channel,
        ).map(([channel, parts]): ChannelUsage => ({
          channel,
          attributedMinor: attributedTotal(parts),
          conversions: parts.filter((part) => part.amountMinor > 0n).length,
        })),
      };
    }),
    interactions: groups(interactions, (interaction) => interaction.channel).map(([channel, ofChannel]) => ({
      channel,
      count: ofChannel.length,
    })),
    rawOrders: orders.length - attributed.length,
  };
}

/** Ascending by key. */
function groups<T>(items: readonly T[], keyOf: (item: T) => string): [string, T[]][] {
  return [...Map.groupBy(items, keyOf)].sort(([a], [b]) => compareIds(a, b));
}
