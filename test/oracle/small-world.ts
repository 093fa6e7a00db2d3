/** Facts for the oracle's own tests: what a test does not say is something ordinary, in October 2026. */
import type {
  FactLine,
  InteractionLine,
  PlanLine,
  PurchaseLine,
  QuoteLine,
  RawOrderLine,
  RefundLine,
  ShopLine,
} from './fact-lines.ts';
import { createOracle } from './oracle.ts';

let made = 0;
const nextId = (of: string) => `${of}${(made += 1)}`;

export const shop = (fields: Partial<ShopLine> = {}): ShopLine => ({
  type: 'ShopRegistered',
  shopId: 's',
  shopDomain: 's.example',
  status: 'active',
  currency: 'USD',
  occurredAt: '2026-01-01T00:00:00Z',
  ...fields,
});

export const plan = (fields: Partial<PlanLine> = {}): PlanLine => ({
  type: 'PlanAssigned',
  shopId: 's',
  planId: 'p',
  currency: 'USD',
  effectiveFrom: '2026-01-01',
  terms: { type: 'revenue_share', rate: '0.03' },
  occurredAt: '2026-01-01T00:00:00Z',
  ...fields,
});

/** All of it is brought by phoenix unless said otherwise. */
export const purchase = (amount: string, fields: Partial<PurchaseLine> = {}): PurchaseLine => ({
  type: 'PurchaseAttributed',
  shopId: 's',
  orderId: nextId('o'),
  occurredAt: '2026-10-15T12:00:00Z',
  currency: 'USD',
  orderTotal: amount,
  attributions: [{ channel: 'phoenix', amount }],
  ...fields,
});

export const rawOrder = (total: string, fields: Partial<RawOrderLine> = {}): RawOrderLine => ({
  type: 'OrderPlaced',
  shopId: 's',
  orderId: nextId('o'),
  customerId: 'c',
  occurredAt: '2026-10-15T12:00:00Z',
  currency: 'USD',
  orderTotal: total,
  lines: [{ productId: 'x', quantity: 1, price: total }],
  financialStatus: 'paid',
  ...fields,
});

export const refund = (orderId: string, total: string, fields: Partial<RefundLine> = {}): RefundLine => ({
  type: 'PurchaseRefunded',
  shopId: 's',
  refundId: nextId('r'),
  orderId,
  occurredAt: '2026-10-20T12:00:00Z',
  currency: 'USD',
  refundTotal: total,
  ...fields,
});

export const touch = (fields: Partial<InteractionLine> = {}): InteractionLine => ({
  type: 'InteractionRecorded',
  shopId: 's',
  interactionId: nextId('i'),
  occurredAt: '2026-10-14T12:00:00Z',
  interactionType: 'click',
  channel: 'phoenix',
  sessionId: 'z',
  customerId: 'c',
  productId: 'x',
  ...fields,
});

export const quote = (base: string, rate: string, asOf: string, to = 'USD'): QuoteLine => ({
  type: 'FxRateQuoted',
  base,
  quote: to,
  rate,
  asOf,
});

/** `times` facts, made anew each time. */
export const several = <T>(times: number, make: (place: number) => T): T[] =>
  Array.from({ length: times }, (_, place) => make(place));

/** An instant so many milliseconds after another. */
export const later = (instant: string, ms: number) => new Date(Date.parse(instant) + ms).toISOString();

export const oracleOf = (facts: readonly FactLine[], timeZone = 'UTC') =>
  createOracle({ facts, timeZone, isBot: (userAgent) => userAgent.includes('bot') });

/** What comes of the one shop of these facts, all told before the month was billed. */
export function outcomeOf(facts: readonly FactLine[], { period = '2026-10', timeZone = 'UTC' } = {}) {
  const { shops } = oracleOf(facts, timeZone).run({ kind: 'run', period, cut: facts.length, shopIds: ['s'] });
  return shops[0]!;
}

export function billOf(facts: readonly FactLine[], where: { period?: string; timeZone?: string } = {}) {
  const { bill, reason } = outcomeOf(facts, where);
  if (bill === null) throw new Error(`no bill: ${reason}`);
  return bill;
}
