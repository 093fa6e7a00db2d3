/** The currencies of ISO 4217 and how many digits their minor unit has. Funds and metals without a minor unit are out. */
import { RuleError } from './rule-error.ts';

const CODES_BY_EXPONENT: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP
    COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD
    KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK
    NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
    TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG`,
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

/** Withdrawn not long ago: facts and plans of earlier periods still name them. */
const WITHDRAWN = 'ANG BGN SLL ZWL';

const EXPONENTS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(CODES_BY_EXPONENT).flatMap(([exponent, codes]) =>
    codes.split(/\s+/).map((code): [string, number] => [code, Number(exponent)]),
  ),
  ...WITHDRAWN.split(' ').map((code): [string, number] => [code, 2]),
]);

/** Whether `code` is a currency we know. */
export function isCurrency(code: string): boolean {
  return EXPONENTS.has(code);
}

/** Digits of the currency's minor unit: USD 2, JPY 0, KWD 3. Throws FACT_MALFORMED for an unknown code. */
export function currencyExponent(code: string): number {
  const exponent = EXPONENTS.get(code);
  if (exponent === undefined) {
    throw new RuleError('FACT_MALFORMED', `"${code}" is no ISO 4217 currency code: write it like USD, in capitals.`);
  }
  return exponent;
}

/** Why a currency and the exponent stated beside it cannot stand together, or null. */
export function currencyProblem(code: string, exponent: number): string | null {
  const expected = EXPONENTS.get(code);
  if (expected === undefined) return `currency "${code}" is no ISO 4217 code`;
  if (expected !== exponent) return `currencyExponent of ${code} is ${expected}, not ${exponent}`;
  return null;
}
