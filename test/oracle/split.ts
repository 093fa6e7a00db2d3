/**
 * DOMAIN: "Splits use largest remainder (ties: first in the stated order), so parts always add up to the whole."
 */
import { inByteOrder } from './bytes.ts';

/**
 * Splits an amount in proportion to weights, none of them negative. Everybody gets their exact part without what is
 * behind the point; the units that are left go, one each, to those who lost most, of equals to the first.
 */
export function split(amount: bigint, weights: readonly bigint[]): bigint[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0n);
  if (all === 0n) throw new Error('nothing to split by');
  const size = amount < 0n ? -amount : amount;
  const parts = weights.map((weight) => (size * weight) / all);
  let left = size - parts.reduce((sum, part) => sum + part, 0n);
  const byLoss = weights
    .map((weight, place) => ({ place, lost: (size * weight) % all }))
    .sort((a, b) => (a.lost === b.lost ? a.place - b.place : a.lost > b.lost ? -1 : 1));
  for (const { place } of byLoss) {
    if (left === 0n) break;
    parts[place]! += 1n;
    left -= 1n;
  }
  return parts.map((part) => (amount < 0n ? -part : part));
}

/** Splits over channels; the stated order of channels is byte order. Without any weight there are no parts. */
export function splitOverChannels(amount: bigint, weights: ReadonlyMap<string, bigint>): Map<string, bigint> {
  const ordered = inByteOrder(weights);
  if (ordered.every(([, weight]) => weight === 0n)) return new Map();
  const parts = split(
    amount,
    ordered.map(([, weight]) => weight),
  );
  return new Map(ordered.map(([channel], place) => [channel, parts[place]!]));
}
