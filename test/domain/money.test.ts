import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currencyExponent, currencyProblem, isCurrency } from '../../src/domain/currency.ts';
import {
  checkedMinor,
  formatDecimal,
  formatMinor,
  formatPpm,
  parseDecimal,
  parseMinor,
  parsePpm,
} from '../../src/domain/money.ts';

const malformed = expect.objectContaining({ code: 'FACT_MALFORMED' }) as unknown as Error;
const overflow = expect.objectContaining({ code: 'AMOUNT_OVERFLOW' }) as unknown as Error;

describe('amounts as text', () => {
  it.each([
    ['12.30', 2, 1230n],
    ['-12.3', 2, -1230n],
    ['0', 2, 0n],
    ['-0', 2, 0n],
    ['500', 0, 500n],
    ['500.00', 0, 500n],
    ['10.000', 2, 1000n],
    ['1.234', 3, 1234n],
    ['1.2345', 4, 12345n],
    ['007', 2, 700n],
    ['92233720368547758.07', 2, 2n ** 63n - 1n],
    ['-92233720368547758.08', 2, -(2n ** 63n)],
  ])('reads %s with %i digits', (text, exponent, minor) => {
    expect(parseMinor(text, exponent)).toBe(minor);
  });

  it.each([
    ['12.345', 2],
    ['0.1', 0],
    ['1e3', 2],
    ['+1', 2],
    ['', 2],
    [' 1', 2],
    ['1 ', 2],
    ['1\n', 2],
    ['.5', 2],
    ['5.', 2],
    ['1,000', 2],
    ['--1', 2],
    ['NaN', 2],
    ['Infinity', 2],
    ['0x10', 2],
    ['٣', 2],
    [`0.${'0'.repeat(30)}1`, 2],
  ])('refuses %j with %i digits', (text, exponent) => {
    expect(() => parseMinor(text, exponent)).toThrow(malformed);
  });

  it.each(['92233720368547758.08', '-92233720368547758.09', '9'.repeat(1_000_000)])(
    'refuses what 64 bits cannot hold',
    (text) => {
      expect(() => parseMinor(text, 2)).toThrow(overflow);
    },
  );

  it('writes all digits of the currency', () => {
    expect(formatMinor(-1230n, 2)).toBe('-12.30');
    expect(formatMinor(500n, 0)).toBe('500');
    expect(formatMinor(-5n, 3)).toBe('-0.005');
    expect(formatMinor(0n, 2)).toBe('0.00');
  });

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.constantFrom(0, 2, 3, 4), (amount, exponent) => {
        expect(parseMinor(formatMinor(amount, exponent), exponent)).toBe(amount);
      }),
    );
  });

  it('guards the range of results', () => {
    expect(checkedMinor(2n ** 63n - 1n, 'It')).toBe(2n ** 63n - 1n);
    expect(() => checkedMinor(2n ** 63n, 'It')).toThrow(overflow);
    expect(() => checkedMinor(-(2n ** 63n) - 1n, 'It')).toThrow(overflow);
  });
});

describe('rates as text', () => {
  it.each([
    ['0.025', 25_000],
    ['0.03', 30_000],
    ['1', 1_000_000],
    ['0', 0],
    ['10', 10_000_000],
    ['0.000001', 1],
    ['-0.5', -500_000],
  ])('%s is %i ppm, and back', (text, ppm) => {
    expect(parsePpm(text)).toBe(ppm);
    expect(formatPpm(ppm)).toBe(text);
  });

  it.each(['0.0000001', '3%', '', '3000'])('refuses %j', (text) => {
    expect(() => parsePpm(text)).toThrow(malformed);
  });

  it('reads a quote without its trailing zeros, so that equal quotes are equal', () => {
    expect(parseDecimal('0.01190')).toEqual({ unscaled: 119n, scale: 4 });
    expect(parseDecimal('1.10')).toEqual(parseDecimal('1.1'));
    expect(formatDecimal({ unscaled: 119n, scale: 4 })).toBe('0.0119');
  });
});

describe('currencies', () => {
  it('knows the digits of the minor unit', () => {
    expect(['USD', 'JPY', 'KWD', 'CLF', 'UYW', 'INR', 'EUR', 'CLP'].map(currencyExponent)).toEqual([
      2, 0, 3, 4, 4, 2, 2, 0,
    ]);
  });

  it('refuses what is no code', () => {
    for (const code of ['usd', 'XXX', 'XAU', '', 'USDT']) {
      expect(isCurrency(code)).toBe(false);
      expect(() => currencyExponent(code)).toThrow(malformed);
    }
  });

  it('says when code and exponent do not belong together', () => {
    expect(currencyProblem('USD', 2)).toBeNull();
    expect(currencyProblem('JPY', 2)).toBe('currencyExponent of JPY is 0, not 2');
    expect(currencyProblem('ABC', 2)).toContain('ABC');
  });
});
