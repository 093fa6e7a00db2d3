import { expect, test } from 'vitest';
import type { FactLine } from './fact-lines.ts';
import { billOf, oracleOf, plan, purchase, refund, shop, touch } from './small-world.ts';

const on = (month: string) => ({ occurredAt: `${month}-15T12:00:00Z` });

/** Runs month by month over all that was told from the start. */
function billed(facts: readonly FactLine[], ...months: string[]) {
  const oracle = oracleOf(facts);
  const bills = months.map(
    (period) => oracle.run({ kind: 'run', period, cut: facts.length, shopIds: ['s'] }).shops[0]!,
  );
  return { oracle, bills };
}

test('discount, then tax, each rounded, at the rates of the last segment', () => {
  const taxed = plan({ discountRate: '0.10', taxRate: '0.20' });
  expect(billOf([shop(), taxed, purchase('1000.00')])).toMatchObject({
    subtotal: 30_00n,
    discount: 3_00n,
    tax: 5_40n,
    total: 32_40n,
  });
  const last = plan({ effectiveFrom: '2026-10-20' });
  expect(billOf([shop(), taxed, last, purchase('1000.00')]).total).toBe(30_00n);
});

test('a credit is carried, used oldest first, and waits where it cannot be used', () => {
  const old = purchase('1000.00', on('2026-06'));
  const facts = [
    shop(),
    plan(),
    old,
    refund(old.orderId, '100.00', on('2026-07')),
    refund(old.orderId, '200.00', on('2026-08')),
    purchase('150.00', on('2026-10')),
    purchase('500.00', on('2026-11')),
  ];
  const { oracle, bills } = billed(facts, '2026-07', '2026-08', '2026-09', '2026-10', '2026-11');
  expect(bills.map(({ outcome, bill }) => [outcome, bill?.credit, bill?.total])).toEqual([
    ['credit', 0n, -3_00n],
    ['credit', 0n, -6_00n],
    ['zero', 0n, 0n],
    ['zero', 4_50n, 0n],
    ['invoiced', 4_50n, 10_50n],
  ]);
  expect(bills[3]?.bill?.creditsUsed).toEqual(
    new Map([
      [0, 3_00n],
      [1, 1_50n],
    ]),
  );
  expect(oracle.openCredits('s')).toEqual([]);
});

test('a credit of another currency waits for a bill in its own', () => {
  const old = purchase('1000.00', on('2026-06'));
  const facts = [
    shop(),
    plan(),
    plan({ currency: 'EUR', effectiveFrom: '2026-08-01' }),
    plan({ currency: 'USD', effectiveFrom: '2026-09-01' }),
    old,
    refund(old.orderId, '100.00', on('2026-07')),
    purchase('500.00', { currency: 'EUR', ...on('2026-08') }),
    purchase('500.00', on('2026-09')),
  ];
  const { bills } = billed(facts, '2026-07', '2026-08', '2026-09');
  expect(bills.map(({ bill }) => bill?.total)).toEqual([-3_00n, 15_00n, 12_00n]);
});

test('a dry run uses nothing and settles nothing', () => {
  const old = purchase('1000.00', on('2026-06'));
  const facts = [shop(), plan(), old, refund(old.orderId, '100.00', on('2026-07')), purchase('500.00', on('2026-08'))];
  const oracle = oracleOf(facts);
  const ask = (period: string, isDry: boolean) =>
    oracle.run({ kind: 'run', period, cut: facts.length, shopIds: ['s'], isDry }).shops[0]!;
  ask('2026-07', false);
  const [dry, again, live] = [ask('2026-08', true), ask('2026-08', true), ask('2026-08', false)];
  expect([dry.outcome, again.outcome, live.outcome]).toEqual(['calculated', 'calculated', 'invoiced']);
  expect([dry, again, live].map(({ bill }) => bill?.total)).toEqual([12_00n, 12_00n, 12_00n]);
});

const suspect = plan({
  fraudProfile: { maxInteractionsPerHour: 1, maxClicksPerSessionMinute: 1, maxInteractionsPerIpHour: 1 },
});
const sign = () => touch({ occurredAt: '2026-08-15T12:00:00Z', ipAddress: '203.0.113.9' });

test('a held bill is released as calculated, or rejected and gives its credit back', () => {
  const old = purchase('1000.00', on('2026-06'));
  const facts = [
    shop(),
    suspect,
    old,
    refund(old.orderId, '100.00', on('2026-07')),
    purchase('500.00', on('2026-08')),
    sign(),
    sign(),
    purchase('500.00', on('2026-09')),
  ];
  const released = billed(facts, '2026-07', '2026-08');
  expect(released.bills[1]).toMatchObject({ outcome: 'held', bill: { credit: 3_00n, total: 12_00n } });
  expect(released.oracle.carryOut({ kind: 'release', billNumber: 1 })).toBe('done');
  expect(released.oracle.carryOut({ kind: 'release', billNumber: 1 })).toBe('repeated');
  expect(released.oracle.carryOut({ kind: 'reject', billNumber: 1 })).toBe('HOLD_ALREADY_DECIDED');
  expect(released.oracle.bills()[1]).toMatchObject({ outcome: 'invoiced', total: 12_00n });

  const { oracle } = billed(facts, '2026-07', '2026-08');
  expect(oracle.openCredits('s')).toEqual([]);
  expect(oracle.carryOut({ kind: 'reject', billNumber: 1 })).toBe('done');
  expect(oracle.openCredits('s')).toMatchObject([{ billNumber: 0, amount: 3_00n }]);
  const next = (period: string) =>
    oracle.run({ kind: 'run', period, cut: facts.length, shopIds: ['s'], force: true }).shops[0]!;
  expect(next('2026-08').reason).toBe('already_settled');
  expect(next('2026-09').bill?.total).toBe(12_00n);
});

test('an invoice is voided and billed again, or credited up to its total', () => {
  const facts = [shop(), plan(), purchase('500.00')];
  const { oracle } = billed(facts, '2026-10');
  const give = (amount: bigint) => oracle.carryOut({ kind: 'credit-note', billNumber: 0, amount });
  const again = () =>
    oracle.run({ kind: 'run', period: '2026-10', cut: facts.length, shopIds: ['s'], force: true }).shops[0];
  expect([give(10_00n), give(5_01n), give(5_00n), give(1n)]).toEqual([
    'done',
    'CREDIT_EXCEEDS_INVOICE',
    'done',
    'CREDIT_EXCEEDS_INVOICE',
  ]);
  expect(oracle.carryOut({ kind: 'void', billNumber: 0 })).toBe('INVOICE_CREDITED');

  const other = billed(facts, '2026-10').oracle;
  expect(other.carryOut({ kind: 'void', billNumber: 0 })).toBe('done');
  expect(other.carryOut({ kind: 'void', billNumber: 0 })).toBe('repeated');
  expect(other.carryOut({ kind: 'credit-note', billNumber: 0, amount: 1n })).toBe('INVOICE_VOIDED');
  expect(other.carryOut({ kind: 'release', billNumber: 0 })).toBe('HOLD_NOT_FOUND');
  expect(other.run({ kind: 'run', period: '2026-10', cut: facts.length, shopIds: ['s'] }).shops[0]).toMatchObject({
    outcome: 'invoiced',
    billNumber: 1,
  });
  expect(again()?.reason).toBe('already_settled');
});

test('metrics', () => {
  const facts = [
    shop(),
    plan({ terms: { type: 'revenue_share', rate: '0.10' } }),
    purchase('100.00', { orderTotal: '150.00' }),
    purchase('50.00', { attributions: [{ channel: 'venus', amount: '20.00' }] }),
    purchase('25.00', { attributions: [] }),
    touch({ channel: 'venus' }),
    touch({ channel: 'atlas' }),
  ];
  const { metrics } = billOf(facts);
  expect(metrics).toMatchObject({ orders: 3, orderRevenue: 225_00n, attributed: 120_00n, interactions: 2 });
  expect(metrics).toMatchObject({ conversions: 2, conversionRate: { over: 2n, under: 2n } });
  expect(metrics.averageOrderValue).toEqual({ over: 225_00n, under: 3n });
  expect(metrics.channels.get('phoenix')).toEqual({ revenue: 100_00n, fee: 10_00n, interactions: 0, conversions: 1 });
  expect(metrics.channels.get('venus')).toEqual({ revenue: 20_00n, fee: 2_00n, interactions: 1, conversions: 1 });
  expect(metrics.channels.get('atlas')).toEqual({ revenue: 0n, fee: 0n, interactions: 1, conversions: 0 });
});
