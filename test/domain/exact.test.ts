import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes } from '../../src/domain/byte-order.ts';
import { distribute } from '../../src/domain/distribute.ts';
import { compareRatios, minus, plus, ratio, roundHalfAwayFromZero, times } from '../../src/domain/ratio.ts';
import { sum } from './given.ts';

describe('rounding', () => {
  it.each([
    [5n, 2n, 3n],
    [-5n, 2n, -3n],
    [1n, 2n, 1n],
    [-1n, 2n, -1n],
    [7n, 3n, 2n],
    [-7n, 3n, -2n],
    [8n, 3n, 3n],
    [499_999n, 1_000_000n, 0n],
    [5n, -2n, -3n],
    [0n, 7n, 0n],
  ])('%s / %s is %s', (numerator, denominator, rounded) => {
    expect(roundHalfAwayFromZero(ratio(numerator, denominator))).toBe(rounded);
  });

  it('lets a charge and its reversal cancel', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt({ min: 1n }), (numerator, denominator) => {
        const charge = roundHalfAwayFromZero(ratio(numerator, denominator));
        expect(charge + roundHalfAwayFromZero(ratio(-numerator, denominator))).toBe(0n);
      }),
    );
  });
});

describe('fractions', () => {
  it('stay in lowest terms with a positive denominator', () => {
    expect(ratio(6n, -4n)).toEqual({ numerator: -3n, denominator: 2n });
    expect(() => ratio(1n, 0n)).toThrow(RangeError);
  });

  it('add, subtract, multiply and compare exactly', () => {
    expect(plus(ratio(1n, 3n), ratio(1n, 6n))).toEqual(ratio(1n, 2n));
    expect(minus(ratio(1n, 3n), ratio(1n, 2n))).toEqual(ratio(-1n, 6n));
    expect(times(ratio(2n, 3n), ratio(3n, 4n))).toEqual(ratio(1n, 2n));
    expect(compareRatios(ratio(1n, 3n), ratio(333_333n, 1_000_000n))).toBeGreaterThan(0);
  });
});

describe('splits', () => {
  it.each([
    [100n, [1n, 1n, 1n], [34n, 33n, 33n]],
    [-100n, [1n, 1n, 1n], [-34n, -33n, -33n]],
    [2n, [1n, 1n, 1n], [1n, 1n, 0n]],
    [10n, [0n, 3n, 0n], [0n, 10n, 0n]],
    [7n, [5n, 3n], [4n, 3n]],
    [0n, [0n, 0n], [0n, 0n]],
    [0n, [], []],
  ])('%s by %s', (total, weights, parts) => {
    expect(distribute(total, weights)).toEqual(parts);
  });

  it('refuses to lose an amount', () => {
    expect(() => distribute(1n, [0n])).toThrow(RangeError);
    expect(() => distribute(1n, [])).toThrow(RangeError);
    expect(() => distribute(1n, [-1n, 2n])).toThrow(RangeError);
  });

  it('add up, mirror, and stay within one unit of the exact share', () => {
    fc.assert(
      fc.property(
        fc.bigInt(-(10n ** 18n), 10n ** 18n),
        fc.array(fc.bigInt(0n, 10n ** 15n), { minLength: 1, maxLength: 9 }).filter((weights) => sum(weights) > 0n),
        (total, weights) => {
          const parts = distribute(total, weights);
          expect(sum(parts)).toBe(total);
          expect(distribute(-total, weights).map((part) => -part)).toEqual(parts);
          for (const [index, part] of parts.entries()) {
            const off = part * sum(weights) - total * weights[index]!;
            expect(off < sum(weights) && -off < sum(weights)).toBe(true);
          }
        },
      ),
    );
  });
});

describe('byte order', () => {
  it('is that of UTF-8, also beyond the basic plane', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '\u007f', 'ä', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{1F600}'),
    });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 1000 },
    );
    expect(compareBytes('\u{1F600}', '\uFFFD')).toBeGreaterThan(0);
  });
});
