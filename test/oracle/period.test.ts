import { expect, test } from 'vitest';
import { addMonths, daysOf, instantOf, periodOf } from './calendar.ts';
import { billOf, oracleOf, outcomeOf, plan, purchase, shop } from './small-world.ts';

test('months have their days, leap years too', () => {
  expect(['2026-02', '2028-02', '2100-02', '2026-12'].map((month) => daysOf(periodOf(month)))).toEqual([
    28, 29, 28, 31,
  ]);
  expect(addMonths('2026-01', -13)).toBe('2024-12');
});

test('digits beyond a millisecond are cut off', () => {
  expect(instantOf('2026-10-31T23:59:59.9999999Z')).toBe(Date.UTC(2026, 9, 31, 23, 59, 59, 999));
});

test.each([
  // The last moment of October 2026, the first of November: clocks go back on October 25 in Berlin.
  ['UTC', '2026-10-31T23:59:59.999Z', '2026-11-01T00:00:00Z'],
  ['Europe/Berlin', '2026-10-31T22:59:59.999Z', '2026-10-31T23:00:00Z'],
  ['America/New_York', '2026-11-01T03:59:59.999Z', '2026-11-01T04:00:00Z'],
  ['Asia/Kathmandu', '2026-10-31T18:14:59.999Z', '2026-10-31T18:15:00Z'],
  ['Pacific/Auckland', '2026-10-31T10:59:59.999Z', '2026-10-31T11:00:00Z'],
])('October ends in %s at %s', (timeZone, last, next) => {
  const facts = [shop(), plan(), purchase('100.00', { occurredAt: last }), purchase('1000.00', { occurredAt: next })];
  expect(billOf(facts, { timeZone }).metrics.attributed).toBe(100_00n);
  expect(billOf(facts, { period: '2026-11', timeZone }).metrics.attributed).toBe(1000_00n);
});

test('a shop is billed that was active and had a plan at some moment of the period', () => {
  const asOf = (occurredAt: string, status: string) => shop({ occurredAt, status });
  const reason = (...facts: Parameters<typeof outcomeOf>[0]) => outcomeOf(facts).reason;
  expect(reason()).toBe('shop_not_found');
  expect(reason(plan())).toBe('shop_not_found');
  expect(reason(shop())).toBe('no_plan');
  expect(reason(shop({ status: 'paused' }), plan())).toBe('shop_inactive');
  expect(reason(shop(), asOf('2026-10-01T00:00:00Z', 'paused'), plan())).toBe('shop_inactive');
  expect(reason(shop(), asOf('2026-10-01T00:00:00.001Z', 'paused'), plan())).toBeNull();
  expect(reason(asOf('2026-10-31T23:59:59.999Z', 'active'), plan())).toBeNull();
  expect(reason(asOf('2026-11-01T00:00:00Z', 'active'), plan())).toBe('shop_inactive');
  expect(reason(shop(), plan({ effectiveFrom: '2026-10-31' }))).toBeNull();
  expect(reason(shop(), plan({ effectiveFrom: '2026-11-01' }))).toBe('no_plan');
  expect(reason(shop(), plan({ effectiveUntil: '2026-10-01' }))).toBe('no_plan');
});

test('status goes by the time of occurrence, and of two of the same instant the later recorded counts', () => {
  const paused = shop({ status: 'paused', occurredAt: '2026-03-01T00:00:00Z' });
  expect(outcomeOf([paused, shop(), plan()]).reason).toBe('shop_inactive');
  expect(outcomeOf([shop({ status: 'paused' }), shop(), plan()]).reason).toBeNull();
  expect(outcomeOf([shop(), shop({ status: 'paused' }), plan()]).reason).toBe('shop_inactive');
});

test('a run over all bills the billable shops and counts others with usage', () => {
  const facts = [shop(), plan(), purchase('1.00', { shopId: 'stranger' })];
  const result = oracleOf(facts).run({ kind: 'run', period: '2026-10', cut: facts.length });
  expect(result.shops.map(({ shopId }) => shopId)).toEqual(['s']);
  expect(result.unbillableShopsWithUsage).toBe(1);
});

test('named twice is named once, and a period is settled once', () => {
  const facts = [shop(), plan()];
  const oracle = oracleOf(facts);
  const run = { kind: 'run', period: '2026-10', cut: facts.length } as const;
  const reasons = (force?: boolean) =>
    oracle.run({ ...run, shopIds: ['s', 'ghost', 's'], force: force ?? false }).shops.map(({ reason }) => reason);
  expect(reasons()).toEqual([null, 'shop_not_found']);
  expect(reasons(true)).toEqual(['already_settled', 'shop_not_found']);
  expect(oracle.run(run).shops.map(({ reason }) => reason)).toEqual(['already_settled']);
  expect(oracle.run(run).isRepeated).toBe(true);
});

test('the same fact twice is one, a contradiction is none, and what is not visible is not billed', () => {
  const order = purchase('100.00', { orderId: 'o' });
  const facts = [shop(), plan(), order, { ...order }, purchase('900.00', { orderId: 'o' }), purchase('50.00')];
  const oracle = oracleOf(facts);
  expect(oracle.contradictions).toEqual([4]);
  const attributed = (cut: number) =>
    oracle.run({ kind: 'run', period: '2026-10', cut, isDry: true }).shops[0]?.bill?.metrics.attributed;
  expect([2, 3, 5, 6].map(attributed)).toEqual([0n, 100_00n, 100_00n, 150_00n]);
});
