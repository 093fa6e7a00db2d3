/** Raw and foreign orders on bills. */
import { describe, expect, it } from 'vitest';
import { calendarMonth } from '../../src/domain/billing-period.ts';
import type { PlanVersion } from '../../src/domain/shop-facts.ts';
import {
  billOf,
  click,
  credits,
  decideIn,
  instant,
  OCTOBER,
  order,
  plan,
  purchase,
  quote,
  recorded,
  refund,
  usageBased,
  usd,
  type World,
} from './given.ts';

const missing = expect.objectContaining({ name: 'RuleError', code: 'FX_RATE_MISSING' }) as Error;
const EUR = { currency: 'EUR' };
/** Seven days, so that its models share differently: venus, then phoenix. */
const CLICKS = [click('2026-10-01', 'x1', 'venus'), click('2026-10-08', 'x1', 'phoenix')];
const channels = (world: World) =>
  billOf(world).metrics.channels.map(({ channel, attributedMinor }) => `${channel} ${attributedMinor}`);

describe('a raw order', () => {
  it('is billed for what the touches before it brought', () => {
    const bill = billOf({ orders: [order('2026-10-08', { x1: '39.98' })], interactions: CLICKS });
    expect(bill.lines.map(({ channel, amountMinor }) => [channel, amountMinor])).toEqual([
      ['phoenix', usd('0.84')],
      ['venus', usd('0.36')],
    ]);
    expect(bill.metrics).toMatchObject({
      orders: 1,
      orderRevenueMinor: usd('39.98'),
      attributedMinor: usd('39.98'),
      conversions: 1,
      interactions: 2,
      channels: [
        { channel: 'phoenix', attributedMinor: usd('27.99'), conversions: 1 },
        { channel: 'venus', attributedMinor: usd('11.99'), conversions: 1 },
      ],
    });
  });

  it('without a touch is an order of which nothing is attributed', () => {
    const { metrics, outcome } = billOf({ orders: [order('2026-10-08', { x2: '39.98' })], interactions: CLICKS });
    expect(outcome).toBe('zero');
    expect(metrics).toMatchObject({ orders: 1, orderRevenueMinor: usd('39.98'), attributedMinor: 0n, conversions: 0 });
  });

  it.each([{ test: true }, { financialStatus: 'voided' }, { financialStatus: 'cancelled' }])(
    'that is no sale is in no metric: %o',
    (over) => {
      const world = { orders: [order('2026-10-08', { x1: '39.98' }, over)], interactions: CLICKS };
      expect(billOf(world)).toMatchObject({
        outcome: 'zero',
        metrics: {
          orders: 0,
          orderRevenueMinor: 0n,
          attributedMinor: 0n,
          conversions: 0,
          averageOrderValueMinor: null,
        },
      });
    },
  );

  it('goes by the model of the plan version in effect when it occurred', () => {
    const from = (effectiveFrom: string, attributionModel: PlanVersion['attributionModel'], at: number) =>
      plan({ effectiveFrom, attributionModel, ...recorded(at) });
    const plans = [
      from('2026-01-01', 'linear', 2),
      from('2026-10-08', 'first_click', 3),
      from('2026-10-09', 'last_click', 4),
    ];
    const at = (iso: string) =>
      channels({
        plans,
        orders: [order(iso, { x1: '1.00' })],
        interactions: [...CLICKS, click('2026-09-30', 'x1', 'apollo')],
      });
    expect(at('2026-10-08T00:00:00Z')).toEqual(['apollo 100', 'phoenix 0', 'venus 0']);
    expect(at('2026-10-07T23:59:59.999Z')).toEqual(['apollo 50', 'phoenix 0', 'venus 50']);
    expect(at('2026-10-09T00:00:00Z')).toEqual(['phoenix 100', 'venus 0']);
  });

  it('that no plan covers is in the metrics by the default model, and not billed', () => {
    const plans = [plan({ effectiveFrom: '2026-10-09', attributionModel: 'last_click' })];
    const world = { plans, orders: [order('2026-10-08', { x1: '1.00' })], interactions: CLICKS };
    expect(channels(world)).toEqual(['phoenix 70', 'venus 30']);
    expect(billOf(world)).toMatchObject({ outcome: 'zero', metrics: { billableMinor: 0n } });
  });

  it('is a unit of a plan by conversions', () => {
    const orders = ['2026-10-08', '2026-10-09', '2026-10-10'].map((on, n) => order(on, { [`x${n}`]: '10.00' }));
    const world = { plans: [plan({ terms: usageBased('conversions', '0.50') })], orders, interactions: CLICKS };
    expect(billOf({ ...world, purchases: [purchase('2026-10-01', { phoenix: '1.00' })] }).totalMinor).toBe(usd('1.00'));
  });

  it('before the period counts in a trial', () => {
    const plans = [plan({ effectiveFrom: '2026-09-01', trialThresholdMinor: usd('50.00') })];
    const orders = [order('2026-09-20', { x1: '40.00' }), order('2026-10-08', { x1: '30.00' })];
    const interactions = [...CLICKS, click('2026-09-19', 'x1')];
    expect(billOf({ plans, orders, interactions })).toMatchObject({
      metrics: { billableMinor: usd('20.00'), orders: 1 },
    });
  });

  it('is refunded by its share of what was attributed', () => {
    const orders = [order('2026-09-08', { x1: '30.00', x2: '10.00' }, { orderId: 'o1' })];
    const interactions = [click('2026-09-07', 'x1', 'venus')];
    const bill = billOf({ orders, interactions, refunds: [refund('2026-10-06', 'o1', '20.00')] });
    expect(bill).toMatchObject({
      outcome: 'credit',
      totalMinor: usd('-0.45'),
      metrics: { refundedMinor: usd('15.00') },
    });
  });

  it('that is no sale has nothing to give back', () => {
    const orders = [order('2026-09-08', { x1: '30.00' }, { orderId: 'o1', test: true })];
    const bill = billOf({
      orders,
      interactions: [click('2026-09-07', 'x1')],
      refunds: [refund('2026-10-06', 'o1', '20.00')],
    });
    expect(bill).toMatchObject({ outcome: 'zero', metrics: { refundedMinor: 0n }, unappliedRefunds: [] });
  });
});

describe('a purchase in another currency', () => {
  const euros = (on: string, amounts: Record<string, string>, over = {}) => purchase(on, amounts, { ...EUR, ...over });
  const quotes = [quote('EUR', 'USD', '1.0850', '2026-10-06'), quote('EUR', 'USD', '1.0912', '2026-10-09')];

  it('is converted at the quote of its day, and the bill lists the quotes it used', () => {
    const purchases = [
      euros('2026-10-08', { phoenix: '80.00' }),
      euros('2026-10-09', { phoenix: '10.00' }),
      euros('2026-10-10', { phoenix: '20.00' }),
    ];
    const bill = billOf({ purchases, quotes: [...quotes, quote('EUR', 'USD', '9', '2026-10-11')] });
    expect(bill.metrics).toMatchObject({
      attributedMinor: usd('86.80') + usd('10.91') + usd('21.82'),
      orders: 3,
      orderRevenueMinor: usd('119.53'),
      conversions: 3,
    });
    expect(bill.quotes).toEqual([
      { base: 'EUR', quote: 'USD', asOf: '2026-10-06', rateUnscaled: 1085n, rateScale: 3 },
      { base: 'EUR', quote: 'USD', asOf: '2026-10-09', rateUnscaled: 10912n, rateScale: 4 },
    ]);
  });

  it('is converted by itself, rounded once, and shared by largest remainder', () => {
    const third = [quote('EUR', 'USD', '0.5', '2026-10-06')];
    const odd = (on: string) => euros(on, { phoenix: '0.01', venus: '0.01', apollo: '0.01' });
    // 1.5 cents each, 2 rounded: apollo and phoenix. Both together would be 3.
    expect(channels({ purchases: [odd('2026-10-08')], quotes: third })).toEqual(['apollo 1', 'phoenix 1', 'venus 0']);
    const both = billOf({ purchases: [odd('2026-10-08'), odd('2026-10-09')], quotes: third });
    expect(both.metrics.attributedMinor).toBe(4n);
  });

  it('is a conversion of each channel, however little is left of it', () => {
    const purchases = [euros('2026-10-08', { phoenix: '0.01' })];
    const { metrics } = billOf({ purchases, quotes: [quote('EUR', 'USD', '0.1', '2026-10-08')] });
    expect(metrics).toMatchObject({
      conversions: 1,
      attributedMinor: 0n,
      channels: [{ channel: 'phoenix', conversions: 1, attributedMinor: 0n }],
    });
  });

  it('goes by days in the billing time zone', () => {
    const period = calendarMonth('2026-10', 'America/New_York');
    const purchases = [euros('2026-10-09T03:59:59Z', { phoenix: '80.00' })];
    expect(billOf({ purchases, quotes }, { period }).metrics.attributedMinor).toBe(usd('86.80'));
    const later = [euros('2026-10-09T04:00:00Z', { phoenix: '80.00' })];
    expect(billOf({ purchases: later, quotes }, { period }).metrics.attributedMinor).toBe(usd('87.30'));
  });

  it('without a quote fails the shop, on a day without a plan too', () => {
    const purchases = [euros('2026-10-05', { phoenix: '80.00' })];
    expect(() => decideIn({ purchases, quotes })).toThrow(missing);
    expect(() => decideIn({ purchases, quotes, plans: [plan({ effectiveFrom: '2026-10-20' })] })).toThrow(missing);
    expect(() => decideIn({ purchases })).toThrow(/order of 2026-10-05 of 2026-10-05 needs a quote EUR to USD/);
  });

  it('of which nothing was attributed is an order where there is a quote, and else is left out', () => {
    const purchases = [euros('2026-10-08', {}, { orderTotalMinor: usd('10') })];
    expect(billOf({ purchases, quotes })).toMatchObject({
      metrics: { orders: 1, orderRevenueMinor: usd('10.85'), conversions: 0 },
      quotes: [{ asOf: '2026-10-06' }],
    });
    expect(billOf({ purchases })).toMatchObject({ metrics: { orders: 0, orderRevenueMinor: 0n }, quotes: [] });
  });

  it('before the period needs a quote for a trial, and is in no metric', () => {
    const plans = [plan({ effectiveFrom: '2026-09-01', trialThresholdMinor: usd('100.00') })];
    const old = quote('EUR', 'USD', '2', '2026-09-04');
    const purchases = [
      euros('2026-09-05', { phoenix: '40.00' }),
      euros('2026-09-06', {}, { orderTotalMinor: usd('10') }),
      purchase('2026-10-05', { phoenix: '30.00' }),
    ];
    expect(() => decideIn({ plans, purchases })).toThrow(missing);
    expect(billOf({ plans, purchases, quotes: [old] })).toMatchObject({
      metrics: { orders: 1, billableMinor: usd('10.00') },
      quotes: [{ asOf: '2026-09-04' }],
    });
  });

  it('may be raw: attributed first, then converted', () => {
    const world = { orders: [order('2026-10-08', { x1: '80.00' }, EUR)], interactions: CLICKS };
    expect(channels({ ...world, quotes })).toEqual(['phoenix 6076', 'venus 2604']);
    expect(() => decideIn(world)).toThrow(missing);
    expect(decideIn({ ...world, interactions: [] }).outcome).toBe('zero');
  });
});

describe('a refund of a purchase in another currency', () => {
  const sold = purchase(
    '2026-09-20',
    { phoenix: '60.00', venus: '20.00' },
    { ...EUR, orderId: 'o1', orderTotalMinor: usd('160.00') },
  );
  const quotes = [quote('EUR', 'USD', '1.0850', '2026-09-20'), quote('EUR', 'USD', '2', '2026-10-01')];
  const back = (amount: string, over: Parameters<typeof refund>[3] = {}) =>
    refund('2026-10-06', 'o1', amount, { ...EUR, ...over });
  const refunded = (...refunds: ReturnType<typeof refund>[]) =>
    billOf({ purchases: [sold], quotes, refunds }).metrics.refundedMinor;

  it('takes its share of the converted total, at the quote of the order', () => {
    // 40/160 of 86.80.
    const bill = billOf({ purchases: [sold], quotes, refunds: [back('40.00')] });
    expect(bill).toMatchObject({
      totalMinor: usd('-0.65'),
      metrics: { refundedMinor: usd('21.70') },
      quotes: [{ asOf: '2026-09-20' }],
    });
  });

  it('takes its own attributions, converted together at the quote of the order', () => {
    expect(refunded(back('10.00', { attributions: credits({ phoenix: '5.01', venus: '0.04' }) }))).toBe(usd('5.48'));
  });

  it('takes at most what is left, in the currency of the bill', () => {
    const attributions = credits({ phoenix: '70.00' });
    const first = back('70.00', { attributions, refundId: 'a', occurredAt: instant('2026-10-02') });
    expect(refunded(first, back('70.00', { attributions, refundId: 'b' }))).toBe(usd('86.80'));
    expect(refunded(first, back('160.00', { refundId: 'b' }))).toBe(usd('86.80'));
  });

  it('needs the quote of the order only where it takes something', () => {
    const decided =
      (one: ReturnType<typeof refund>, purchases = [sold]) =>
      () =>
        decideIn({ purchases, refunds: [one] });
    expect(decided(back('40.00'))).toThrow(missing);
    expect(decided(back('40.00'), [{ ...sold, attributions: [] }])().outcome).toBe('zero');
    expect(decided(back('0'))().outcome).toBe('zero');
    expect(decided(back('40.00', { attributions: credits({ phoenix: '0' }) }))().outcome).toBe('zero');
    expect(decided(back('40.00', { currency: 'USD' }))().outcome).toBe('zero');
    const uncovered = { purchases: [sold], refunds: [back('40.00')], plans: [plan({ effectiveFrom: '2026-09-21' })] };
    expect(billOf(uncovered)).toMatchObject({ outcome: 'zero', unappliedRefunds: [{ reason: 'order_not_covered' }] });
  });
});

describe('a bill in another currency than dollars', () => {
  it.each([
    ['JPY', 0, quote('USD', 'JPY', '149.25', '2026-10-01'), usd('100.00'), 14_925n, 448n],
    ['KWD', 3, quote('USD', 'KWD', '0.30675', '2026-10-01'), usd('100.00'), 30_675n, 920n],
  ])('%s', (currency, currencyExponent, rate, amount, attributed, fee) => {
    const purchases = [
      purchase('2026-10-05', {}, { orderTotalMinor: amount, attributions: [{ channel: 'x', amountMinor: amount }] }),
    ];
    const bill = billOf(
      { plans: [plan({ currency, currencyExponent })], purchases, quotes: [rate] },
      { period: OCTOBER },
    );
    expect(bill).toMatchObject({ currency, totalMinor: fee, metrics: { attributedMinor: attributed } });
  });
});
