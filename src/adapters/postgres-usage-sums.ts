/** Puts the sums of one window together. */
import type { CurrencyUsage } from '../domain/shop-facts.ts';
import { compareIds } from './id-order.ts';

/** Channels of an order that are summed in place; what an order has beyond is fetched apart. */
export const DIRECT_CHANNELS = 4;

type Place = 1 | 2 | 3 | 4;

/** Orders of one window, kind and currency that have the same channels; sums of the n-th channel are at place n. */
export interface PurchaseSums
  extends Record<`attributed_${Place}`, string | null>, Record<`conversions_${Place}`, bigint> {
  n: number;
  raw: boolean;
  currency: string;
  channels: string[];
  orders: bigint;
  order_total: string;
  conversions: bigint;
  attributed: string;
  print: string;
}

export interface FurtherChannel {
  n: number;
  currency: string;
  channel: string;
  attributed: string;
  conversions: bigint;
}

interface Totals {
  orders: number;
  orderTotalMinor: bigint;
  attributedMinor: bigint;
  conversions: number;
  channels: Map<string, { attributedMinor: bigint; conversions: number }>;
}

/** Ascending by currency, and within by channel. */
export function toCurrencies(sums: readonly PurchaseSums[], further: readonly FurtherChannel[]): CurrencyUsage[] {
  const currencies = new Map<string, Totals>();
  for (const row of sums) {
    const totals = currencies.get(row.currency) ?? nothing();
    currencies.set(row.currency, totals);
    totals.orders += Number(row.orders);
    totals.orderTotalMinor += BigInt(row.order_total);
    totals.attributedMinor += BigInt(row.attributed);
    totals.conversions += Number(row.conversions);
    row.channels.slice(0, DIRECT_CHANNELS).forEach((channel, index) => {
      const place = (index + 1) as Place;
      addChannel(totals, channel, row[`attributed_${place}`], row[`conversions_${place}`]);
    });
  }
  for (const row of further) addChannel(currencies.get(row.currency)!, row.channel, row.attributed, row.conversions);
  return [...currencies]
    .sort(([a], [b]) => compareIds(a, b))
    .map(([currency, { channels, ...totals }]) => ({
      currency,
      ...totals,
      channels: [...channels].sort(([a], [b]) => compareIds(a, b)).map(([channel, sum]) => ({ channel, ...sum })),
    }));
}

const nothing = (): Totals => ({
  orders: 0,
  orderTotalMinor: 0n,
  attributedMinor: 0n,
  conversions: 0,
  channels: new Map(),
});

function addChannel(totals: Totals, channel: string, attributed: string | null, conversions: bigint): void {
  const sum = totals.channels.get(channel) ?? { attributedMinor: 0n, conversions: 0 };
  totals.channels.set(channel, {
    attributedMinor: sum.attributedMinor + BigInt(attributed ?? 0),
    conversions: sum.conversions + Number(conversions),
  });
}
