import { describe, expect, it } from 'vitest';
import { factProblem } from '../../src/domain/fact-problem.ts';
import type { FactByType, FactType } from '../../src/domain/facts.ts';
import { assigned, credits, instant, interaction, purchase, refund, usd } from './given.ts';

const VALID: FactByType = {
  ShopRegistered: {
    shopId: 's1',
    shopDomain: 'a.myshopify.com',
    status: 'active',
    currency: 'USD',
    occurredAt: instant('2026-01-01'),
  },
  PlanAssigned: assigned(),
  PurchaseAttributed: purchase('2026-10-05', { phoenix: '84.35', venus: '36.15' }),
  PurchaseRefunded: refund('2026-10-06', 'o1', '20.00', { attributions: credits({ phoenix: '14', venus: '6' }) }),
  InteractionRecorded: interaction('2026-10-05'),
  OrderPlaced: {
    shopId: 's1',
    orderId: 'o2',
    customerId: 'c1',
    sessionId: null,
    occurredAt: instant('2026-10-05'),
    currency: 'USD',
    currencyExponent: 2,
    orderTotalMinor: usd('39.98'),
    lines: [{ productId: 'x1', quantity: 2, priceMinor: usd('19.99') }],
    financialStatus: 'paid',
    test: false,
  },
  FxRateQuoted: { base: 'INR', quote: 'USD', rateUnscaled: 119n, rateScale: 4, asOf: '2026-10-31' },
};

function problemOf<T extends FactType>(type: T, over: Partial<FactByType[T]>): string | null {
  return factProblem({ type, data: { ...VALID[type], ...over } } as Parameters<typeof factProblem>[0]);
}

describe('a well-formed fact', () => {
  it.each(Object.keys(VALID) as FactType[])('%s has no problem', (type) => {
    expect(problemOf(type, {})).toBeNull();
  });

  it('may leave optional things out', () => {
    expect(problemOf('PurchaseRefunded', { attributions: null })).toBeNull();
    expect(problemOf('PurchaseAttributed', { attributions: [] })).toBeNull();
    expect(problemOf('OrderPlaced', { lines: [] })).toBeNull();
  });

  it('may name a channel twice, and any channel', () => {
    const attributions = [
      ...credits({ phoenix: '1.00' }),
      ...credits({ phoenix: '2.00' }),
      ...credits({ 'a-b_9': '1' }),
    ];
    expect(problemOf('PurchaseAttributed', { attributions })).toBeNull();
  });

  it('may refund more to channels than its total: only what the order brought is taken', () => {
    expect(problemOf('PurchaseRefunded', { attributions: credits({ phoenix: '500.00' }) })).toBeNull();
  });
});

describe('a malformed fact', () => {
  it.each([
    ['', 'empty'],
    ['x'.repeat(257), 'longer'],
    ['a\0b', 'no text'],
    ['\ud800', 'no text'],
  ])('has an id that is none: %j', (id, problem) => {
    expect(problemOf('ShopRegistered', { shopId: id })).toContain(problem);
    expect(problemOf('PlanAssigned', { planId: id })).toContain(problem);
    expect(problemOf('PurchaseAttributed', { orderId: id })).toContain(problem);
    expect(problemOf('PurchaseRefunded', { refundId: id })).toContain(problem);
    expect(problemOf('InteractionRecorded', { sessionId: id })).toContain(problem);
    expect(problemOf('OrderPlaced', { lines: [{ productId: id, quantity: 1, priceMinor: 1n }] })).toContain(problem);
  });

  it.each(['', 'Active', 'in active', 'é'])('has a status that is no word: %j', (status) => {
    expect(problemOf('ShopRegistered', { status })).toContain('status');
    expect(problemOf('OrderPlaced', { financialStatus: status })).toContain('financialStatus');
  });

  it.each(['', 'Phoenix', 'a b', 'x'.repeat(33), 'phoenix\n'])('has a channel that is none: %j', (channel) => {
    const attributions = [{ channel, amountMinor: 1n }];
    expect(problemOf('PurchaseAttributed', { attributions })).toContain('channel');
    expect(problemOf('PurchaseRefunded', { attributions })).toContain('channel');
    expect(problemOf('InteractionRecorded', { channel })).toContain('channel');
  });

  it('has attributions above its total', () => {
    expect(problemOf('PurchaseAttributed', { orderTotalMinor: usd('120.49') })).toContain('exceed');
  });

  it('has negative amounts', () => {
    const attributions = [{ channel: 'phoenix', amountMinor: -1n }];
    expect(problemOf('PurchaseAttributed', { orderTotalMinor: -1n, attributions: [] })).toContain('negative');
    expect(problemOf('PurchaseAttributed', { attributions })).toContain('negative');
    expect(problemOf('PurchaseRefunded', { refundTotalMinor: -1n })).toContain('negative');
    expect(problemOf('PurchaseRefunded', { attributions })).toContain('negative');
    expect(problemOf('OrderPlaced', { orderTotalMinor: -1n })).toContain('negative');
  });

  it('has a quantity below one', () => {
    for (const quantity of [0, -1, 1.5]) {
      expect(problemOf('OrderPlaced', { lines: [{ productId: 'x', quantity, priceMinor: 1n }] })).toContain('quantity');
    }
  });

  it('has an exponent that is not its currency’s', () => {
    expect(problemOf('PurchaseAttributed', { currencyExponent: 3 })).toContain('currencyExponent');
    expect(problemOf('PurchaseRefunded', { currency: 'JPY' })).toContain('currencyExponent');
    expect(problemOf('PlanAssigned', { currency: 'ABC' })).toContain('ABC');
    expect(problemOf('ShopRegistered', { currency: 'usd' })).toContain('usd');
  });

  it('has a time that is none', () => {
    for (const occurredAt of [NaN, 1.5, Infinity, instant('1899-12-31')]) {
      expect(problemOf('PurchaseAttributed', { occurredAt })).toContain('occurredAt');
    }
  });

  it('has an interaction type nobody knows', () => {
    expect(problemOf('InteractionRecorded', { interactionType: 'hover' as 'view' })).toContain('interactionType');
  });

  it('has a quote that converts nothing', () => {
    expect(problemOf('FxRateQuoted', { rateUnscaled: 0n })).toContain('rate');
    expect(problemOf('FxRateQuoted', { rateScale: -1 })).toContain('rate');
    expect(problemOf('FxRateQuoted', { quote: 'INR' })).toContain('same');
    expect(problemOf('FxRateQuoted', { base: 'XXX' })).toContain('XXX');
    expect(problemOf('FxRateQuoted', { asOf: '2026-10-32' })).toContain('asOf');
  });

  it('has a plan that is', () => {
    expect(problemOf('PlanAssigned', { effectiveFrom: '2026-02-30' })).toContain('effectiveFrom');
  });
});
