/**
 * Single orders of a batch of shops, where the sums of their windows are not enough: raw ones with the touches before
 * them, foreign ones with the quotes of their days. Shops without such orders cost no query.
 */
import type { Ledger } from '../adapters/ledger.ts';
import { touchQuery } from '../domain/attribution.ts';
import { dateOf } from '../domain/calendar.ts';
import { oldestQuoteDate } from '../domain/fx.ts';
import type { Pin } from '../domain/log-position.ts';
import {
  NO_ORDERS,
  type FxQuote,
  type OrderFacts,
  type OrderSeen,
  type OrderWindow,
  type QuoteQuery,
  type Touch,
} from '../domain/order-facts.ts';
import type { RefundedOrder, UsageWindow, WindowUsage } from '../domain/shop-facts.ts';

/** What is known of a shop when its sums are there; `usage` is aligned with `windows`. */
export interface SummedShop {
  readonly shopId: string;
  /** Of its bill. */
  readonly currency: string;
  readonly windows: readonly UsageWindow[];
  readonly usage: readonly WindowUsage[];
  readonly refunds: readonly RefundedOrder[];
}

interface Reading {
  readonly ledger: Pick<Ledger, 'loadOrders' | 'loadTouches' | 'loadQuotes'>;
  readonly timeZone: string;
  readonly pins: readonly Pin[];
  /** Where to look for quotes, one after the other, when those within `pins` do not do. */
  readonly laterQuotes?: readonly (readonly Pin[])[];
}

/** A shop with the orders that are raw or foreign: those of its windows, and all, refunded ones included. */
interface Detailed {
  readonly shop: SummedShop;
  readonly seen: readonly OrderSeen[];
  readonly all: readonly OrderSeen[];
}

/** Aligned with `shops`. */
export async function loadOrderFacts(reading: Reading, shops: readonly SummedShop[]): Promise<OrderFacts[]> {
  const details = await loadDetails(reading, shops);
  const { pins, laterQuotes = [] } = reading;
  const [touches, ...quotes] = await Promise.all([
    loadTouches(reading, details),
    ...[pins, ...laterQuotes].map((within) => loadQuotes({ ...reading, pins: within }, details)),
  ]);
  return details.map(({ shop, seen, all }, index) => {
    if (all.length === 0) return NO_ORDERS;
    const pairs = [...new Set(foreign(all, shop).map(({ currency }) => pairOf(currency, shop)))];
    const [own = [], ...later] = quotes.map((found) => pairs.flatMap((pair) => found.get(pair) ?? []));
    return { seen, touches: touches[index]!, quotes: own, ...(later.length > 0 && { laterQuotes: later }) };
  });
}

async function loadDetails({ ledger, pins }: Reading, shops: readonly SummedShop[]): Promise<Detailed[]> {
  const windows = shops.flatMap((shop, index) => {
    const window = detailWindow(shop);
    return window === null ? [] : [{ index, window }];
  });
  const orders =
    windows.length === 0 ? [] : await ledger.loadOrders({ windows: windows.map(({ window }) => window), pins });
  const found = new Map(windows.map(({ index }, at) => [index, orders[at]!]));
  return shops.map((shop, index) => {
    const seen = found.get(index) ?? [];
    const refunded = shop.refunds.flatMap(({ order }) =>
      order !== null && (order.raw !== null || order.currency !== shop.currency) ? [order] : [],
    );
    const all = new Map([...seen, ...refunded].map((order) => [order.orderId, order]));
    return { shop, seen, all: [...all.values()] };
  });
}

/** From the first to the last window with orders that must be looked at one by one; null where there is none. */
function detailWindow({ shopId, currency, windows, usage }: SummedShop): OrderWindow | null {
  const wanted = windows.filter((_, index) => needsDetail(usage[index]!, windows[index]!, currency));
  if (wanted.length === 0) return null;
  return { shopId, start: wanted[0]!.start, end: wanted.at(-1)!.end, currency };
}

/** Foreign orders of which nothing was attributed matter to the metrics of the period, and to nothing before it. */
function needsDetail({ rawOrders, currencies }: WindowUsage, window: UsageWindow, planCurrency: string): boolean {
  const isWanted = ({ currency, attributedMinor }: WindowUsage['currencies'][number]) =>
    currency !== planCurrency && (attributedMinor > 0n || window.countInteractions);
  return rawOrders > 0 || currencies.some(isWanted);
}

/** By order id, aligned with `details`. */
async function loadTouches({ ledger, pins }: Reading, details: readonly Detailed[]): Promise<Map<string, Touch[]>[]> {
  const asked = details.flatMap(({ shop, all }, index) =>
    all.flatMap((order) => {
      const query = touchQuery(shop.shopId, order);
      return query === null ? [] : [{ index, orderId: order.orderId, query }];
    }),
  );
  const found = details.map(() => new Map<string, Touch[]>());
  if (asked.length === 0) return found;
  const touches = await ledger.loadTouches({ touches: asked.map(({ query }) => query), pins });
  for (const [at, { index, orderId }] of asked.entries()) found[index]!.set(orderId, touches[at]!);
  return found;
}

/** By pair: each is read once for all shops, over all the days on which one of them could need it. */
async function loadQuotes(
  { ledger, pins, timeZone }: Reading,
  details: readonly Detailed[],
): Promise<Map<string, FxQuote[]>> {
  const asked = new Map<string, QuoteQuery>();
  for (const { shop, all } of details) {
    for (const { currency, occurredAt } of foreign(all, shop)) {
      const toDate = dateOf(occurredAt, timeZone);
      const fromDate = oldestQuoteDate(toDate);
      const pair = pairOf(currency, shop);
      const before = asked.get(pair) ?? { base: currency, quote: shop.currency, fromDate, toDate };
      asked.set(pair, {
        ...before,
        fromDate: before.fromDate < fromDate ? before.fromDate : fromDate,
        toDate: before.toDate > toDate ? before.toDate : toDate,
      });
    }
  }
  if (asked.size === 0) return new Map();
  const quotes = await ledger.loadQuotes({ quotes: [...asked.values()], pins });
  return new Map([...asked.keys()].map((pair, index) => [pair, quotes[index]!]));
}

function foreign(orders: readonly OrderSeen[], { currency }: SummedShop): OrderSeen[] {
  return orders.filter((order) => order.currency !== currency);
}

function pairOf(base: string, { currency }: SummedShop): string {
  return `${base} ${currency}`;
}
