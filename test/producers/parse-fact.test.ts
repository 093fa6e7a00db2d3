import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fact } from '../../src/domain/facts.ts';
import { RuleError } from '../../src/domain/rule-error.ts';
import { parseFact, parseFactLine } from '../../src/producers/parse-fact.ts';
import { sampleMonth } from '../../src/producers/sample-month.ts';
import { formatFact } from './format-fact.ts';

const SHOP = {
  type: 'ShopRegistered',
  shopId: 's1',
  shopDomain: 'a.myshopify.com',
  status: 'active',
  currency: 'USD',
  occurredAt: '2026-01-01T00:00:00Z',
};
const PLAN = {
  type: 'PlanAssigned',
  shopId: 's1',
  planId: 'p1',
  currency: 'USD',
  effectiveFrom: '2026-01-01',
  terms: { type: 'revenue_share', rate: '0.03' },
  occurredAt: '2026-01-01T00:00:00Z',
};
const PURCHASE = {
  type: 'PurchaseAttributed',
  shopId: 's1',
  orderId: 'o1',
  customerId: 'c1',
  sessionId: 'z1',
  occurredAt: '2026-10-31T23:30:00+02:00',
  currency: 'USD',
  orderTotal: '120.50',
  attributions: [
    { channel: 'phoenix', amount: '84.35' },
    { channel: 'venus', amount: '36.15' },
  ],
};
const REFUND = {
  type: 'PurchaseRefunded',
  shopId: 's1',
  refundId: 'r1',
  orderId: 'o1',
  occurredAt: '2026-10-31T00:00:00Z',
  currency: 'USD',
  refundTotal: '20.00',
};
const INTERACTION = {
  type: 'InteractionRecorded',
  shopId: 's1',
  interactionId: 'i1',
  occurredAt: '2026-10-31T00:00:00Z',
  interactionType: 'click',
  channel: 'phoenix',
};
const ORDER = {
  type: 'OrderPlaced',
  shopId: 's1',
  orderId: 'o2',
  occurredAt: '2026-10-31T00:00:00Z',
  currency: 'JPY',
  orderTotal: '500',
  lines: [{ productId: 'x1', quantity: 2, price: '250' }],
  financialStatus: 'paid',
};
const QUOTE = { type: 'FxRateQuoted', base: 'INR', quote: 'USD', rate: '0.0119', asOf: '2026-10-31' };

const NO_TERMS = {
  ratePpm: null,
  tiers: null,
  baseFeeMinor: null,
  meter: null,
  unitPriceMinor: null,
  includedUnits: null,
};

function problemOf(json: unknown): string {
  try {
    parseFact(json);
  } catch (error) {
    expect(error).toBeInstanceOf(RuleError);
    expect(error).toHaveProperty('code', 'FACT_MALFORMED');
    return (error as RuleError).message;
  }
  throw new Error('the fact was taken');
}

function planTerms(terms: object, currency = 'USD') {
  const fact = parseFact({ ...PLAN, currency, terms });
  return (fact as Extract<Fact, { type: 'PlanAssigned' }>).data.terms;
}

describe('a good line', () => {
  test('of a purchase becomes minor units and epoch milliseconds', () => {
    expect(parseFact(PURCHASE)).toEqual({
      type: 'PurchaseAttributed',
      data: {
        shopId: 's1',
        orderId: 'o1',
        customerId: 'c1',
        sessionId: 'z1',
        occurredAt: Date.UTC(2026, 9, 31, 21, 30),
        currency: 'USD',
        currencyExponent: 2,
        orderTotalMinor: 12_050n,
        attributions: [
          { channel: 'phoenix', amountMinor: 8_435n },
          { channel: 'venus', amountMinor: 3_615n },
        ],
      },
    });
  });

  test('of a purchase may say as little as possible', () => {
    const { customerId: _customer, sessionId: _session, attributions: _attributions, ...least } = PURCHASE;
    for (const json of [least, { ...least, customerId: null, sessionId: null, attributions: null }]) {
      expect(parseFact(json).data).toMatchObject({ customerId: null, sessionId: null, attributions: [] });
    }
  });

  test('of a plan takes the defaults of what is left out', () => {
    expect(parseFact(PLAN).data).toEqual({
      shopId: 's1',
      planId: 'p1',
      name: 'p1',
      currency: 'USD',
      currencyExponent: 2,
      effectiveFrom: '2026-01-01',
      effectiveUntil: null,
      terms: { ...NO_TERMS, type: 'revenue_share', ratePpm: 30_000 },
      trialThresholdMinor: 0n,
      minimumFeeMinor: null,
      maximumFeeMinor: null,
      discountRatePpm: 0,
      taxRatePpm: 0,
      attributionModel: 'cross_extension',
      fraudProfile: null,
      occurredAt: Date.UTC(2026, 0, 1),
    });
  });

  test('of a plan may have terms of every type', () => {
    expect(planTerms({ type: 'revenue_share' })).toEqual({ ...NO_TERMS, type: 'revenue_share', ratePpm: 30_000 });
    expect(planTerms({ type: 'performance_tier' }, 'JPY').tiers![0]).toEqual({ upToMinor: 5_000n, ratePpm: 30_000 });
    expect(planTerms({ type: 'performance_tier', tiers: [{ upTo: '10', rate: '0.5' }, { rate: '0.025' }] })).toEqual({
      ...NO_TERMS,
      type: 'performance_tier',
      tiers: [
        { upToMinor: 1_000n, ratePpm: 500_000 },
        { upToMinor: null, ratePpm: 25_000 },
      ],
    });
    expect(planTerms({ type: 'hybrid', baseFee: '29.00', rate: '0.01' })).toEqual({
      ...NO_TERMS,
      type: 'hybrid',
      baseFeeMinor: 2_900n,
      ratePpm: 10_000,
    });
    expect(planTerms({ type: 'usage_based', meter: 'conversions', unitPrice: '0.50' })).toEqual({
      ...NO_TERMS,
      type: 'usage_based',
      meter: 'conversions',
      unitPriceMinor: 50n,
      includedUnits: 0,
    });
  });

  test('of a plan may change some limits of the fraud checks', () => {
    const fraudProfile = { maxInteractionsPerHour: 5, minConversionRate: '0.001', maxRevenuePerDay: '100000' };
    expect(parseFact({ ...PLAN, fraudProfile }).data).toHaveProperty('fraudProfile', {
      maxInteractionsPerHour: 5,
      maxInteractionsPerDay: null,
      maxClicksPerSessionMinute: null,
      minConversionRatePpm: 1_000,
      maxConversionRatePpm: null,
      maxRevenuePerHourMinor: null,
      maxRevenuePerDayMinor: 10_000_000n,
      maxInteractionsPerIpHour: null,
      maxSessionsPerIpHour: null,
    });
  });

  test('of any other type is taken as well', () => {
    expect(parseFact(SHOP).data).toMatchObject({ status: 'active', occurredAt: Date.UTC(2026, 0, 1) });
    expect(parseFact(REFUND).data).toMatchObject({ refundTotalMinor: 2_000n, attributions: null });
    expect(parseFact(INTERACTION).data).toMatchObject({ interactionType: 'click', ipAddress: null });
    expect(parseFact(ORDER).data).toMatchObject({ orderTotalMinor: 500n, currencyExponent: 0, test: false });
    expect(parseFact(QUOTE).data).toMatchObject({ rateUnscaled: 119n, rateScale: 4, asOf: '2026-10-31' });
  });

  test('may have fields nobody knows, which are left out', () => {
    expect(parseFact({ ...SHOP, plan: 'gold' })).toEqual(parseFact(SHOP));
  });
});

describe('a malformed line says which field, and what was expected', () => {
  test.each<[string, unknown, RegExp]>([
    ['no object', [SHOP], /^a fact must be a JSON object, not a list$/],
    ['no type', { ...SHOP, type: undefined }, /^type is missing: it must be one of ShopRegistered, .*FxRateQuoted$/],
    ['unknown type', { ...SHOP, type: 'ShopRenamed' }, /^type must be one of ShopRegistered, .*, not "ShopRenamed"$/],
    ['a type every object has', { ...SHOP, type: 'toString' }, /^type must be one of/],
    ['missing id', { ...SHOP, shopId: undefined }, /^shopId is missing/],
    ['empty id', { ...SHOP, shopId: '' }, /^shopId must be a string that is not empty, not ""$/],
    ['numeric id', { ...PURCHASE, orderId: 1001 }, /^orderId must be a string that is not empty, not the number 1001$/],
    [
      'empty optional id',
      { ...PURCHASE, customerId: '' },
      /^customerId must be a string that is not empty, or left out/,
    ],
    ['amount as number', { ...PURCHASE, orderTotal: 120.5 }, /^orderTotal must be .* in quotes: "120.5", not 120.5$/],
    [
      'amount finer than the currency',
      { ...PURCHASE, orderTotal: '12.345' },
      /^orderTotal: "12.345" is finer than the 2/,
    ],
    ['amount with a comma', { ...PURCHASE, orderTotal: '12,30' }, /^orderTotal: "12,30" is no decimal number/],
    ['amount with an exponent', { ...PURCHASE, orderTotal: '1e3' }, /^orderTotal: "1e3" is no decimal number/],
    ['amount beyond 64 bits', { ...PURCHASE, orderTotal: '92233720368547758.08' }, /^orderTotal: .* 64 bit/],
    ['negative amount', { ...PURCHASE, orderTotal: '-1', attributions: [] }, /orderTotal is negative/],
    ['attributions above the total', { ...PURCHASE, orderTotal: '120.49' }, /attributions exceed the orderTotal/],
    ['attributions no list', { ...PURCHASE, attributions: {} }, /^attributions must be a list, not an object$/],
    [
      'an attribution no object',
      { ...PURCHASE, attributions: ['x'] },
      /^attributions\[0\] must be an object, not "x"$/,
    ],
    [
      'a nested amount',
      { ...PURCHASE, attributions: [PURCHASE.attributions[0], { channel: 'venus', amount: 36.15 }] },
      /^attributions\[1\]\.amount must be a decimal number in quotes: "36.15", not 36.15$/,
    ],
    ['bad channel', { ...INTERACTION, channel: 'Phoenix!' }, /channel/],
    ['unknown currency', { ...PURCHASE, currency: 'XYZ' }, /^currency: "XYZ" is no ISO 4217 currency code/],
    [
      'no offset',
      { ...SHOP, occurredAt: '2026-01-01T00:00:00' },
      /^occurredAt must be a real ISO 8601 time with an offset/,
    ],
    ['impossible time', { ...SHOP, occurredAt: '2026-02-30T00:00:00Z' }, /^occurredAt must be a real ISO 8601 time/],
    [
      'time as number',
      { ...SHOP, occurredAt: 1_767_225_600_000 },
      /^occurredAt must be .*, not the number 1767225600000$/,
    ],
    ['impossible date', { ...PLAN, effectiveFrom: '2026-02-30' }, /^effectiveFrom must be a real date/],
    ['date with time', { ...PLAN, effectiveUntil: '2026-02-01T00:00:00Z' }, /^effectiveUntil must be a real date/],
    ['rate as number', { ...PLAN, terms: { type: 'revenue_share', rate: 0.03 } }, /^terms\.rate must be .*"0.03"/],
    ['no terms', { ...PLAN, terms: undefined }, /^terms is missing: it must be an object$/],
    ['unknown plan type', { ...PLAN, terms: { type: 'flat' } }, /^terms\.type must be one of revenue_share, /],
    [
      'terms of another type',
      { ...PLAN, terms: { type: 'revenue_share', tiers: [] } },
      /^terms\.tiers has no meaning in/,
    ],
    [
      'a nested rate',
      { ...PLAN, terms: { type: 'performance_tier', tiers: [{ upTo: null, rate: '3%' }] } },
      /^terms\.tiers\[0\]\.rate: "3%" is no decimal number/,
    ],
    ['minimum above maximum', { ...PLAN, minimumFee: '2', maximumFee: '1' }, /minimumFee is above maximumFee/],
    [
      'trial on usage_based',
      { ...PLAN, trialThreshold: '1', terms: { type: 'usage_based', meter: 'conversions', unitPrice: '1' } },
      /a usage_based plan has no trial/,
    ],
    ['a limit that is no count', { ...PLAN, fraudProfile: { maxInteractionsPerHour: 0.5 } }, /^fraudProfile\.maxInter/],
    ['a limit too large', { ...PLAN, fraudProfile: { maxInteractionsPerDay: 2 ** 31 } }, /^fraudProfile\.maxInter/],
    [
      'quantity no number',
      { ...ORDER, lines: [{ productId: 'x', quantity: '2', price: '1' }] },
      /^lines\[0\]\.quantity/,
    ],
    ['no lines', { ...ORDER, lines: null }, /^lines is missing: it must be a list$/],
    ['test no boolean', { ...ORDER, test: 'no' }, /^test must be true or false, not "no"$/],
    ['yen with a fraction', { ...ORDER, orderTotal: '500.5' }, /^orderTotal: "500.5" is finer than the 0/],
    [
      'unknown interaction',
      { ...INTERACTION, interactionType: 'hover' },
      /^interactionType must be one of view, click/,
    ],
    ['rate of zero', { ...QUOTE, rate: '0' }, /rate is not above zero/],
    ['rate as number', { ...QUOTE, rate: 0.0119 }, /^rate must be a decimal number in quotes: "0.0119"/],
    ['rate beyond 64 bits', { ...QUOTE, rate: '12345678901.12345678901' }, /^rate: .* 64 bit/],
  ])('%s', (_, json, problem) => {
    expect(problemOf(json)).toMatch(problem);
  });

  test('that is no JSON', () => {
    expect(() => parseFactLine('{"type":"ShopRegistered"')).toThrow(/^the line is not JSON: /);
    expect(() => parseFactLine('['.repeat(500_000))).toThrow(RuleError);
  });
});

test('what is formatted parses back, whatever the fact', () => {
  const seeds = fc.integer({ min: 0, max: 2 ** 31 });
  fc.assert(
    fc.property(seeds, (seed) => {
      for (const fact of sampleMonth({
        shops: 16,
        period: '2026-10',
        seed,
        purchasesPerShop: 3,
        interactionsPerShop: 5,
      })) {
        for (const written of [fact, ...asRawOrder(fact)]) {
          expect(parseFactLine(JSON.stringify(formatFact(written)))).toEqual(normal(written));
        }
      }
    }),
    { numRuns: 20 },
  );
});

/** The order of a purchase as a platform would tell it. */
function asRawOrder({ type, data }: Fact): Fact[] {
  if (type !== 'PurchaseAttributed') return [];
  const { attributions, ...order } = data;
  const lines = attributions.map(({ channel, amountMinor }) => ({
    productId: channel,
    quantity: 2,
    priceMinor: amountMinor,
  }));
  return [{ type: 'OrderPlaced', data: { ...order, lines, financialStatus: 'paid', test: order.customerId === null } }];
}

/** A rate is read without the zeros at its end. */
function normal(fact: Fact): Fact {
  if (fact.type !== 'FxRateQuoted') return fact;
  let { rateUnscaled, rateScale } = fact.data;
  for (; rateScale > 0 && rateUnscaled % 10n === 0n; rateScale--) rateUnscaled /= 10n;
  return { ...fact, data: { ...fact.data, rateUnscaled, rateScale } };
}
