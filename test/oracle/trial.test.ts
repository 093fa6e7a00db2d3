import { expect, test } from 'vitest';
import { billOf, plan, purchase, refund, shop } from './small-world.ts';

const september = (amount: string) => purchase(amount, { occurredAt: '2026-09-15T00:00:00Z' });
const trial = (fields: Parameters<typeof plan>[0] = {}) => plan({ trialThreshold: '1000.00', ...fields });

test('nothing is charged up to the threshold, and passed means strictly above', () => {
  expect(billOf([shop(), trial(), september('500.00'), purchase('500.00')])).toMatchObject({
    outcome: 'trial',
    total: 0n,
    billable: 0n,
  });
  expect(billOf([shop(), trial(), september('500.00'), purchase('500.01')])).toMatchObject({ outcome: 'zero' });
});

test('of the segment in which it is passed only the part above is billable', () => {
  const bill = billOf([shop(), trial(), september('800.00'), purchase('500.00')]);
  expect([bill.billable, bill.total]).toEqual([300_00n, 9_00n]);
});

test('revenue before the first version of the plan id does not count, that under another version does', () => {
  const other = plan({ planId: 'other', effectiveFrom: '2026-01-01' });
  const moved = trial({ effectiveFrom: '2026-09-16' });
  const next = trial({ effectiveFrom: '2026-10-01', terms: { type: 'revenue_share', rate: '0.10' } });
  const old = september('1000.00');
  const since = purchase('1000.00', { occurredAt: '2026-09-16T00:00:00Z' });
  expect(billOf([shop(), other, moved, next, old, since, purchase('10.00')]).total).toBe(1_00n);
  expect(billOf([shop(), other, moved, next, old, purchase('10.00')]).outcome).toBe('trial');
});

test('a refund can bring a shop back below', () => {
  const old = september('1200.00');
  const bill = billOf([shop(), trial(), old, refund(old.orderId, '300.00')]);
  expect([bill.billable, bill.outcome, bill.total]).toEqual([-200_00n, 'credit', -6_00n]);
});

test('base fee and minimum are charged in segments that begin with the threshold passed', () => {
  const hybrid = trial({ terms: { type: 'hybrid', baseFee: '31.00', rate: '0.01' }, minimumFee: '62.00' });
  expect(billOf([shop(), hybrid, purchase('2000.00')]).total).toBe(10_00n);
  expect(billOf([shop(), hybrid, september('1000.01')]).total).toBe(62_00n);
  const again = { ...hybrid, effectiveFrom: '2026-10-22' };
  const passing = purchase('2000.00', { occurredAt: '2026-10-21T00:00:00Z' });
  expect(billOf([shop(), hybrid, again, passing]).segments.map(({ fee }) => fee)).toEqual([10_00n, 20_00n]);
});
