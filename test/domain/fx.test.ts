import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currencyExponent } from '../../src/domain/currency.ts';
import { convertMinor, convertParts, quoteFor } from '../../src/domain/fx.ts';
import { quote, recorded, sum } from './given.ts';

const quotes = (...all: ReturnType<typeof quote>[]) => all.map((one, at) => ({ ...one, ...recorded(at) }));
const euros = (date: string) => ({ base: 'EUR', quote: 'USD', date });

describe('the quote of a day', () => {
  const daily = quotes(
    quote('EUR', 'USD', '1.01', '2026-10-01'),
    quote('EUR', 'USD', '1.15', '2026-10-15'),
    quote('EUR', 'USD', '1.09', '2026-10-09'),
  );

  it.each([
    ['2026-10-01', '2026-10-01'],
    ['2026-10-08', '2026-10-01'],
    ['2026-10-09', '2026-10-09'],
    ['2026-10-14', '2026-10-09'],
    ['2026-10-29', '2026-10-15'],
    ['2026-09-30', null],
    ['2026-10-30', null],
  ])('%s is the newest not after it, at most 14 days old: of %s', (date, asOf) => {
    expect(quoteFor(daily, euros(date))?.asOf ?? null).toBe(asOf);
    expect(quoteFor(daily.toReversed(), euros(date))?.asOf ?? null).toBe(asOf);
  });

  it('is of exactly this pair: no inverse, no way over a third currency', () => {
    const others = quotes(
      quote('USD', 'EUR', '0.9', '2026-10-01'),
      quote('EUR', 'GBP', '0.8', '2026-10-01'),
      quote('GBP', 'USD', '1.3', '2026-10-01'),
    );
    expect(quoteFor(others, euros('2026-10-01'))).toBe(null);
  });

  it('reaches over the end of a month and a leap day', () => {
    const february = quotes(quote('EUR', 'USD', '1.1', '2028-02-20'));
    expect(quoteFor(february, euros('2028-03-05'))).not.toBe(null);
    expect(quoteFor(february, euros('2028-03-06'))).toBe(null);
  });
});

describe('a conversion', () => {
  it.each([
    ['cents to cents', 100_00n, quote('EUR', 'USD', '1.0850', '2026-10-01'), 108_50n],
    ['yen to cents', 10_000n, quote('JPY', 'USD', '0.0067', '2026-10-01'), 67_00n],
    ['cents to yen', 67_00n, quote('USD', 'JPY', '149.253', '2026-10-01'), 10_000n],
    ['fils to cents', 1_000n, quote('KWD', 'USD', '3.26', '2026-10-01'), 3_26n],
    ['cents to fils', 3_26n, quote('USD', 'KWD', '0.3067', '2026-10-01'), 1_000n],
    ['yen to fils', 10_001n, quote('JPY', 'KWD', '0.00205', '2026-10-01'), 20_502n],
    ['fils to yen', 20_502n, quote('KWD', 'JPY', '487.8', '2026-10-01'), 10_001n],
    ['four decimals to none', 12_345n, quote('CLF', 'JPY', '5800', '2026-10-01'), 7_160n],
    ['half a cent goes up', 1n, quote('EUR', 'USD', '0.5', '2026-10-01'), 1n],
    ['less than half a cent is nothing', 1n, quote('EUR', 'USD', '0.499999999999999999', '2026-10-01'), 0n],
    ['half a cent given back goes away from zero', -1n, quote('EUR', 'USD', '0.5', '2026-10-01'), -1n],
    ['nothing', 0n, quote('EUR', 'USD', '1.1', '2026-10-01'), 0n],
  ])('of %s', (_, amount, rate, expected) => {
    expect(convertMinor(amount, rate)).toBe(expected);
  });

  it('of what 64 bits cannot hold is an error', () => {
    const overflow = expect.objectContaining({ code: 'AMOUNT_OVERFLOW' }) as Error;
    expect(() => convertMinor(2n ** 62n, quote('EUR', 'USD', '2', '2026-10-01'))).toThrow(overflow);
  });

  it('is the nearest amount, and of two the one further from zero', () => {
    const currency = fc.constantFrom('USD', 'EUR', 'JPY', 'KWD', 'CLF');
    const asked = fc.record({
      amount: fc.bigInt(-(10n ** 8n), 10n ** 8n),
      rateUnscaled: fc.bigInt(1n, 10n ** 6n),
      rateScale: fc.nat(8),
      base: currency,
      to: currency,
    });
    fc.assert(
      fc.property(asked, ({ amount, rateUnscaled, rateScale, base, to }) => {
        const converted = convertMinor(amount, { base, quote: to, rateUnscaled, rateScale, asOf: '2026-10-01' });
        // What is off, in units of 10^-30 of a minor unit, all of it whole.
        const exact =
          amount * rateUnscaled * 10n ** BigInt(30 - rateScale + currencyExponent(to) - currencyExponent(base));
        const off = converted * 10n ** 30n - exact;
        const half = 5n * 10n ** 29n;
        const away = amount < 0n ? -off : off;
        expect(away > -half && away <= half).toBe(true);
      }),
    );
  });

  it('of parts is that of their sum, shared by largest remainder', () => {
    const third = quote('EUR', 'USD', '0.34', '2026-10-01');
    // 3 cents at 0.34 are 1.02: one cent, to the first of equal remainders.
    expect(convertParts([1n, 1n, 1n], third)).toEqual([1n, 0n, 0n]);
    expect(convertParts([], third)).toEqual([]);
    expect(convertParts([0n, 0n], third)).toEqual([0n, 0n]);
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, 10_000n)), (parts) => {
        const converted = convertParts(parts, third);
        expect(sum(converted)).toBe(convertMinor(sum(parts), third));
        expect(converted.every((part, at) => part * 100n >= parts[at]! * 34n - 150n)).toBe(true);
      }),
    );
  });
});
