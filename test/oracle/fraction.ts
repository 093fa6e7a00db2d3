/**
 * Exact fractions. DOMAIN: "Arithmetic is exact (rational) until a line is rounded, once, half away from zero, so that a
 * charge and its reversal cancel."
 */
export interface Fraction {
  readonly over: bigint;
  /** Always above zero. */
  readonly under: bigint;
}

export function fraction(over: bigint | number, under: bigint | number = 1n): Fraction {
  const [top, bottom] = [BigInt(over), BigInt(under)];
  if (bottom === 0n) throw new Error('a fraction under zero');
  return bottom > 0n ? { over: top, under: bottom } : { over: -top, under: -bottom };
}

export const plus = (a: Fraction, b: Fraction) => fraction(a.over * b.under + b.over * a.under, a.under * b.under);
export const minus = (a: Fraction, b: Fraction) => plus(a, fraction(-b.over, b.under));
export const times = (a: Fraction, b: Fraction) => fraction(a.over * b.over, a.under * b.under);

/** Below, at or above zero as a is below, at or above b. */
export function compare(a: Fraction, b: Fraction): number {
  const difference = minus(a, b).over;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export const isAbove = (a: Fraction, b: Fraction) => compare(a, b) > 0;
export const least = (a: Fraction, b: Fraction) => (compare(a, b) <= 0 ? a : b);
export const greatest = (a: Fraction, b: Fraction) => (compare(a, b) >= 0 ? a : b);

/** Half away from zero: 0.5 becomes 1, −0.5 becomes −1. */
export function rounded({ over, under }: Fraction): bigint {
  const size = over < 0n ? -over : over;
  const whole = (2n * size + under) / (2n * under);
  return over < 0n ? -whole : whole;
}

/** Towards zero; only used of what is never negative. */
export const roundedDown = ({ over, under }: Fraction): bigint => over / under;

/** "0.025" → 25/1000. */
export function fromDecimal(text: string): Fraction {
  const [whole = '', digits = ''] = text.split('.');
  return fraction(BigInt(whole + digits), 10n ** BigInt(digits.length));
}
