/** Whole numbers and fractions, as much as checking a bill needs. */

export interface Fraction {
  readonly over: bigint;
  /** Above zero. */
  readonly under: bigint;
}

export const whole = (over: bigint): Fraction => ({ over, under: 1n });
export const part = (over: bigint, under: bigint): Fraction => ({ over, under });
export const sum = (a: Fraction, b: Fraction): Fraction => part(a.over * b.under + b.over * a.under, a.under * b.under);
export const product = (a: Fraction, b: Fraction): Fraction => part(a.over * b.over, a.under * b.under);
export const isLess = (a: Fraction, b: Fraction): boolean => a.over * b.under < b.over * a.under;
export const difference = (a: Fraction, b: Fraction): Fraction => sum(a, part(-b.over, b.under));

/** To the nearest, half away from zero. */
export function rounded({ over, under }: Fraction): bigint {
  const size = over < 0n ? -over : over;
  const nearest = (2n * size + under) / (2n * under);
  return over < 0n ? -nearest : nearest;
}

export const total = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);

/** Parts of `amount`, not negative, that add up to it: by weight, what is left over to the largest remainders. */
export function shares(amount: bigint, weights: readonly bigint[]): bigint[] {
  const all = total(weights);
  if (all === 0n) return weights.map(() => 0n);
  const floors = weights.map((weight) => (amount * weight) / all);
  const missing = Number(amount - total(floors));
  const order = weights.map((weight, at) => ({ at, rest: (amount * weight) % all }));
  order.sort((a, b) => (a.rest === b.rest ? a.at - b.at : a.rest > b.rest ? -1 : 1));
  const lucky = new Set(order.slice(0, missing).map(({ at }) => at));
  return floors.map((floor, at) => (lucky.has(at) ? floor + 1n : floor));
}
