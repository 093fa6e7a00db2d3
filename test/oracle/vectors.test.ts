import { expect, test } from 'vitest';
import { fraction, fromDecimal, rounded } from './fraction.ts';
import { billOf, plan, purchase, shop } from './small-world.ts';
import { split } from './split.ts';

test.each([
  ['3000.00', 90_00n],
  ['5000.00', 150_00n],
  ['10000.00', 275_00n],
  ['25000.00', 650_00n],
  ['50000.00', 1150_00n],
])('the default bands ask %s for %s, as DOMAIN says', (revenue, fee) => {
  const facts = [shop(), plan({ terms: { type: 'performance_tier' } }), purchase(revenue)];
  expect(billOf(facts).total).toBe(fee);
});

test('a charge and its reversal round to the same size', () => {
  expect([rounded(fraction(5, 2)), rounded(fraction(-5, 2))]).toEqual([3n, -3n]);
  expect([rounded(fraction(249, 100)), rounded(fraction(-249, 100))]).toEqual([2n, -2n]);
});

test('decimals are exact', () => {
  expect(fromDecimal('0.000000000000000001')).toEqual(fraction(1n, 10n ** 18n));
});

test('what is left of a split goes to the largest remainder, of equals to the first', () => {
  expect(split(10n, [1n, 1n, 1n])).toEqual([4n, 3n, 3n]);
  expect(split(10n, [1n, 2n, 3n])).toEqual([2n, 3n, 5n]);
  expect(split(-10n, [1n, 1n, 1n])).toEqual([-4n, -3n, -3n]);
  expect(split(1n, [1n, 3n, 3n])).toEqual([0n, 1n, 0n]);
});
