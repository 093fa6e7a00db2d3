/** Facts and batches for the ledger's contract: only what a test is about needs to be said. */
import type { FactByType, FactType } from '../../src/domain/facts.ts';
import type { LogPosition, Pin } from '../../src/domain/log-position.ts';
import type { AppendBatch, LedgerEntry } from '../../src/adapters/ledger.ts';
import type { TopicName } from '../../src/topics.ts';

const MORNING = Date.UTC(2026, 9, 10, 8);

export const registered = (over: Partial<FactByType['ShopRegistered']> = {}) =>
  fact('ShopRegistered', {
    shopId: 's1',
    shopDomain: 's1.example',
    status: 'active',
    currency: 'USD',
    occurredAt: MORNING,
    ...over,
  });

export const planned = (over: Partial<FactByType['PlanAssigned']> = {}) =>
  fact('PlanAssigned', {
    shopId: 's1',
    planId: 'p1',
    name: 'Pay as performance',
    currency: 'USD',
    currencyExponent: 2,
    effectiveFrom: '2026-01-01',
    effectiveUntil: null,
    terms: {
      type: 'revenue_share',
      ratePpm: 30_000,
      tiers: null,
      baseFeeMinor: null,
      meter: null,
      unitPriceMinor: null,
      includedUnits: null,
    },
    trialThresholdMinor: 0n,
    minimumFeeMinor: null,
    maximumFeeMinor: null,
    discountRatePpm: 0,
    taxRatePpm: 0,
    attributionModel: 'cross_extension',
    fraudProfile: null,
    occurredAt: MORNING,
    ...over,
  });

export const purchased = (over: Partial<FactByType['PurchaseAttributed']> = {}) =>
  fact('PurchaseAttributed', {
    shopId: 's1',
    orderId: 'o1',
    customerId: null,
    sessionId: null,
    occurredAt: MORNING,
    currency: 'USD',
    currencyExponent: 2,
    orderTotalMinor: 10_000n,
    attributions: [{ channel: 'phoenix', amountMinor: 7_000n }],
    ...over,
  });

export const placed = (over: Partial<FactByType['OrderPlaced']> = {}) =>
  fact('OrderPlaced', {
    shopId: 's1',
    orderId: 'o1',
    customerId: null,
    sessionId: null,
    occurredAt: MORNING,
    currency: 'USD',
    currencyExponent: 2,
    orderTotalMinor: 10_000n,
    lines: [{ productId: 'x"1\\', quantity: 2, priceMinor: 5_000n }],
    financialStatus: 'paid',
    test: false,
    ...over,
  });

export const refunded = (over: Partial<FactByType['PurchaseRefunded']> = {}) =>
  fact('PurchaseRefunded', {
    shopId: 's1',
    refundId: 'r1',
    orderId: 'o1',
    occurredAt: MORNING,
    currency: 'USD',
    currencyExponent: 2,
    refundTotalMinor: 1_000n,
    attributions: null,
    ...over,
  });

export const interacted = (over: Partial<FactByType['InteractionRecorded']> = {}) =>
  fact('InteractionRecorded', {
    shopId: 's1',
    interactionId: 'i1',
    occurredAt: MORNING,
    interactionType: 'click',
    channel: 'phoenix',
    sessionId: null,
    customerId: null,
    productId: null,
    ipAddress: null,
    userAgent: null,
    ...over,
  });

export const quoted = (over: Partial<FactByType['FxRateQuoted']> = {}) =>
  fact('FxRateQuoted', { base: 'INR', quote: 'USD', rateUnscaled: 119n, rateScale: 4, asOf: '2026-10-31', ...over });

function fact<T extends FactType>(type: T, data: FactByType[T]) {
  return { type, data } as LedgerEntry['fact'] & { data: FactByType[T] };
}

export const at = (topic: TopicName, partition: number, offset: number): LogPosition => ({
  topic,
  partition,
  offset: BigInt(offset),
});

/** An entry recorded, unless said otherwise, at its offset in milliseconds. */
export const entry = (position: LogPosition, told: LedgerEntry['fact'], recordedAt?: number): LedgerEntry => ({
  position,
  recordedAt: recordedAt ?? Number(position.offset),
  fact: told,
});

/** The batch of these entries, all of one partition. */
export function batchOf(...entries: LedgerEntry[]): AppendBatch {
  const { topic, partition } = entries[0]!.position;
  return { topic: topic as TopicName, partition, nextOffset: entries.at(-1)!.position.offset + 1n, entries };
}

/** Pins of the usage topic by partition. */
export const usagePins = (...ends: number[]): Pin[] => ends.map((end, partition) => at('usage', partition, end));

export const OCTOBER = { start: Date.UTC(2026, 9, 1), end: Date.UTC(2026, 10, 1) };
