/**
 * Amounts in minor units and rates in parts per million, and the decimal text in which people and files write them.
 * Exact fractions are in ratio.ts, splits in distribute.ts.
 */
import { RuleError } from './rule-error.ts';

const MAX_MINOR = 2n ** 63n - 1n;
const MIN_MINOR = -(2n ** 63n);

const PPM_DIGITS = 6;
/** Rates are 32 bit integers in the schemas. */
const MAX_PPM = 2n ** 31n - 1n;
/** More digits than any 64 bit number has; longer text need not be turned into a number to be refused. */
const MAX_DIGITS = 20;

/** The amount itself when 64 bits hold it; throws AMOUNT_OVERFLOW otherwise. `what` names it for the message. */
export function checkedMinor(amount: bigint, what: string): bigint {
  if (amount < MIN_MINOR || amount > MAX_MINOR) {
    throw new RuleError(
      'AMOUNT_OVERFLOW',
      `${what} leaves the range of 64 bit minor units: check the facts it comes from.`,
    );
  }
  return amount;
}

/** A decimal number: unscaled / 10^scale, without trailing zeros in the fraction. */
export interface Decimal {
  readonly unscaled: bigint;
  readonly scale: number;
}

/** Reads `-12.30`. Throws FACT_MALFORMED for anything else than digits with at most one dot between digits. */
export function parseDecimal(text: string): Decimal {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) {
    throw new RuleError(
      'FACT_MALFORMED',
      `${quoted(text)} is no decimal number: write it like 12.30, digits and a dot only.`,
    );
  }
  const whole = withoutLeadingZeros(match[2]!);
  const fraction = withoutTrailingZeros(match[3] ?? '');
  if (fraction.length > MAX_DIGITS) {
    throw new RuleError('FACT_MALFORMED', `${quoted(text)} has too many digits after the dot.`);
  }
  if (whole.length > MAX_DIGITS) {
    throw new RuleError('AMOUNT_OVERFLOW', `${quoted(text)} leaves the range of 64 bit numbers.`);
  }
  const magnitude = BigInt(whole + fraction);
  return { unscaled: match[1] === '-' ? -magnitude : magnitude, scale: fraction.length };
}

/**
 * Minor units of an amount written in major units: `parseMinor('12.30', 2)` is 1230n. Throws FACT_MALFORMED for text
 * that is no number or has a fraction finer than the currency's exponent, AMOUNT_OVERFLOW beyond 64 bits.
 */
export function parseMinor(text: string, exponent: number): bigint {
  const { unscaled, scale } = parseDecimal(text);
  if (scale > exponent) {
    throw new RuleError(
      'FACT_MALFORMED',
      `${quoted(text)} is finer than the ${exponent} decimal digits of its currency.`,
    );
  }
  return checkedMinor(unscaled * 10n ** BigInt(exponent - scale), `The amount ${quoted(text)}`);
}

/** An amount in major units with all digits of its currency: `-12.30`, `500` for yen. */
export function formatMinor(amount: bigint, exponent: number): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(exponent + 1, '0');
  const sign = amount < 0n ? '-' : '';
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** Parts per million of a rate written as a decimal: `0.025` is 25 000. Throws FACT_MALFORMED when it is none or finer. */
export function parsePpm(text: string): number {
  const { unscaled, scale } = parseDecimal(text);
  if (scale > PPM_DIGITS) {
    throw new RuleError('FACT_MALFORMED', `The rate ${quoted(text)} is finer than parts per million.`);
  }
  const ppm = unscaled * 10n ** BigInt(PPM_DIGITS - scale);
  if (ppm > MAX_PPM || ppm < -MAX_PPM) {
    throw new RuleError('FACT_MALFORMED', `The rate ${quoted(text)} is out of range: 3 % is written 0.03.`);
  }
  return Number(ppm);
}

/** A rate as the shortest decimal: 25 000 ppm is `0.025`. */
export function formatPpm(ppm: number): string {
  const digits = formatMinor(BigInt(ppm), PPM_DIGITS);
  return digits.replace(/\.?0+$/, '');
}

/** A decimal number as text: the reverse of parseDecimal. */
export function formatDecimal({ unscaled, scale }: Decimal): string {
  return formatMinor(unscaled, scale);
}

function withoutLeadingZeros(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '');
}

function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end--;
  return digits.slice(0, end);
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
