/** Sums of one window, order by order. */
import type { Fact } from '../domain/facts.ts';
import type { Recorded } from '../domain/log-position.ts';
import type { ChannelUsage, CurrencyUsage, WindowUsage } from '../domain/shop-facts.ts';
import { compareIds } from './id-order.ts';
import { attributedTotal, mergeAttributions } from './ledger-attributions.ts';
import { interactionPrint, purchasePrint } from './usage-fingerprint.ts';

type Seen<T extends Fact['type']> = Recorded & { readonly fact: Extract<Fact, { type: T }> };
type Order = Seen<'PurchaseAttributed' | 'OrderPlaced'>;
type Interaction = Seen<'InteractionRecorded'>;

export function sumUsage({
  orders,
  interactions,
}: {
  orders: readonly Order[];
  interactions: readonly Interaction[];
}): WindowUsage {
  const attributed = orders.flatMap(({ fact }) => (fact.type === 'PurchaseAttributed' ? [fact.data] : []));
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
    interactions: groups(interactions, ({ fact }) => fact.data.channel).map(([channel, ofChannel]) => ({
      channel,
      count: ofChannel.length,
    })),
    rawOrders: orders.length - attributed.length,
    purchasesPrint: orders.reduce((sum, order) => sum + printOf(order), 0n),
    interactionsPrint: interactions.reduce(
      (sum, { position, fact }) => sum + interactionPrint({ ...position, occurredAt: fact.data.occurredAt }),
      0n,
    ),
  };
}

function printOf({ position, fact }: Order): bigint {
  const { occurredAt, orderTotalMinor } = fact.data;
  const merged = fact.type === 'PurchaseAttributed' ? mergeAttributions(fact.data.attributions) : [];
  const amountsMinor = merged.map(({ amountMinor }) => amountMinor);
  return purchasePrint({
    ...position,
    occurredAt,
    orderTotalMinor,
    amountsMinor,
    attributedMinor: attributedTotal(merged),
  });
}

/** Ascending by key. */
function groups<T>(items: readonly T[], keyOf: (item: T) => string): [string, T[]][] {
  return [...Map.groupBy(items, keyOf)].sort(([a], [b]) => compareIds(a, b));
}
