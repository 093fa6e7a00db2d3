/** Splits of whole amounts that lose nothing. */

/**
 * Splits `total` in proportion to `weights` (none negative, not all zero) by largest remainder: the parts are integers
 * and always add up to the total. Of equal remainders the first in the order given goes first. A negative total is
 * split as its positive is. With no weight at all only zero can be split.
 */
export function distribute(total: bigint, weights: readonly bigint[]): bigint[] {
  if (weights.some((weight) => weight < 0n)) throw new RangeError('A weight is not negative.');
  const sum = weights.reduce((a, b) => a + b, 0n);
  if (sum === 0n) {
    if (total !== 0n) throw new RangeError('An amount cannot be split over nothing.');
    return weights.map(() => 0n);
  }
  const magnitude = total < 0n ? -total : total;
  const parts = weights.map((weight) => (magnitude * weight) / sum);
  let left = magnitude - parts.reduce((a, b) => a + b, 0n);
  const byRemainder = weights
    .map((weight, index) => ({ index, remainder: (magnitude * weight) % sum }))
    .sort((a, b) => (a.remainder > b.remainder ? -1 : a.remainder < b.remainder ? 1 : a.index - b.index));
  for (const { index } of byRemainder) {
    if (left === 0n) break;
    parts[index]! += 1n;
    left -= 1n;
  }
  return total < 0n ? parts.map((part) => -part) : parts;
}
