/** DOMAIN: "minor units with an ISO 4217 currency and its exponent (USD 2, JPY 0, KWD 3)". */
import { fraction, fromDecimal, times } from './fraction.ts';

const EXPONENTS: Readonly<Record<string, number>> = { USD: 2, EUR: 2, GBP: 2, JPY: 0, KWD: 3 };

/** Only the currencies of the oracle's worlds: an unknown one is a mistake in a test, not a guess of 2. */
export function exponentOf(currency: string): number {
  const exponent = EXPONENTS[currency];
  if (exponent === undefined) throw new Error(`the oracle does not know the currency ${currency}`);
  return exponent;
}

/**
 * "120.50" USD → 12050. DOMAIN: "a fraction finer than the currency's exponent, is an error and not a rounding".
 */
export function toMinor(amount: string, currency: string): bigint {
  const { over, under } = times(fromDecimal(amount), fraction(10n ** BigInt(exponentOf(currency))));
  if (over % under !== 0n) throw new Error(`${amount} is finer than ${currency}`);
  return over / under;
}
