/**
 * DOMAIN "Bill": "subtotal = segment fees + late adjustments; discount = subtotal × discount rate; tax = (subtotal −
 * discount) × tax rate (rates of the last segment; each rounded); then carried credit, oldest first, down to zero. What
 * remains is the total."
 */
import type { PlanVersion } from './facts.ts';
import { fraction, rounded, times } from './fraction.ts';

export interface Amounts {
  readonly subtotal: bigint;
  readonly discount: bigint;
  readonly tax: bigint;
  readonly beforeCredit: bigint;
}

export function amountsOf(subtotal: bigint, { discountRate, taxRate }: PlanVersion): Amounts {
  const discount = rounded(times(fraction(subtotal), discountRate));
  const tax = rounded(times(fraction(subtotal - discount), taxRate));
  return { subtotal, discount, tax, beforeCredit: subtotal - discount + tax };
}
