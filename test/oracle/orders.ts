/**
 * What an order brought. DOMAIN "Revenue": "Attributed revenue of a purchase is the sum of its attributions. A purchase
 * with none counts zero, never the full order". DOMAIN "Currency": "each purchase's attributed total by itself, rounded
 * once, channels by largest remainder".
 */
import { attribute } from './attribution.ts';
import type { Order, Quote } from './facts.ts';
import { inEffectOn } from './plans.ts';
import { converted, neededQuote } from './quotes.ts';
import { splitOverChannels } from './split.ts';
import type { View } from './view.ts';

export interface Revenue {
  readonly total: bigint;
  readonly byChannel: ReadonlyMap<string, bigint>;
}

export const totalOf = (byChannel: ReadonlyMap<string, bigint>): bigint =>
  [...byChannel.values()].reduce((sum, amount) => sum + amount, 0n);

/**
 * In the order's own currency. A raw order is attributed by the "attributionModel of the plan version in effect at the
 * order"; by the default model where none was (an assumption; such an order is never billed).
 */
export function broughtBy(order: Order, view: View): Revenue {
  const model = inEffectOn(view.dayOf(order.at), view.plans)?.model ?? 'cross_extension';
  const byChannel = order.told ?? attribute(order, view.interactions, model);
  return { total: totalOf(byChannel), byChannel };
}

/** In the currency of the bill. Throws FX_RATE_MISSING; "not for a purchase with nothing attributed". */
export function broughtIn(currency: string, order: Order, view: View): Revenue {
  return inBillCurrency(broughtBy(order, view), currency, order, view);
}

/** An amount of an order, or of a refund "at its order's quote". */
export function inBillCurrency(own: Revenue, currency: string, order: Order, view: View): Revenue {
  if (own.total === 0n || order.currency === currency) return own;
  const total = converted(own.total, quoteOf(order, currency, view));
  return { total, byChannel: splitOverChannels(total, own.byChannel) };
}

/** "asOf not after the day it occurred […] Days in the billing time zone" */
export function quoteOf(order: Order, currency: string, view: View): Quote {
  return neededQuote(view.quotes, { base: order.currency, quote: currency, day: view.dayOf(order.at) });
}
