/** Random numbers that a seed repeats exactly (mulberry32): small, and good enough to make worlds of. */
export interface Prng {
  /** A whole number from `low` to `high`, both inclusive. */
  whole(low: number, high: number): number;
  /** True in so many of a hundred cases. */
  percent(chance: number): boolean;
  pick<T>(items: readonly T[]): T;
  shuffled<T>(items: readonly T[]): T[];
}

export function createPrng(seed: number): Prng {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const prng: Prng = {
    whole: (low, high) => low + Math.floor(next() * (high - low + 1)),
    percent: (chance) => next() * 100 < chance,
    pick: (items) => items[Math.floor(next() * items.length)]!,
    shuffled: (items) => {
      const left = [...items];
      return items.map(() => left.splice(Math.floor(next() * left.length), 1)[0]!);
    },
  };
  return prng;
}
