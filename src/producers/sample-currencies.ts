/** The currencies sample shops sell in, and what sample amounts look like in them. */
import { currencyExponent } from '../domain/currency.ts';

export interface SampleCurrency {
  readonly code: string;
  /** Digits of the minor unit. */
  readonly exponent: number;
  /** About what one unit is worth in USD. */
  readonly inUsd: number;
  /** Prices are whole multiples of this, less `shortBy`: 19.99, 1 980, 6.250. Minor units. */
  readonly priceStep: number;
  readonly shortBy: number;
  /** Usual sales tax, parts per million. */
  readonly taxPpm: number;
}

export const SAMPLE_CURRENCIES: readonly SampleCurrency[] = [
  { code: 'USD', inUsd: 1, priceStep: 100, shortBy: 1, taxPpm: 0 },
  { code: 'EUR', inUsd: 1.1, priceStep: 50, shortBy: 1, taxPpm: 190_000 },
  { code: 'GBP', inUsd: 1.3, priceStep: 50, shortBy: 1, taxPpm: 200_000 },
  { code: 'JPY', inUsd: 0.0067, priceStep: 10, shortBy: 0, taxPpm: 100_000 },
  { code: 'KWD', inUsd: 3.25, priceStep: 50, shortBy: 0, taxPpm: 0 },
].map((currency) => ({ ...currency, exponent: currencyExponent(currency.code) }));

/** The price nearest to so many USD, in minor units and never zero. */
export function samplePrice({ inUsd, exponent, priceStep, shortBy }: SampleCurrency, usd: number): bigint {
  const steps = Math.max(1, Math.round(((usd / inUsd) * 10 ** exponent) / priceStep));
  return BigInt(steps * priceStep - shortBy);
}

/** An amount of about so many USD with two leading digits, as people choose limits and fees; in minor units. */
export function roundAmount({ inUsd, exponent }: SampleCurrency, usd: number): bigint {
  const minor = Math.max(1, (usd / inUsd) * 10 ** exponent);
  const grain = 10 ** Math.max(0, Math.floor(Math.log10(minor)) - 1);
  return BigInt(Math.round(minor / grain) * grain);
}
