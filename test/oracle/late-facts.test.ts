import { expect, test } from 'vitest';
import type { FactLine } from './fact-lines.ts';
import { oracleOf, plan, purchase, quote, rawOrder, refund, shop, touch } from './small-world.ts';

const on = (month: string) => ({ occurredAt: `${month}-15T12:00:00Z` });

/** Each step tells facts and then bills a month. */
function live(...steps: (readonly [readonly FactLine[], string])[]) {
  const oracle = oracleOf(steps.flatMap(([facts]) => facts));
  let cut = 0;
  const bills = steps.map(([facts, period]) => {
    cut += facts.length;
    const outcome = oracle.run({ kind: 'run', period, cut, shopIds: ['s'], force: true }).shops[0]!;
    return { ...outcome, adjustments: [...(outcome.bill?.adjustments ?? [])], total: outcome.bill?.total };
  });
  return { oracle, bills, cut };
}

const start = [shop(), plan()];

test('a late fact is adjusted on the next bill, once', () => {
  const { bills } = live(
    [[...start, purchase('100.00', on('2026-07'))], '2026-07'],
    [[purchase('200.00', on('2026-07')), purchase('50.00', on('2026-08'))], '2026-08'],
    [[], '2026-09'],
  );
  expect(bills.map(({ adjustments, total }) => [adjustments, total])).toEqual([
    [[], 3_00n],
    [[['2026-07', 6_00n]], 7_50n],
    [[], 0n],
  ]);
  expect(bills[1]?.bill?.lines.at(-1)).toEqual({ kind: 'adjustment', channel: null, month: '2026-07', amount: 6_00n });
});

test('the difference is that of the whole month, before the discount and tax of the bill it is on', () => {
  const tiers = [
    { upTo: '100', rate: '0.10' },
    { upTo: null, rate: '0.01' },
  ];
  const { bills } = live(
    [[shop(), plan({ terms: { type: 'performance_tier', tiers } }), purchase('100.00', on('2026-07'))], '2026-07'],
    [[purchase('100.00', on('2026-07')), plan({ effectiveFrom: '2026-08-01', taxRate: '0.5' })], '2026-08'],
  );
  expect(bills[1]).toMatchObject({ adjustments: [['2026-07', 1_00n]], total: 1_50n });
});

test('a late refund of a month long billed gives money back, also below zero', () => {
  const order = purchase('100.00', on('2026-06'));
  const { bills } = live(
    [[...start, order], '2026-06'],
    [[], '2026-07'],
    [[refund(order.orderId, '40.00', on('2026-06')), refund(order.orderId, '10.00', on('2026-07'))], '2026-08'],
  );
  expect(bills[2]).toMatchObject({
    outcome: 'credit',
    adjustments: [
      ['2026-06', -1_20n],
      ['2026-07', -30n],
    ],
    total: -1_50n,
  });
});

test('a refund waits for its order, and counts in the month of the refund', () => {
  const order = purchase('100.00', on('2026-06'));
  const { bills } = live([[...start, refund(order.orderId, '40.00', on('2026-07'))], '2026-07'], [[order], '2026-08']);
  expect(bills[0]?.bill?.unappliedRefunds).toMatchObject([{ reason: 'order_not_seen' }]);
  // June was never billed: the order waits for its month, the refund does not.
  expect(bills[1]).toMatchObject({ adjustments: [['2026-07', -1_20n]] });
});

test('late trial revenue changes every later month', () => {
  const trial = plan({ trialThreshold: '1000.00' });
  const { bills } = live(
    [[shop(), trial, purchase('600.00', on('2026-06'))], '2026-06'],
    [[purchase('500.00', on('2026-07'))], '2026-07'],
    [[purchase('500.00', on('2026-06')), purchase('10.00', on('2026-08'))], '2026-08'],
  );
  expect(bills.map(({ outcome }) => outcome)).toEqual(['trial', 'invoiced', 'invoiced']);
  // June passes by 100 now, and all of July's 500 is billable instead of 100.
  expect(bills[2]).toMatchObject({
    adjustments: [
      ['2026-06', 3_00n],
      ['2026-07', 12_00n],
    ],
    total: 15_30n,
  });
});

test('late interactions make raw orders revenue', () => {
  const order = rawOrder('100.00', on('2026-07'));
  const { bills } = live([[...start, order], '2026-07'], [[touch({ occurredAt: '2026-07-14T00:00:00Z' })], '2026-08']);
  expect(bills[1]?.adjustments).toEqual([['2026-07', 3_00n]]);
});

test('plans and quotes are as they were then', () => {
  const euros = (amount: string) => purchase(amount, { currency: 'EUR', ...on('2026-07') });
  const { bills } = live(
    [[...start, quote('EUR', '1.0', '2026-07-10'), euros('100.00')], '2026-07'],
    [
      [quote('EUR', '2.0', '2026-07-14'), plan({ terms: { type: 'revenue_share', rate: '0.50' } }), euros('10.00')],
      '2026-08',
    ],
  );
  expect(bills[1]?.adjustments).toEqual([['2026-07', 30n]]);
});

test('a late fact that needs a quote that did not exist takes the first that comes and keeps it', () => {
  const dinars = purchase('10.000', { currency: 'KWD', ...on('2026-07') });
  const { bills } = live(
    [start, '2026-07'],
    [[dinars], '2026-08'],
    [[quote('KWD', '3.00', '2026-07-10')], '2026-08'],
    [[quote('KWD', '9.00', '2026-07-15')], '2026-09'],
  );
  expect(bills[1]).toMatchObject({ outcome: 'failed', reason: 'FX_RATE_MISSING' });
  expect(bills[2]?.adjustments).toEqual([['2026-07', 90n]]);
  expect(bills[3]?.adjustments).toEqual([]);
});

test('twelve months back, and older ones are reported once', () => {
  const late = [purchase('100.00', on('2025-09')), purchase('100.00', on('2025-10'))];
  const old = plan({ effectiveFrom: '2025-01-01' });
  const early = shop({ occurredAt: '2025-01-01T00:00:00Z' });
  const { bills } = live([[early, old], '2025-09'], [[], '2025-10'], [late, '2026-10'], [[], '2026-11']);
  expect(bills.map(({ adjustments, bill }) => [adjustments, bill?.tooLate])).toEqual([
    [[], []],
    [[], []],
    [[['2025-10', 3_00n]], [2]],
    [[], []],
  ]);
});

test('an adjustment in another currency waits for a bill in its own', () => {
  const { bills } = live(
    [[...start, plan({ effectiveFrom: '2026-08-01', currency: 'EUR' })], '2026-07'],
    [[purchase('100.00', on('2026-07')), plan({ effectiveFrom: '2026-09-01' })], '2026-08'],
    [[], '2026-09'],
  );
  expect(bills.map(({ adjustments }) => adjustments)).toEqual([[], [], [['2026-07', 3_00n]]]);
});

test('a voided bill gives its adjustments back, and the next bill takes them', () => {
  const { oracle, cut } = live([start, '2026-07'], [[purchase('100.00', on('2026-07'))], '2026-08']);
  expect(oracle.carryOut({ kind: 'void', billNumber: 1 })).toBe('done');
  const next = oracle.run({ kind: 'run', period: '2026-09', cut, shopIds: ['s'] }).shops[0];
  expect([...(next?.bill?.adjustments ?? [])]).toEqual([['2026-07', 3_00n]]);
});
