import { expect, test } from 'vitest';
import { billOf, outcomeOf, plan, purchase, quote, refund, shop } from './small-world.ts';

const start = [shop(), plan()];
const euros = (amount: string, fields: Parameters<typeof purchase>[1] = {}) =>
  purchase(amount, { currency: 'EUR', ...fields });
const attributed = (...facts: Parameters<typeof billOf>[0]) => billOf([...start, ...facts]).metrics.attributed;

test('the newest quote that is not after the day and not older than 14 days', () => {
  const quotes = [
    quote('EUR', '1.1', '2026-10-16'),
    quote('EUR', '1.2', '2026-10-15'),
    quote('EUR', '1.3', '2026-10-01'),
  ];
  expect(attributed(...quotes, euros('100.00'))).toBe(120_00n);
  expect(attributed(quotes[0]!, quotes[2]!, euros('100.00'))).toBe(130_00n);
  expect(outcomeOf([...start, quotes[0]!, quote('EUR', '1', '2026-09-30'), euros('1.00')])).toMatchObject({
    outcome: 'failed',
    reason: 'FX_RATE_MISSING',
  });
});

test('the day is that of the billing time zone', () => {
  const facts = [quote('EUR', '1.1', '2026-10-16'), euros('1.00', { occurredAt: '2026-10-15T22:30:00Z' })];
  expect(outcomeOf([...start, ...facts], { timeZone: 'Europe/Berlin' }).bill?.metrics.attributed).toBe(1_10n);
  expect(outcomeOf([...start, ...facts]).reason).toBe('FX_RATE_MISSING');
});

test('no inverse and no cross rates, and the first quote of a day stands', () => {
  expect(outcomeOf([...start, quote('USD', '0.9', '2026-10-15', 'EUR'), euros('1.00')]).reason).toBe('FX_RATE_MISSING');
  const cross = [quote('EUR', '0.9', '2026-10-15', 'GBP'), quote('GBP', '1.2', '2026-10-15')];
  expect(outcomeOf([...start, ...cross, euros('1.00')]).reason).toBe('FX_RATE_MISSING');
  expect(attributed(quote('EUR', '1.5', '2026-10-15'), quote('EUR', '9', '2026-10-15'), euros('1.00'))).toBe(1_50n);
});

test('exponents of 0, 2 and 3', () => {
  const yen = purchase('1000', { currency: 'JPY' });
  const dinars = purchase('1.005', { currency: 'KWD' });
  expect(attributed(quote('JPY', '0.0067', '2026-10-15'), yen)).toBe(6_70n);
  expect(attributed(quote('KWD', '3.25', '2026-10-15'), dinars)).toBe(3_27n);
  const inYen = [shop(), plan({ currency: 'JPY' }), quote('KWD', '485.5', '2026-10-15', 'JPY'), dinars];
  expect(billOf(inYen).metrics.attributed).toBe(488n);
});

test('each total is rounded once, channels by largest remainder', () => {
  const attributions = ['phoenix', 'venus', 'apollo'].map((channel) => ({ channel, amount: '0.01' }));
  const bill = billOf([...start, quote('EUR', '1.5', '2026-10-15'), euros('0.03', { attributions })]);
  // 3 × 1.5 = 4.5 cents, 5 rounded: 1.66… each.
  expect(bill.metrics.attributed).toBe(5n);
  expect(['apollo', 'phoenix', 'venus'].map((name) => bill.metrics.channels.get(name)?.revenue)).toEqual([2n, 2n, 1n]);
});

test('a refund goes by the quote of its order', () => {
  const order = euros('100.00');
  const quotes = [quote('EUR', '1.2', '2026-10-15'), quote('EUR', '2', '2026-10-20')];
  const half = refund(order.orderId, '50.00', { currency: 'EUR' });
  const own = { ...half, attributions: [{ channel: 'phoenix', amount: '10.01' }] };
  expect(billOf([...start, ...quotes, order, half]).metrics.refunded).toBe(60_00n);
  expect(billOf([...start, ...quotes, order, own]).metrics.refunded).toBe(12_01n);
});

test('no quote is needed where nothing is attributed, one is for revenue that a trial looks back to', () => {
  const nothing = euros('100.00', { attributions: [] });
  expect(billOf([...start, nothing, refund(nothing.orderId, '1.00', { currency: 'EUR' })]).total).toBe(0n);
  const september = euros('1.00', { occurredAt: '2026-09-01T00:00:00Z' });
  expect(outcomeOf([...start, september]).outcome).toBe('zero');
  expect(outcomeOf([shop(), plan({ trialThreshold: '1' }), september]).reason).toBe('FX_RATE_MISSING');
});
