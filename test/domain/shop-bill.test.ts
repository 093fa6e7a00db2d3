import { describe, expect, it } from 'vitest';
import type { Period, SkipReason } from '../../src/domain/events.ts';
import { invoiceSeries } from '../../src/domain/invoice.ts';
import { decide, RULES_VERSION } from '../../src/domain/shop-bill.ts';
import { failShop } from '../../src/domain/unbilled.ts';
import type { CurrencyUsage, WindowUsage } from '../../src/domain/shop-facts.ts';
import {
  billOf,
  decideIn,
  instant,
  interaction,
  OCTOBER,
  plan,
  purchase,
  recorded,
  refund,
  registration,
  request,
  revenueShare,
  shopFacts,
  usd,
  type World,
} from './given.ts';

const ruleError = (code: string) => expect.objectContaining({ name: 'RuleError', code }) as unknown as Error;
const AUTUMN: World = {
  purchases: [purchase('2026-10-05', { phoenix: '2000', venus: '1000' }, { orderTotalMinor: usd('4000') })],
};

describe('a shop with revenue', () => {
  it('is invoiced', () => {
    const { outcome, events, invoice } = decideIn(AUTUMN);
    expect(outcome).toBe('invoiced');
    expect(events.map(({ type }) => type)).toEqual(['ShopBillCalculated']);
    expect(invoice).toMatchObject({
      shopId: 's1',
      shopSequence: 1,
      ordinal: 1,
      shopDomain: 'a.myshopify.com',
      planId: 'p1',
      currency: 'USD',
      subtotalMinor: usd('90.00'),
      totalMinor: usd('90.00'),
      status: 'pending',
      issuedAt: instant('2026-11-01T02:00:00Z'),
      dueAt: instant('2026-12-01T02:00:00Z'),
      invoiceNumber: '',
    });
  });

  it('gets a bill that explains itself', () => {
    expect(billOf(AUTUMN)).toMatchObject({
      runId: 'run-1',
      shopSequence: 1,
      dryRun: false,
      rulesVersion: RULES_VERSION,
      planName: 'Pay as performance',
      segments: [
        { planId: 'p1', planEffectiveFrom: '2026-01-01', planFact: { topic: 'shops', partition: 0, offset: 2n } },
      ],
      lines: [
        { description: 'Pay as performance, 2026-10-01 to 2026-10-31, phoenix', amountMinor: usd('60.00') },
        { description: 'Pay as performance, 2026-10-01 to 2026-10-31, venus', amountMinor: usd('30.00') },
      ],
      adjustments: [],
      creditsApplied: [],
      quotes: [],
      fraud: { level: 'none', confidencePpm: 100_000 },
      calculatedAt: instant('2026-11-01T02:00:00Z'),
    });
  });

  it('has an invoice with the lines and amounts of its bill', () => {
    const { invoice } = decideIn(AUTUMN);
    const { lines, billId, totalMinor } = billOf(AUTUMN);
    expect(invoice).toMatchObject({ lines, billId, totalMinor });
  });

  it('has its next invoice under another id, and its next event behind the head', () => {
    const again = decide(shopFacts(AUTUMN, OCTOBER, { sequence: 7, invoicesIssued: 1 }), request());
    expect(again.invoice).toMatchObject({ shopSequence: 8, ordinal: 2 });
    expect(again.invoice!.invoiceId).not.toBe(decideIn(AUTUMN).invoice!.invoiceId);
  });

  it('splits its fee to the last cent', () => {
    const purchases = [purchase('2026-10-05', { a: '1.00', b: '1.00', c: '1.00' })];
    const bill = billOf({ plans: [plan({ terms: revenueShare('0.03') })], purchases });
    expect(bill.lines.map(({ amountMinor }) => amountMinor)).toEqual([3n, 3n, 3n]);
    const odd = billOf({ plans: [plan({ terms: revenueShare('0.0333') })], purchases });
    expect(odd.lines.map(({ amountMinor }) => amountMinor)).toEqual([4n, 3n, 3n]);
  });
});

describe('discount and tax', () => {
  it('are those of the last segment, each rounded', () => {
    const plans = [
      plan({ discountRatePpm: 900_000, taxRatePpm: 900_000 }),
      plan({ discountRatePpm: 100_000, taxRatePpm: 190_000, effectiveFrom: '2026-10-31', ...recorded(3) }),
    ];
    // 100.15 × 3 % = 3.0045 → 3.00; a tenth off; 19 % of 2.70 = 0.513.
    const bill = billOf({ plans, purchases: [purchase('2026-10-05', { phoenix: '100.15' })] });
    expect(bill).toMatchObject({
      subtotalMinor: usd('3.00'),
      discountMinor: usd('0.30'),
      taxMinor: usd('0.51'),
      creditMinor: 0n,
      totalMinor: usd('3.21'),
    });
  });

  it('round half away from zero, on a charge as on its reversal', () => {
    const plans = [plan({ terms: revenueShare('0.01'), discountRatePpm: 500_000, taxRatePpm: 500_000 })];
    // 5 cents: 2.5 off is 3; half of 2 is 1.
    const charge = billOf({ plans, purchases: [purchase('2026-10-05', { phoenix: '5.00' })] });
    expect(charge).toMatchObject({ discountMinor: 3n, taxMinor: 1n, totalMinor: 3n });
    const reversal = billOf({
      plans,
      purchases: [purchase('2026-09-05', { phoenix: '5.00' }, { orderId: 'o1' })],
      refunds: [refund('2026-10-05', 'o1', '5.00')],
    });
    expect(reversal).toMatchObject({ discountMinor: -3n, taxMinor: -1n, totalMinor: -3n, outcome: 'credit' });
  });

  it('can leave nothing to pay', () => {
    expect(decideIn({ ...AUTUMN, plans: [plan({ discountRatePpm: 1_000_000 })] })).toMatchObject({
      outcome: 'zero',
      invoice: null,
    });
  });
});

describe('outcomes without an invoice', () => {
  it.each<[string, World]>([
    ['zero', {}],
    ['zero', { purchases: [purchase('2026-10-05', {}, { orderTotalMinor: usd('500') })] }],
    ['trial', { ...AUTUMN, plans: [plan({ trialThresholdMinor: usd('3000') })] }],
    [
      'credit',
      {
        purchases: [purchase('2026-09-05', { phoenix: '100' }, { orderId: 'o1' })],
        refunds: [refund('2026-10-05', 'o1', '100')],
      },
    ],
  ])('%s', (outcome, world) => {
    const decision = decideIn(world);
    expect(decision).toMatchObject({ outcome, invoice: null });
    expect(billOf(world).outcome).toBe(outcome);
    expect(billOf(world).lines).toHaveLength(world.plans ? 2 : 1);
  });

  it('zero, not trial, when the threshold was passed by the end', () => {
    const plans = [plan({ trialThresholdMinor: usd('2999.99'), discountRatePpm: 1_000_000 })];
    expect(decideIn({ ...AUTUMN, plans }).outcome).toBe('zero');
    expect(decideIn({ plans: [plan({ trialThresholdMinor: 0n })] }).outcome).toBe('zero');
  });
});

describe('a shop that is not billed', () => {
  it.each<[SkipReason, World, string | null]>([
    ['shop_not_found', { registrations: [] }, null],
    ['shop_inactive', { registrations: [registration({ status: 'closed' })] }, 'a.myshopify.com'],
    ['no_plan', { plans: [] }, 'a.myshopify.com'],
  ])('is skipped: %s', (reason, world, shopDomain) => {
    expect(decideIn(world)).toEqual({
      outcome: 'skipped',
      events: [
        {
          type: 'ShopBillSkipped',
          data: {
            runId: 'run-1',
            shopId: 's1',
            shopSequence: 1,
            dryRun: false,
            period: OCTOBER,
            reason,
            shopDomain,
            settledByRunId: null,
            skippedAt: instant('2026-11-01T02:00:00Z'),
            pins: null,
          },
        },
      ],
      invoice: null,
    });
  });

  it('is skipped when another run settled the period, but still shown in a dry run', () => {
    const facts = shopFacts(AUTUMN, OCTOBER, { sequence: 3, settledByRunId: 'run-0' });
    expect(decide(facts, request()).events).toMatchObject([
      { type: 'ShopBillSkipped', data: { reason: 'already_settled', settledByRunId: 'run-0', shopSequence: 4 } },
    ]);
    expect(decide(facts, request({ dryRun: true })).outcome).toBe('calculated');
  });

  it('is skipped also when no fact names it', () => {
    expect(decide({ ...shopFacts({ registrations: [] }), shop: null }, request()).events).toMatchObject([
      { data: { reason: 'shop_not_found', shopDomain: null } },
    ]);
  });
});

describe('a shop that fails', () => {
  const usage = (over: Partial<WindowUsage>): WindowUsage => ({
    currencies: [],
    interactions: [],
    rawOrders: 0,
    purchasesPrint: 0n,
    interactionsPrint: 0n,
    ...over,
  });
  const dollars = (attributedMinor: bigint): CurrencyUsage => ({
    currency: 'USD',
    orders: 1,
    orderTotalMinor: 10_000n,
    attributedMinor,
    conversions: attributedMinor > 0n ? 1 : 0,
    channels: [{ channel: 'phoenix', attributedMinor, conversions: 1 }],
  });
  const decideOn = (...windows: WindowUsage[]) => decide({ ...shopFacts({}), usage: windows }, request());

  it('has revenue in another currency and no quote', () => {
    const purchases = [purchase('2026-10-05', { phoenix: '10' }, { currency: 'EUR' })];
    expect(() => decideIn({ purchases })).toThrow(ruleError('FX_RATE_MISSING'));
  });

  it('does not fail for purchases in another currency that the app brought nothing of', () => {
    const purchases = [purchase('2026-10-05', {}, { currency: 'EUR', orderTotalMinor: usd('100') })];
    expect(billOf({ purchases })).toMatchObject({ outcome: 'zero', metrics: { orders: 0, orderRevenueMinor: 0n } });
  });

  it('has revenue in another currency in the time a trial looks back to', () => {
    const plans = [plan({ trialThresholdMinor: 1n })];
    const purchases = [purchase('2026-09-05', { phoenix: '10' }, { currency: 'EUR' })];
    expect(() => decideIn({ plans, purchases })).toThrow(ruleError('FX_RATE_MISSING'));
    expect(decideIn({ purchases }).outcome).toBe('zero');
  });

  it('changes its plan’s currency', () => {
    const yen = plan({ currency: 'JPY', currencyExponent: 0, effectiveFrom: '2026-10-15', ...recorded(3) });
    const { shop } = shopFacts({});
    const facts = { ...shopFacts({}), shop: { ...shop!, plans: [plan(), yen] } };
    expect(() => decide(facts, request())).toThrow(ruleError('PLAN_CURRENCY_CHANGED'));
  });

  it('has a plan nobody can rate', () => {
    const plans = [plan({ minimumFeeMinor: 2n, maximumFeeMinor: 1n })];
    expect(() => decideIn({ plans })).toThrow(ruleError('PLAN_NOT_RATABLE'));
  });

  it('has amounts beyond 64 bits', () => {
    expect(() => decideOn(usage({ currencies: [dollars(2n ** 63n)] }))).toThrow(ruleError('AMOUNT_OVERFLOW'));
    const terms = { ...revenueShare('0'), ratePpm: 2_000_000 };
    const purchases = [purchase('2026-10-05', { phoenix: '80000000000000000' })];
    expect(() => decideIn({ plans: [plan({ terms })], purchases })).toThrow(ruleError('AMOUNT_OVERFLOW'));
  });

  it('ends in an event that says why', () => {
    const { shop } = shopFacts({});
    const { runId, shopId, period, now, pins } = request();
    const failure = { code: 'FX_RATE_MISSING', message: 'a quote is needed', kind: 'transient' as const };
    const one = { runId, shopId, period, now, pins, shop, sequence: 4, ...failure };
    expect(failShop({ ...one, dryRun: false })).toEqual({
      type: 'ShopBillFailed',
      data: {
        runId,
        shopId,
        shopSequence: 5,
        dryRun: false,
        period,
        ...failure,
        shopDomain: 'a.myshopify.com',
        failedAt: now,
        pins,
      },
    });
    expect(failShop({ ...one, dryRun: true, shop: null }).data).toMatchObject({ shopSequence: 4, shopDomain: null });
  });
});

describe('metrics', () => {
  it('say what happened in the period', () => {
    const world: World = {
      purchases: [
        purchase('2026-10-05', { phoenix: '60', venus: '40' }, { orderTotalMinor: usd('120'), orderId: 'o1' }),
        purchase('2026-10-06', { phoenix: '10' }, { orderTotalMinor: usd('30') }),
        purchase('2026-10-07', {}, { orderTotalMinor: usd('50.01') }),
        purchase('2026-09-30', { phoenix: '999' }),
        purchase('2026-11-01', { phoenix: '999' }),
      ],
      refunds: [refund('2026-10-08', 'o1', '12')],
      interactions: ['2026-10-01T00:00:00Z', '2026-10-02', '2026-10-31T23:59:59.999Z']
        .map((on) => interaction(on))
        .concat(interaction('2026-10-03', 'atlas'), interaction('2026-09-30'), interaction('2026-11-01')),
    };
    expect(billOf(world).metrics).toEqual({
      orders: 3,
      orderRevenueMinor: usd('200.01'),
      attributedMinor: usd('110'),
      refundedMinor: usd('10'),
      netMinor: usd('100'),
      billableMinor: usd('100'),
      interactions: 4,
      conversions: 2,
      conversionRatePpm: 500_000n,
      averageOrderValueMinor: usd('66.67'),
      channels: [
        { channel: 'atlas', attributedMinor: 0n, feeMinor: 0n, interactions: 1, conversions: 0 },
        { channel: 'phoenix', attributedMinor: usd('70'), feeMinor: usd('1.92'), interactions: 3, conversions: 2 },
        { channel: 'venus', attributedMinor: usd('40'), feeMinor: usd('1.08'), interactions: 0, conversions: 1 },
      ],
    });
  });

  it('leave out what cannot be divided', () => {
    expect(billOf({}).metrics).toMatchObject({ conversionRatePpm: null, averageOrderValueMinor: null, channels: [] });
  });

  it('count days without a plan, which nobody is billed for', () => {
    const plans = [plan({ effectiveFrom: '2026-10-11' })];
    const purchases = [purchase('2026-10-05', { phoenix: '100' }), purchase('2026-10-15', { phoenix: '50' })];
    const bill = billOf({ plans, purchases });
    expect(bill.metrics).toMatchObject({ attributedMinor: usd('150'), billableMinor: usd('50') });
    expect(bill.totalMinor).toBe(usd('1.50'));
  });

  it('do not count what a trial looks back to', () => {
    const plans = [plan({ trialThresholdMinor: usd('1') })];
    const purchases = [purchase('2026-09-05', { phoenix: '100' })];
    expect(billOf({ plans, purchases }).metrics).toMatchObject({ orders: 0, attributedMinor: 0n });
  });
});

describe('a dry run', () => {
  it('takes no number and no place', () => {
    const decision = decide(shopFacts(AUTUMN, OCTOBER, { sequence: 7 }), request({ dryRun: true }));
    expect(decision).toMatchObject({ outcome: 'calculated', invoice: null });
    expect(decision.events).toMatchObject([{ data: { shopSequence: 7, dryRun: true, outcome: 'calculated' } }]);
  });

  it('prorates by the range it looks at', () => {
    const period: Period = {
      ...OCTOBER,
      startDate: '2026-10-01',
      endDate: '2026-10-10',
      end: instant('2026-10-11T00:00:00Z'),
    };
    const bill = billOf(AUTUMN, { period, dryRun: true });
    expect(bill.segments).toMatchObject([{ days: 10, periodDays: 10 }]);
  });
});

describe('an invoice series', () => {
  it('is one per year of issue in the billing time zone', () => {
    const newYear = instant('2027-01-01T03:00:00Z');
    expect(invoiceSeries('INV', newYear, 'UTC')).toBe('INV-2027');
    expect(invoiceSeries('INV', newYear, 'America/New_York')).toBe('INV-2026');
  });
});
