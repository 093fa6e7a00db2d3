/** Purchases, raw orders and refunds of them. */
import { instantOf } from '../calendar.ts';
import { splitOverChannels } from '../split.ts';
import type { InteractionLine, PurchaseLine, RawOrderLine, RefundLine } from '../fact-lines.ts';
import { toMinor } from '../currencies.ts';
import {
  CHANNELS,
  CURRENCIES,
  dollars,
  someAmount,
  someInstant,
  spelled,
  toldIn,
  written,
  type Setting,
  type Telling,
} from './setting.ts';

export const CUSTOMERS = ['c1', 'c2', 'c3', 'c4'];
export const SESSIONS = ['z1', 'z2', 'z3', 'z4', 'z5'];
export const PRODUCTS = ['x1', 'x2', 'x3'];

const DAY_MS = 86_400_000;

interface Seller {
  readonly shopId: string;
  /** Of the plan; now and then an order is in another one. */
  readonly currency: string;
  /** Orders so far: what refunds are of. */
  readonly orders: (PurchaseLine | RawOrderLine)[];
}

/** A month of orders, with the interactions that led to the raw ones, and of refunds of these and earlier ones. */
export function someOrders(setting: Setting, seller: Seller, month: number): Telling[] {
  const { prng } = setting;
  const tellings: Telling[] = [];
  for (let count = prng.pick([0, 2, 4, 8]); count > 0; count -= 1) {
    const order = anOrder(setting, seller, someInstant(setting, month));
    seller.orders.push(order);
    tellings.push(telling(setting, order));
    if (order.type === 'OrderPlaced')
      for (const touch of someTouches(setting, order)) tellings.push(telling(setting, touch));
  }
  for (let count = prng.pick([0, 0, 1, 1, 3]); count > 0; count -= 1)
    tellings.push(telling(setting, aRefund(setting, seller, someInstant(setting, month))));
  return tellings;
}

const telling = (setting: Setting, fact: PurchaseLine | RawOrderLine | RefundLine | InteractionLine): Telling => ({
  fact,
  month: toldIn(setting, instantOf(fact.occurredAt)),
});

function anOrder(setting: Setting, { shopId, currency }: Seller, at: number): PurchaseLine | RawOrderLine {
  const { prng, has } = setting;
  const inCurrency = has('currency') && prng.percent(20) ? prng.pick(CURRENCIES) : currency;
  const total = someAmount(setting, inCurrency);
  const order = {
    shopId,
    orderId: setting.name('o'),
    ...(prng.percent(70) ? { customerId: prng.pick(CUSTOMERS) } : {}),
    ...(prng.percent(70) ? { sessionId: prng.pick(SESSIONS) } : {}),
    occurredAt: spelled(setting, at),
    currency: inCurrency,
    orderTotal: written(total, inCurrency),
  };
  return has('raw-orders') && prng.percent(35)
    ? { type: 'OrderPlaced', ...order, ...someLines(setting, total, inCurrency) }
    : { type: 'PurchaseAttributed', ...order, attributions: someAttributions(setting, total, inCurrency) };
}

/** All of the amount, part of it, or nothing. */
function someAttributions({ prng }: Setting, total: bigint, currency: string) {
  if (prng.percent(12)) return [];
  const channels = CHANNELS.filter(() => prng.percent(35));
  if (channels.length === 0) channels.push(prng.pick(CHANNELS));
  const part = (total * BigInt(prng.pick([100, 100, 70, 33]))) / 100n;
  const parts = splitOverChannels(part, new Map(channels.map((channel) => [channel, BigInt(prng.whole(1, 5))])));
  return prng.shuffled([...parts]).map(([channel, amount]) => ({ channel, amount: written(amount, currency) }));
}

/** Lines below, at or above the order total. */
function someLines({ prng }: Setting, total: bigint, currency: string) {
  const products = PRODUCTS.filter(() => prng.percent(50));
  if (products.length === 0) products.push(prng.pick(PRODUCTS));
  const price = (total * BigInt(prng.pick([60, 100, 130]))) / 100n / BigInt(products.length);
  return {
    lines: products.map((productId) => {
      const quantity = prng.pick([1, 1, 2, 3]);
      return { productId, quantity, price: written(price / BigInt(quantity), currency) };
    }),
    financialStatus: prng.pick(['paid', 'paid', 'paid', 'paid', 'pending', 'refunded', 'voided', 'cancelled']),
    ...(prng.percent(10) ? { test: prng.percent(50) } : {}),
  };
}

/** Interactions around the thirty days before a raw order, its person's and others', with ties. */
function someTouches(setting: Setting, order: RawOrderLine): InteractionLine[] {
  const { prng, has } = setting;
  const at = Date.parse(order.occurredAt);
  let last = at;
  return Array.from({ length: prng.pick([0, 1, 2, 4]) }, (): InteractionLine => {
    const ago = prng.pick([
      0,
      1,
      has('late-facts') ? -1 : 1,
      30 * DAY_MS,
      30 * DAY_MS + 1,
      prng.whole(0, 30 * DAY_MS),
      7 * DAY_MS,
    ]);
    last = prng.percent(25) ? last : at - ago;
    return {
      type: 'InteractionRecorded',
      shopId: order.shopId,
      interactionId: setting.name(prng.pick(['i', 'I', 'ï', '😀', '\uFFFD'])),
      occurredAt: spelled(setting, last),
      interactionType: prng.pick(['click', 'click', 'add_to_cart', 'view']),
      channel: prng.pick(CHANNELS),
      customerId: prng.percent(85) ? (order.customerId ?? null) : prng.pick(CUSTOMERS),
      sessionId: prng.percent(85) ? (order.sessionId ?? null) : prng.pick(SESSIONS),
      productId: prng.percent(85) ? prng.pick(order.lines).productId : prng.pick(PRODUCTS),
    };
  });
}

/** Of part of an order, of all, or of more; seldom of an order that nobody knows, or in another currency. */
function aRefund(setting: Setting, { shopId, currency, orders }: Seller, at: number): RefundLine {
  const { prng, has } = setting;
  const order = orders.length === 0 || prng.percent(4) ? null : prng.pick(orders);
  const inCurrency = prng.percent(4) ? prng.pick(CURRENCIES) : (order?.currency ?? currency);
  const all = order === null ? dollars(20, currency) : toMinor(order.orderTotal, order.currency);
  const total = (all * BigInt(prng.pick([100, 100, 50, 33, 7, 0, 150]))) / 100n;
  const own = prng.percent(30) ? someAttributions(setting, total, inCurrency) : null;
  return {
    type: 'PurchaseRefunded',
    shopId,
    refundId: setting.name(prng.pick(['r', 'R'])),
    orderId: order?.orderId ?? setting.name('unknown'),
    occurredAt: spelled(
      setting,
      order !== null && has('late-facts') && prng.percent(8) ? Date.parse(order.occurredAt) : at,
    ),
    currency: inCurrency,
    refundTotal: written(total, inCurrency),
    ...(own === null ? {} : { attributions: own }),
  };
}
