/**
 * The digest of what a bill is made of: sha256 over the canonical JSON of every fact that decide() is given, with its
 * place in the log. What is only summed goes in as its sums and their fingerprints: see adapters/usage-fingerprint.ts.
 * docs/replay.md tells an auditor how to make it.
 */
import { createHash } from 'node:crypto';
import { dateOf } from '../domain/calendar.ts';
import { quoteFor } from '../domain/fx.ts';
import type { FraudFacts } from '../domain/fraud-signals.ts';
import type { FxQuote, OrderFacts, OrderSeen } from '../domain/order-facts.ts';
import type { RefundedOrder, ShopRecord, UsageWindow, WindowUsage } from '../domain/shop-facts.ts';

export interface DigestedInputs {
  readonly shop: ShopRecord;
  /** Of the bill. */
  readonly currency: string;
  readonly timeZone: string;
  readonly windows: readonly UsageWindow[];
  readonly usage: readonly WindowUsage[];
  readonly refunds: readonly RefundedOrder[];
  readonly orders: OrderFacts;
  readonly fraud: FraudFacts;
}

/** Hex. The same facts give the same digest, whichever shops they were read together with. */
export function digestInputs({ shop, windows, usage, refunds, orders, fraud, ...rest }: DigestedInputs): string {
  const { registrations, plans } = shop;
  const { seen, touches } = orders;
  const quotes = quotesFor({ ...rest, refunds, orders });
  const inputs = { registrations, plans, windows, usage, refunds, seen, touches, quotes, fraud };
  return createHash('sha256').update(canonicalJson(inputs)).digest('hex');
}

/** A batch reads quotes for all its shops: here are those that an order of this one falls under. */
function quotesFor({
  currency,
  timeZone,
  refunds,
  orders,
}: Pick<DigestedInputs, 'currency' | 'timeZone' | 'refunds' | 'orders'>): FxQuote[] {
  if (orders.quotes.length === 0) return [];
  const refunded = refunds.flatMap(({ order }): OrderSeen[] => (order === null ? [] : [order]));
  const found = new Map<string, FxQuote>();
  for (const { currency: base, occurredAt } of [...orders.seen, ...refunded]) {
    const quote = quoteFor(orders.quotes, { base, quote: currency, date: dateOf(occurredAt, timeZone) });
    if (quote !== null) found.set(`${quote.base} ${quote.asOf}`, quote);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, quote]) => quote);
}

/** JSON without spaces, keys ascending, amounts and offsets (bigint) as strings, a map as the list of its entries. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'bigint') return `"${value}"`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (value instanceof Map)
    return canonicalJson([...(value as Map<string, unknown>)].sort(([a], [b]) => (a < b ? -1 : 1)));
  const fields = value as Record<string, unknown>;
  const names = Object.keys(fields).filter((name) => fields[name] !== undefined);
  return `{${names
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(fields[name])}`)
    .join()}}`;
}
