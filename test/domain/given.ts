/** Facts for tests, written the way people think of them: one shop, amounts in dollars, October 2026, UTC. */
import { NO_ADJUSTMENTS } from '../../src/domain/adjustment.ts';
import { createHash } from 'node:crypto';
import { usdQuoteOf } from '../../src/domain/bill-fraud.ts';
import { calendarMonth } from '../../src/domain/billing-period.ts';
import { examineShop } from '../../src/domain/eligibility.ts';
import type { Period, ShopBillCalculated } from '../../src/domain/events.ts';
import type {
  Attribution,
  FxRateQuoted,
  InteractionRecorded,
  OrderPlaced,
  PlanAssigned,
  PlanTerms,
  PurchaseAttributed,
  PurchaseRefunded,
} from '../../src/domain/facts.ts';
import { mergeAttributions } from '../../src/adapters/ledger-attributions.ts';
import { touchQuery } from '../../src/domain/attribution.ts';
import type { Recorded } from '../../src/domain/log-position.ts';
import { parseDecimal, parseMinor, parsePpm } from '../../src/domain/money.ts';
import { NO_ORDERS, type FxQuote, type OrderFacts, type OrderSeen, type Touch } from '../../src/domain/order-facts.ts';
import { decide, type DecideRequest, type Decision, type ShopFacts } from '../../src/domain/shop-bill.ts';
import type {
  CurrencyUsage,
  PlanVersion,
  RefundedOrder,
  ShopStatus,
  UsageWindow,
  WindowUsage,
} from '../../src/domain/shop-facts.ts';
import { NO_FRAUD_FACTS } from '../../src/domain/fraud-signals.ts';
import { usageQuery } from '../../src/domain/usage-query.ts';
import { fraudFacts } from './fraud-facts.ts';

export const OCTOBER: Period = calendarMonth('2026-10', 'UTC');

/** Dollars to cents. */
export const usd = (amount: string): bigint => parseMinor(amount, 2);

export const instant = (iso: string): number => Date.parse(iso.length === 10 ? `${iso}T12:00:00Z` : iso);

export function recorded(at: number, { partition = 0 } = {}): Recorded {
  return { recordedAt: at, position: { topic: 'shops', partition, offset: BigInt(at) } };
}

export function registration(over: Partial<ShopStatus> = {}): ShopStatus {
  return {
    shopId: 's1',
    shopDomain: 'a.myshopify.com',
    status: 'active',
    currency: 'USD',
    occurredAt: instant('2026-01-01'),
    ...recorded(1),
    ...over,
  };
}

const NO_TERMS: Omit<PlanTerms, 'type'> = {
  ratePpm: null,
  tiers: null,
  baseFeeMinor: null,
  meter: null,
  unitPriceMinor: null,
  includedUnits: null,
};

export const revenueShare = (rate: string): PlanTerms => ({
  type: 'revenue_share',
  ...NO_TERMS,
  ratePpm: parsePpm(rate),
});
export const defaultTiers: PlanTerms = { type: 'performance_tier', ...NO_TERMS };
export const hybrid = (baseFee: string, rate: string): PlanTerms => ({
  type: 'hybrid',
  ...NO_TERMS,
  baseFeeMinor: usd(baseFee),
  ratePpm: parsePpm(rate),
});
export const usageBased = (meter: 'conversions' | 'interactions', unitPrice: string, includedUnits = 0): PlanTerms => ({
  type: 'usage_based',
  ...NO_TERMS,
  meter,
  unitPriceMinor: usd(unitPrice),
  includedUnits,
});
export const tiered = (...tiers: (readonly [upTo: string | null, rate: string])[]): PlanTerms => ({
  type: 'performance_tier',
  ...NO_TERMS,
  tiers: tiers.map(([upTo, rate]) => ({ upToMinor: upTo === null ? null : usd(upTo), ratePpm: parsePpm(rate) })),
});

export function assigned(over: Partial<PlanAssigned> = {}): PlanAssigned {
  return {
    shopId: 's1',
    planId: 'p1',
    name: 'Pay as performance',
    currency: 'USD',
    currencyExponent: 2,
    effectiveFrom: '2026-01-01',
    effectiveUntil: null,
    terms: revenueShare('0.03'),
    trialThresholdMinor: 0n,
    minimumFeeMinor: null,
    maximumFeeMinor: null,
    discountRatePpm: 0,
    taxRatePpm: 0,
    attributionModel: 'cross_extension',
    fraudProfile: null,
    occurredAt: instant('2026-01-01'),
    ...over,
  };
}

export function plan(over: Partial<PlanVersion> = {}): PlanVersion {
  return { ...assigned(), ...recorded(2), ...over };
}

/** `{ phoenix: '84.35' }` → attributions. */
export function credits(amounts: Readonly<Record<string, string>>): Attribution[] {
  return Object.entries(amounts).map(([channel, amount]) => ({ channel, amountMinor: usd(amount) }));
}

/** A purchase of which everything is attributed, unless told otherwise. */
export function purchase(
  on: string,
  amounts: Readonly<Record<string, string>>,
  over: Partial<PurchaseAttributed> = {},
): PurchaseAttributed {
  const attributions = credits(amounts);
  return {
    shopId: 's1',
    orderId: `order of ${on}`,
    customerId: null,
    sessionId: null,
    occurredAt: instant(on),
    currency: 'USD',
    currencyExponent: 2,
    orderTotalMinor: attributions.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
    attributions,
    ...over,
  };
}

export function refund(
  on: string,
  orderId: string,
  amount: string,
  over: Partial<PurchaseRefunded> = {},
): PurchaseRefunded {
  return {
    shopId: 's1',
    refundId: `refund of ${on}`,
    orderId,
    occurredAt: instant(on),
    currency: 'USD',
    currencyExponent: 2,
    refundTotalMinor: usd(amount),
    attributions: null,
    ...over,
  };
}

export function interaction(
  on: string,
  channel = 'phoenix',
  over: Partial<InteractionRecorded> = {},
): InteractionRecorded {
  return {
    shopId: 's1',
    interactionId: `interaction of ${on}`,
    occurredAt: instant(on),
    interactionType: 'view',
    channel,
    sessionId: null,
    customerId: null,
    productId: null,
    ipAddress: null,
    userAgent: null,
    ...over,
  };
}

/** A raw order of one product, paid by the customer c1: `{ x1: '19.99' }`. */
export function order(
  on: string,
  prices: Readonly<Record<string, string>>,
  over: Partial<OrderPlaced> = {},
): OrderPlaced {
  const lines = Object.entries(prices).map(([productId, price]) => ({
    productId,
    quantity: 1,
    priceMinor: usd(price),
  }));
  return {
    shopId: 's1',
    orderId: `order of ${on}`,
    customerId: 'c1',
    sessionId: null,
    occurredAt: instant(on),
    currency: 'USD',
    currencyExponent: 2,
    orderTotalMinor: sum(lines.map(({ priceMinor }) => priceMinor)),
    lines,
    financialStatus: 'paid',
    test: false,
    ...over,
  };
}

/** A click of the customer c1. */
export function click(
  on: string,
  productId: string,
  channel = 'phoenix',
  over: Partial<InteractionRecorded> = {},
): InteractionRecorded {
  const interactionId = `click of ${on} on ${productId}`;
  return interaction(on, channel, { interactionId, interactionType: 'click', customerId: 'c1', productId, ...over });
}

/** `0.9` as of a day: one base is worth so much of the quote currency. */
export function quote(base: string, to: string, rate: string, asOf: string): FxRateQuoted {
  const { unscaled, scale } = parseDecimal(rate);
  return { base, quote: to, rateUnscaled: unscaled, rateScale: scale, asOf };
}

/** Everything that is known about the shop s1. */
export interface World {
  readonly registrations?: readonly ShopStatus[];
  readonly plans?: readonly PlanVersion[];
  readonly purchases?: readonly PurchaseAttributed[];
  readonly refunds?: readonly PurchaseRefunded[];
  readonly interactions?: readonly InteractionRecorded[];
  /** Raw orders. */
  readonly orders?: readonly OrderPlaced[];
  readonly quotes?: readonly FxRateQuoted[];
}

/** What a ledger would answer: the plainest possible one, so that tests go from facts to bills. */
export function shopFacts(world: World, period: Period = OCTOBER, over: Partial<ShopFacts> = {}): ShopFacts {
  const { registrations = [registration()], plans = [plan()] } = world;
  const shop = { shopId: 's1', registrations, plans };
  const decided = { sequence: 0, settledByRunId: null, invoicesIssued: 0, credits: [] };
  const state = { ...decided, adjusted: NO_ADJUSTMENTS, ...over };
  const examined = examineShop(shop, period);
  if (examined.kind === 'skip')
    return { shop, usage: [], refunds: [], orders: NO_ORDERS, fraud: NO_FRAUD_FACTS, ...state };
  const { windows, refundWindow } = usageQuery({ shopId: 's1', segments: examined.segments, period });
  return {
    shop,
    usage: windows.map((window) => usageIn(window, world)),
    refunds: refundedOrders(refundWindow, world),
    orders: orderFacts(windows, world, examined.segments[0]!.plan.currency),
    fraud: fraudFacts({
      interactions: world.interactions ?? [],
      purchases: [...(world.purchases ?? []), ...(world.orders ?? [])],
      period,
      usdQuote: usdQuoteOf(quotesOf(world), examined.segments.at(-1)!.plan, period),
    }),
    ...state,
  };
}

const quotesOf = ({ quotes = [] }: World): FxQuote[] => quotes.map((one, at) => ({ ...one, ...recorded(at) }));

function usageIn(window: UsageWindow, { purchases = [], interactions = [], orders = [] }: World): WindowUsage {
  const within = ({ occurredAt }: { occurredAt: number }) => occurredAt >= window.start && occurredAt < window.end;
  const bought = purchases.filter(within);
  const seen = window.countInteractions ? interactions.filter(within) : [];
  return {
    currencies: distinct(bought.map(({ currency }) => currency)).map((currency) =>
      currencyUsage(
        currency,
        bought.filter((one) => one.currency === currency),
      ),
    ),
    interactions: distinct(seen.map(({ channel }) => channel)).map((channel) => ({
      channel,
      count: seen.filter((one) => one.channel === channel).length,
    })),
    rawOrders: orders.filter(within).length,
    purchasesPrint: 0n,
    interactionsPrint: 0n,
  };
}

function currencyUsage(currency: string, purchases: readonly PurchaseAttributed[]): CurrencyUsage {
  const of = ({ attributions }: PurchaseAttributed, channel?: string) =>
    sum(attributions.filter((one) => channel === undefined || one.channel === channel).map((one) => one.amountMinor));
  return {
    currency,
    orders: purchases.length,
    orderTotalMinor: sum(purchases.map(({ orderTotalMinor }) => orderTotalMinor)),
    attributedMinor: sum(purchases.map((one) => of(one))),
    conversions: purchases.filter((one) => of(one) > 0n).length,
    channels: distinct(purchases.flatMap(({ attributions }) => attributions.map(({ channel }) => channel))).map(
      (channel) => ({
        channel,
        attributedMinor: sum(purchases.map((one) => of(one, channel))),
        conversions: purchases.filter((one) => of(one, channel) > 0n).length,
      }),
    ),
  };
}

function refundedOrders({ start, end }: { start: number; end: number }, world: World): RefundedOrder[] {
  const refunds = (world.refunds ?? []).filter(({ occurredAt }) => occurredAt < end);
  const wanted = refunds.filter(({ occurredAt }) => occurredAt >= start);
  return distinct(wanted.map(({ orderId }) => orderId)).map((orderId) => {
    return {
      orderId,
      order: seenOrders(world).find((one) => one.orderId === orderId) ?? null,
      refunds: refunds.filter((one) => one.orderId === orderId).map((one, at) => ({ ...one, ...recorded(at) })),
    };
  });
}

function orderFacts(windows: readonly UsageWindow[], world: World, currency: string): OrderFacts {
  const all = seenOrders(world);
  return {
    seen: all.filter(
      ({ occurredAt, ...order }) =>
        occurredAt >= windows[0]!.start &&
        occurredAt < windows.at(-1)!.end &&
        (order.raw !== null || order.currency !== currency),
    ),
    touches: new Map(all.map((order) => [order.orderId, touchesOf(order, world.interactions ?? [])])),
    quotes: quotesOf(world),
  };
}

function seenOrders({ purchases = [], orders = [] }: World): OrderSeen[] {
  return [
    ...purchases.map((one, at) => ({
      ...one,
      ...recorded(at),
      attributions: mergeAttributions(one.attributions),
      raw: null,
    })),
    ...orders.map((one, at) => ({ ...one, ...recorded(at), attributions: [], raw: one })),
  ];
}

function touchesOf(order: OrderSeen, interactions: readonly InteractionRecorded[]): Touch[] {
  const asked = touchQuery('s1', order);
  if (asked === null) return [];
  return interactions.flatMap((one, at) => {
    const { productId, occurredAt } = one;
    const isOurs = asked.customerId === null ? one.sessionId === asked.sessionId : one.customerId === asked.customerId;
    const isTouch = isOurs && one.interactionType !== 'view' && occurredAt >= asked.from && occurredAt <= asked.to;
    if (!isTouch || productId === null || !asked.productIds.includes(productId)) return [];
    return [{ ...one, productId, ...recorded(at) }];
  });
}

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)].sort();
export const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);

export function request(over: Partial<DecideRequest> = {}): DecideRequest {
  return {
    runId: 'run-1',
    shopId: 's1',
    period: OCTOBER,
    dryRun: false,
    now: instant('2026-11-01T02:00:00Z'),
    pins: null,
    deterministicId: (name) => createHash('sha256').update(name).digest('hex'),
    ...over,
  };
}

/** Decides about the shop as a run over `period` would. */
export function decideIn(world: World, over: Partial<DecideRequest> = {}): Decision {
  return decide(shopFacts(world, over.period), request(over));
}

/** The bill of the shop; throws when there is none. */
export function billOf(world: World, over: Partial<DecideRequest> = {}): ShopBillCalculated {
  const bill = decideIn(world, over).events.find((event) => event.type === 'ShopBillCalculated');
  if (bill === undefined) throw new Error('No bill was calculated.');
  return bill.data;
}
