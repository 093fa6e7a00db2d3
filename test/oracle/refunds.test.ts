import { expect, test } from 'vitest';
import { billOf, plan, purchase, refund, shop } from './small-world.ts';

const start = [shop(), plan()];
const order = purchase('200.00', {
  orderId: 'o',
  attributions: [
    { channel: 'phoenix', amount: '80.00' },
    { channel: 'venus', amount: '40.00' },
  ],
});
const refunded = (facts: Parameters<typeof billOf>[0]) => billOf([...start, order, ...facts]).metrics.refunded;

test('without attributions of its own it takes its part of the order', () => {
  const bill = billOf([...start, order, refund('o', '50.00')]);
  expect([bill.metrics.net, bill.total]).toEqual([90_00n, 2_70n]);
  expect(bill.lines.map(({ amount }) => amount)).toEqual([1_80n, 90n]);
});

test('with attributions it takes those, and an empty list is none', () => {
  const own = refund('o', '50.00', { attributions: [{ channel: 'venus', amount: '12.34' }] });
  expect(refunded([own])).toBe(12_34n);
  expect(refunded([refund('o', '50.00', { attributions: [] })])).toBe(30_00n);
});

test('never takes more than is left, in order of time and then id', () => {
  const first = refund('o', '150.00', { refundId: 'b', occurredAt: '2026-10-20T00:00:00Z' });
  const second = refund('o', '150.00', { refundId: 'a', occurredAt: '2026-11-02T00:00:00Z' });
  const same = { ...second, refundId: 'c', occurredAt: first.occurredAt };
  expect(refunded([second, first])).toBe(90_00n);
  expect(refunded([same, second, first])).toBe(120_00n);
  expect(billOf([...start, order, second, first], { period: '2026-11' }).metrics.refunded).toBe(30_00n);
  expect(billOf([...start, order, same, second, first], { period: '2026-11' }).metrics.refunded).toBe(0n);
});

test('what cannot be applied reduces nothing and is reported', () => {
  const early = purchase('10.00', { orderId: 'early', occurredAt: '2025-12-31T23:59:59.999Z' });
  const facts = [
    refund('never', '1.00', { refundId: '1' }),
    refund('o', '1.00', { refundId: '2', currency: 'EUR' }),
    refund('early', '1.00', { refundId: '3' }),
  ];
  const bill = billOf([...start, order, early, ...facts]);
  expect(bill.metrics.refunded).toBe(0n);
  expect(bill.unappliedRefunds).toEqual([
    { refundId: '1', reason: 'order_not_seen' },
    { refundId: '2', reason: 'currency_differs' },
    { refundId: '3', reason: 'order_not_covered' },
  ]);
});

test('a refund of an old order can end a month below zero', () => {
  const old = { ...order, occurredAt: '2026-09-30T00:00:00Z' };
  const bill = billOf([...start, old, refund('o', '100.00')]);
  expect([bill.outcome, bill.total]).toEqual(['credit', -1_80n]);
  expect(bill.lines).toEqual([{ kind: 'fee', channel: null, month: null, amount: -1_80n }]);
});
