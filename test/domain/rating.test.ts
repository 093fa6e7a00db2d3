import { describe, expect, it } from 'vitest';
import { calendarMonth } from '../../src/domain/billing-period.ts';
import type { PlanVersion } from '../../src/domain/shop-facts.ts';
import {
  billOf,
  defaultTiers,
  hybrid,
  instant,
  interaction,
  plan,
  purchase,
  recorded,
  refund,
  registration,
  revenueShare,
  tiered,
  usageBased,
  usd,
  type World,
} from './given.ts';

/** Fee of October for this much revenue under this plan. */
function feeOf(revenue: string, over: Partial<PlanVersion>): bigint {
  return billOf({ plans: [plan(over)], purchases: [purchase('2026-10-05', { phoenix: revenue })] }).subtotalMinor;
}

/** Revenue of October taken back by refunds of a September order. */
const refundsOnly = (refunded: string): World => ({
  purchases: [purchase('2026-09-05', { phoenix: refunded }, { orderId: 'o1' })],
  refunds: [refund('2026-10-05', 'o1', refunded)],
});

describe('revenue share', () => {
  it.each([
    ['3000', '0.03', '90.00'],
    ['0.50', '0.01', '0.01'],
    ['0.49', '0.01', '0.00'],
    ['0.16', '0.03', '0.00'],
    ['0.17', '0.03', '0.01'],
    ['1234.56', '0.025', '30.86'],
  ])('of %s at %s is %s', (revenue, rate, fee) => {
    expect(feeOf(revenue, { terms: revenueShare(rate) })).toBe(usd(fee));
  });

  it('is 3 % where the plan states no rate', () => {
    expect(feeOf('3000', { terms: { ...revenueShare('0'), ratePpm: null } })).toBe(usd('90.00'));
  });

  it('works in currencies of other exponents', () => {
    const yen = { currency: 'JPY', currencyExponent: 0 };
    const bill = billOf({
      plans: [plan({ ...yen })],
      purchases: [
        purchase(
          '2026-10-05',
          {},
          { ...yen, orderTotalMinor: 50n, attributions: [{ channel: 'x', amountMinor: 50n }] },
        ),
      ],
    });
    expect(bill).toMatchObject({ currency: 'JPY', currencyExponent: 0, totalMinor: 2n });
  });
});

describe('default bands', () => {
  it.each([
    ['3000', '90.00'],
    ['5000', '150.00'],
    ['10000', '275.00'],
    ['25000', '650.00'],
    ['50000', '1150.00'],
    ['5000.01', '150.00'],
    ['5000.20', '150.01'],
    ['0', '0.00'],
  ])('on %s come to %s', (revenue, fee) => {
    expect(feeOf(revenue, { terms: defaultTiers })).toBe(usd(fee));
  });

  it('are shown slice by slice', () => {
    const bill = billOf({
      plans: [plan({ terms: defaultTiers })],
      purchases: [purchase('2026-10-05', { phoenix: '10000' })],
    });
    expect(bill.segments[0]!.bands).toEqual([
      { ratePpm: 30_000, sliceNumerator: '500000', sliceDenominator: '1' },
      { ratePpm: 25_000, sliceNumerator: '500000', sliceDenominator: '1' },
    ]);
  });

  it('reverse negative revenue at the first rate', () => {
    const bill = billOf({ plans: [plan({ terms: defaultTiers })], ...refundsOnly('10000') });
    expect(bill.subtotalMinor).toBe(usd('-300.00'));
    expect(bill.outcome).toBe('credit');
  });
});

describe('hybrid', () => {
  it('is the base fee and a share', () => {
    expect(feeOf('1000', { terms: hybrid('29.00', '0.01') })).toBe(usd('39.00'));
  });

  it('or the base fee and bands', () => {
    const terms = { ...tiered(['1000', '0.03'], [null, '0.01']), type: 'hybrid' as const, baseFeeMinor: usd('29') };
    expect(feeOf('2000', { terms })).toBe(usd('69.00'));
  });

  it('or the base fee and 3 %', () => {
    expect(feeOf('1000', { terms: { ...hybrid('29.00', '0'), ratePpm: null } })).toBe(usd('59.00'));
  });

  it('has its base fee without any revenue', () => {
    const bill = billOf({ plans: [plan({ terms: hybrid('29.00', '0.01') })] });
    expect(bill).toMatchObject({ outcome: 'invoiced', totalMinor: usd('29.00') });
    expect(bill.lines).toEqual([
      {
        kind: 'fee',
        description: 'Pay as performance, 2026-10-01 to 2026-10-31',
        segment: 0,
        channel: null,
        quantity: null,
        amountMinor: usd('29.00'),
      },
    ]);
  });
});

describe('usage based', () => {
  const purchases = [5, 6, 7].map((day) => purchase(`2026-10-0${day}`, { phoenix: '10.00' }));
  const unattributed = purchase('2026-10-08', {}, { orderTotalMinor: usd('99') });
  const interactions = [1, 2, 3, 4, 5].map((day) => interaction(`2026-10-0${day}`));
  const usage = (terms: PlanVersion['terms'], over: Partial<PlanVersion> = {}) =>
    billOf({ plans: [plan({ terms, ...over })], purchases: [...purchases, unattributed], interactions });

  it('counts conversions: purchases with attributed revenue', () => {
    const bill = usage(usageBased('conversions', '0.50', 1));
    expect(bill.totalMinor).toBe(usd('1.00'));
    expect(bill.segments[0]).toMatchObject({ meter: 'conversions', units: 3, includedUnits: 1, bands: [] });
    expect(bill.lines).toEqual([
      {
        kind: 'fee',
        description: 'Pay as performance, 2026-10-01 to 2026-10-31, 3 conversions of which 1 included, phoenix',
        segment: 0,
        channel: 'phoenix',
        quantity: 3,
        amountMinor: usd('1.00'),
      },
    ]);
  });

  it('counts interactions', () => {
    expect(usage(usageBased('interactions', '0.10')).totalMinor).toBe(usd('0.50'));
  });

  it('charges nothing for what is included', () => {
    expect(usage(usageBased('interactions', '0.10', 5)).outcome).toBe('zero');
    expect(usage(usageBased('interactions', '0.10', 100)).totalMinor).toBe(0n);
  });

  it('keeps refunded conversions, for units are what is metered', () => {
    const refunds = [refund('2026-10-09', 'order of 2026-10-05', '10.00')];
    const plans = [plan({ terms: usageBased('conversions', '0.50') })];
    expect(billOf({ plans, purchases, refunds }).totalMinor).toBe(usd('1.50'));
  });

  it('rounds prorated included units down', () => {
    // 10 of 31 days: 100 × 10/31 = 32.26 included.
    const many = Array.from({ length: 40 }, (_, n) => interaction('2026-10-05', 'phoenix', { interactionId: `i${n}` }));
    const plans = [plan({ terms: usageBased('interactions', '1.00', 100), effectiveUntil: '2026-10-11' })];
    const bill = billOf({ plans, interactions: many });
    expect(bill.segments[0]).toMatchObject({ units: 40, includedUnits: 32, feeMinor: usd('8.00') });
  });
});

describe('bounds', () => {
  const bounds = { minimumFeeMinor: usd('50.00'), maximumFeeMinor: usd('100.00') };

  it.each([
    ['1000', '50.00', 'minimum'],
    ['2000', '60.00', null],
    ['5000', '100.00', 'maximum'],
  ])('clamp the fee of %s to %s', (revenue, fee, bound) => {
    const purchases = [purchase('2026-10-05', { phoenix: revenue })];
    const bill = billOf({ plans: [plan(bounds)], purchases });
    expect(bill.segments[0]).toMatchObject({ feeMinor: usd(fee), bound });
  });

  it('are none where they are absent: a month of refunds ends below zero', () => {
    expect(billOf(refundsOnly('1000'))).toMatchObject({ totalMinor: usd('-30.00'), outcome: 'credit' });
    expect(billOf({ ...refundsOnly('1000'), plans: [plan({ minimumFeeMinor: 0n })] })).toMatchObject({
      totalMinor: 0n,
      outcome: 'zero',
    });
  });
});

describe('proration', () => {
  it('is exact, by days of the segment over days of the period', () => {
    const half = { effectiveUntil: '2026-10-11' };
    // 29.00 × 10/31 = 9.3548…, 50.00 × 10/31 = 16.129…
    expect(feeOf('0', { ...half, terms: hybrid('29.00', '0.01') })).toBe(usd('9.35'));
    expect(feeOf('0', { ...half, minimumFeeMinor: usd('50') })).toBe(usd('16.13'));
    expect(feeOf('10000', { ...half, maximumFeeMinor: usd('50') })).toBe(usd('16.13'));
  });

  it('rounds the sum of base fee and share once', () => {
    // 29.00 × 10/31 = 9.35483…; 1 % of 0.50 = 0.005: together 9.35983…
    const terms = hybrid('29.00', '0.01');
    expect(feeOf('0.50', { effectiveUntil: '2026-10-11', terms })).toBe(usd('9.36'));
  });

  it('moves the bounds of bands', () => {
    // 5 000 × 10/31 = 1 612.9032…: 3 % below, 2.5 % above.
    const bill = billOf({
      plans: [plan({ terms: defaultTiers, effectiveUntil: '2026-10-11' })],
      purchases: [purchase('2026-10-05', { phoenix: '2000' })],
    });
    expect(bill.segments[0]).toMatchObject({
      days: 10,
      periodDays: 31,
      feeMinor: usd('58.06'),
      bands: [
        { ratePpm: 30_000, sliceNumerator: '5000000', sliceDenominator: '31' },
        { ratePpm: 25_000, sliceNumerator: '1200000', sliceDenominator: '31' },
      ],
    });
  });

  it('rates each segment by itself', () => {
    const plans = [
      plan({ terms: hybrid('31.00', '0.01') }),
      plan({ terms: revenueShare('0.02'), effectiveFrom: '2026-10-11', ...recorded(3) }),
    ];
    const purchases = [
      purchase('2026-10-10T23:59:59.999Z', { phoenix: '100' }),
      purchase('2026-10-11T00:00:00Z', { phoenix: '1000' }),
    ];
    const bill = billOf({ plans, purchases });
    expect(bill.segments.map(({ feeMinor }) => feeMinor)).toEqual([usd('11.00'), usd('20.00')]);
    expect(bill.totalMinor).toBe(usd('31.00'));
  });

  it('knows leap years and clock changes', () => {
    const period = calendarMonth('2024-02', 'America/New_York');
    const plans = [plan({ terms: hybrid('29.00', '0'), effectiveFrom: '2024-02-29' })];
    const bill = billOf({ registrations: [registration({ occurredAt: instant('2024-01-01') })], plans }, { period });
    expect(bill.outcome).toBe('invoiced');
    expect(bill.totalMinor).toBe(usd('1.00'));
  });
});

describe('trial', () => {
  const trial = (threshold: string, over: Partial<PlanVersion> = {}) =>
    plan({ trialThresholdMinor: usd(threshold), ...over });
  const september = (amount: string) => purchase('2026-09-05', { phoenix: amount }, { orderId: 'september' });
  const october = (amount: string) => purchase('2026-10-05', { phoenix: amount }, { orderId: 'october' });

  it('charges nothing until the threshold is passed', () => {
    const bill = billOf({ plans: [trial('1000')], purchases: [september('400'), october('600')] });
    expect(bill).toMatchObject({ outcome: 'trial', totalMinor: 0n });
    expect(bill.segments[0]).toMatchObject({
      trialThresholdMinor: usd('1000'),
      trialBeforeMinor: usd('400'),
      netMinor: usd('600'),
      billableMinor: 0n,
    });
  });

  it('bills only what is above it in the segment that passes', () => {
    const bill = billOf({ plans: [trial('1000')], purchases: [september('400'), october('700')] });
    expect(bill).toMatchObject({ outcome: 'invoiced', totalMinor: usd('3.00') });
    expect(bill.metrics).toMatchObject({ netMinor: usd('700'), billableMinor: usd('100') });
  });

  it('bills everything afterwards', () => {
    const bill = billOf({ plans: [trial('1000')], purchases: [september('1000.01'), october('700')] });
    expect(bill.totalMinor).toBe(usd('21.00'));
  });

  it('is passed strictly above: at the threshold there is no base fee and no minimum yet', () => {
    const terms = hybrid('29.00', '0.03');
    const minimumFeeMinor = usd('500');
    const at = billOf({
      plans: [trial('1000', { terms, minimumFeeMinor })],
      purchases: [september('1000'), october('100')],
    });
    expect(at.totalMinor).toBe(usd('3.00'));
    const above = billOf({
      plans: [trial('1000', { terms, minimumFeeMinor })],
      purchases: [september('1000.01'), october('100')],
    });
    expect(above.totalMinor).toBe(usd('500.00'));
  });

  it('respects the maximum in the segment that passes', () => {
    const plans = [trial('1000', { maximumFeeMinor: usd('5') })];
    expect(billOf({ plans, purchases: [october('9000')] }).totalMinor).toBe(usd('5.00'));
  });

  it('is un-passed by refunds, which take back what was billable and no more', () => {
    const purchases = [september('1200')];
    const refunds = [refund('2026-10-05', 'september', '500')];
    const bill = billOf({ plans: [trial('1000')], purchases, refunds });
    expect(bill.segments[0]).toMatchObject({ netMinor: usd('-500'), billableMinor: usd('-200') });
    expect(bill).toMatchObject({ outcome: 'credit', totalMinor: usd('-6.00') });
  });

  it('counts refunds of the time before', () => {
    const purchases = [september('1200'), october('100')];
    const refunds = [refund('2026-09-20', 'september', '500')];
    const bill = billOf({ plans: [trial('1000')], purchases, refunds });
    expect(bill.segments[0]!.trialBeforeMinor).toBe(usd('700'));
    expect(bill.outcome).toBe('trial');
  });

  it('begins with the first version of the plan id, whatever plans came between', () => {
    const plans = [
      trial('1000', { effectiveFrom: '2026-09-01' }),
      plan({ planId: 'other', effectiveFrom: '2026-09-15', ...recorded(3) }),
      trial('1000', { effectiveFrom: '2026-10-01', ...recorded(4) }),
    ];
    const purchases = [
      purchase('2026-08-20', { phoenix: '5000' }),
      september('300'),
      purchase('2026-09-20', { phoenix: '600' }),
      october('200'),
    ];
    expect(billOf({ plans, purchases }).segments[0]).toMatchObject({
      trialBeforeMinor: usd('900'),
      billableMinor: usd('100'),
    });
  });

  it('goes on from segment to segment', () => {
    const plans = [
      trial('1000'),
      trial('1000', { terms: hybrid('31', '0.01'), effectiveFrom: '2026-10-11', ...recorded(3) }),
    ];
    const purchases = [october('1500'), purchase('2026-10-20', { phoenix: '100' })];
    const bill = billOf({ plans, purchases });
    expect(bill.segments.map(({ trialBeforeMinor }) => trialBeforeMinor)).toEqual([0n, usd('1500')]);
    expect(bill.segments.map(({ feeMinor }) => feeMinor)).toEqual([usd('15.00'), usd('22.00')]);
  });
});
