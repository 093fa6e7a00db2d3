import { expect, test } from 'vitest';
import { feeOf } from './fee.ts';
import { readPlan } from './read-facts.ts';
import { fraction } from './fraction.ts';
import { billOf, outcomeOf, plan, purchase, refund, shop, touch, several } from './small-world.ts';

const fees = (facts: Parameters<typeof billOf>[0]) => billOf(facts).segments.map(({ fee }) => fee);

test('a change of plan cuts the period, and base fees go by days', () => {
  const facts = [
    shop(),
    plan({ terms: { type: 'hybrid', baseFee: '31.00', rate: '0.01' } }),
    plan({ effectiveFrom: '2026-10-11', terms: { type: 'hybrid', baseFee: '62.00', rate: '0.02' } }),
    purchase('1000.00', { occurredAt: '2026-10-10T23:59:59.999Z' }),
    purchase('500.00', { occurredAt: '2026-10-11T00:00:00Z' }),
  ];
  expect(fees(facts)).toEqual([20_00n, 52_00n]);
});

test('bands, minimum and maximum go by days too', () => {
  // 10 of 31 days: the first band ends at 1000 of 3100. 1000 at 3 % and 550 at 2.5 % are 43.75.
  const tiers = [
    { upTo: '3100', rate: '0.03' },
    { upTo: null, rate: '0.025' },
  ];
  const until = { effectiveUntil: '2026-10-11' };
  const sold = purchase('1550.00', { occurredAt: '2026-10-05T00:00:00Z' });
  expect(fees([shop(), plan({ terms: { type: 'performance_tier', tiers }, ...until }), sold])).toEqual([43_75n]);
  // 46.50 is above 10/31 of 93.00, and below 10/31 of 310.00.
  expect(fees([shop(), plan({ maximumFee: '93.00', ...until }), sold])).toEqual([30_00n]);
  expect(fees([shop(), plan({ minimumFee: '310.00', ...until }), sold])).toEqual([100_00n]);
});

test('included units go by days and are rounded down', () => {
  // 10 of 31 days of 7 units are 2.26: 2 are included.
  const facts = [
    shop(),
    plan({
      effectiveUntil: '2026-10-11',
      terms: { type: 'usage_based', meter: 'conversions', unitPrice: '0.50', includedUnits: 7 },
    }),
    ...several(5, () => purchase('10.00', { occurredAt: '2026-10-02T00:00:00Z' })),
    purchase('10.00', { attributions: [], occurredAt: '2026-10-02T00:00:00Z' }),
  ];
  expect(fees(facts)).toEqual([1_50n]);
});

test('the interactions meter counts views as well', () => {
  const terms = { type: 'usage_based', meter: 'interactions', unitPrice: '0.01' } as const;
  const facts = [shop(), plan({ terms }), touch({ interactionType: 'view' }), touch()];
  expect(fees(facts)).toEqual([2n]);
});

test('of two versions with the same start the later recorded one counts', () => {
  const rate = (text: string) => ({ terms: { type: 'revenue_share', rate: text } as const });
  const facts = [shop(), plan(rate('0.03')), plan(rate('0.05')), purchase('100.00')];
  expect(fees(facts)).toEqual([5_00n]);
});

test('a superseded version does not come back, and days without a plan are not billed', () => {
  const facts = [
    shop(),
    plan(),
    plan({ effectiveFrom: '2026-10-05', effectiveUntil: '2026-10-11' }),
    purchase('100.00', { occurredAt: '2026-10-04T00:00:00Z' }),
    purchase('100.00', { occurredAt: '2026-10-10T00:00:00Z' }),
    purchase('100.00', { occurredAt: '2026-10-11T00:00:00Z' }),
  ];
  const bill = billOf(facts);
  expect(bill.segments.map(({ from, until, fee }) => [from, until, fee])).toEqual([
    ['2026-10-01', '2026-10-05', 3_00n],
    ['2026-10-05', '2026-10-11', 3_00n],
  ]);
  expect([bill.metrics.attributed, bill.billable]).toEqual([300_00n, 200_00n]);
});

test('another currency in the same period fails the shop, in the next it does not', () => {
  const changing = (effectiveFrom: string) => [shop(), plan(), plan({ currency: 'EUR', effectiveFrom })];
  expect(outcomeOf(changing('2026-10-02'))).toMatchObject({ outcome: 'failed', reason: 'PLAN_CURRENCY_CHANGED' });
  expect(outcomeOf(changing('2026-11-01'))).toMatchObject({ outcome: 'zero' });
});

test('negative revenue is reversed at the first band, unless there is a minimum', () => {
  const september = purchase('10000.00', { occurredAt: '2026-09-15T00:00:00Z' });
  const back = refund(september.orderId, '10000.00');
  const bands = plan({ terms: { type: 'performance_tier' } });
  expect(fees([shop(), bands, september, back])).toEqual([-300_00n]);
  expect(fees([shop(), { ...bands, minimumFee: '0' }, september, back])).toEqual([0n]);
  expect(fees([shop(), { ...bands, minimumFee: '19.00' }, september, back])).toEqual([19_00n]);
});

test('a fee is clamped before it is rounded', () => {
  const version = readPlan(plan({ minimumFee: '0.10', maximumFee: '0.10' }));
  const use = { version, share: fraction(1, 3), conversions: 0, interactions: 0, beganPassed: true };
  expect(feeOf({ ...use, billable: 0n })).toBe(3n);
  expect(feeOf({ ...use, billable: 1_000_00n })).toBe(3n);
});

test('a fee is split over channels by positive net revenue', () => {
  const of = (channel: string) => purchase('1.11', { attributions: [{ channel, amount: '1.11' }] });
  const [venus, apollo, phoenix, mercury] = [of('venus'), of('apollo'), of('phoenix'), of('mercury')];
  const facts = [shop(), plan(), venus, apollo, phoenix, mercury, refund(mercury.orderId, '1.11')];
  expect(billOf(facts).lines.map(({ channel, amount }) => [channel, amount])).toEqual([
    ['apollo', 4n],
    ['phoenix', 3n],
    ['venus', 3n],
  ]);
  expect(billOf([shop(), plan({ minimumFee: '5.00' })]).lines).toEqual([
    { kind: 'fee', channel: null, month: null, amount: 5_00n },
  ]);
});
