/** The NDJSON form of a PlanAssigned: its terms by type, and the defaults of what is left out. */
import type { FraudProfile, PlanAssigned, PlanTerms, PlanType, Tier } from '../domain/facts.ts';
import { withDefaultTerms } from '../domain/plan.ts';
import {
  currency,
  date,
  instant,
  malformed,
  object,
  oneOf,
  optionalAmount,
  optionalDate,
  optionalList,
  optionalObject,
  optionalOneOf,
  optionalRate,
  optionalText,
  optionalWholeNumber,
  rate,
  text,
  type Fields,
} from './parse-fields.ts';

const PLAN_TYPES = ['revenue_share', 'performance_tier', 'hybrid', 'usage_based'] as const;
const ATTRIBUTION_MODELS = ['cross_extension', 'first_click', 'last_click', 'linear', 'time_decay'] as const;

/** Throws FACT_MALFORMED with the field and what was expected of it. */
export function parsePlan(fields: Fields): PlanAssigned {
  const { code, exponent } = currency(fields, 'currency');
  const planId = text(fields, 'planId');
  return {
    shopId: text(fields, 'shopId'),
    planId,
    name: optionalText(fields, 'name') ?? planId,
    currency: code,
    currencyExponent: exponent,
    effectiveFrom: date(fields, 'effectiveFrom'),
    effectiveUntil: optionalDate(fields, 'effectiveUntil'),
    terms: withDefaultTerms(object(fields, 'terms', terms(exponent)), exponent),
    trialThresholdMinor: optionalAmount(fields, 'trialThreshold', exponent) ?? 0n,
    minimumFeeMinor: optionalAmount(fields, 'minimumFee', exponent),
    maximumFeeMinor: optionalAmount(fields, 'maximumFee', exponent),
    discountRatePpm: optionalRate(fields, 'discountRate') ?? 0,
    taxRatePpm: optionalRate(fields, 'taxRate') ?? 0,
    attributionModel: optionalOneOf(fields, 'attributionModel', ATTRIBUTION_MODELS) ?? 'cross_extension',
    fraudProfile: optionalObject(fields, 'fraudProfile', fraudProfile(exponent)),
    occurredAt: instant(fields, 'occurredAt'),
  };
}

/** What of the terms a plan type is rated by. */
const TERMS_OF: Readonly<Record<PlanType, readonly string[]>> = {
  revenue_share: ['rate'],
  performance_tier: ['tiers'],
  hybrid: ['baseFee', 'rate', 'tiers'],
  usage_based: ['meter', 'unitPrice', 'includedUnits'],
};
const ALL_TERMS = [...new Set(Object.values(TERMS_OF).flat())];

/** Terms of another type are refused, not left out: somebody who writes `tiers` must not be billed by the default rate. */
function terms(exponent: number): (fields: Fields) => PlanTerms {
  const tier = (fields: Fields): Tier => ({
    upToMinor: optionalAmount(fields, 'upTo', exponent),
    ratePpm: rate(fields, 'rate'),
  });
  return (fields) => {
    const type = oneOf(fields, 'type', PLAN_TYPES);
    const stray = ALL_TERMS.find((name) => !TERMS_OF[type].includes(name) && (fields[name] ?? null) !== null);
    if (stray !== undefined) throw malformed(`${stray} has no meaning in a ${type} plan`);
    return {
      type,
      ratePpm: optionalRate(fields, 'rate'),
      tiers: optionalList(fields, 'tiers', tier),
      baseFeeMinor: optionalAmount(fields, 'baseFee', exponent),
      meter: optionalOneOf(fields, 'meter', ['conversions', 'interactions']),
      unitPriceMinor: optionalAmount(fields, 'unitPrice', exponent),
      includedUnits: optionalWholeNumber(fields, 'includedUnits') ?? (type === 'usage_based' ? 0 : null),
    };
  };
}

/** The limits of the fraud checks; what is left out takes the default when a bill is checked. */
function fraudProfile(exponent: number): (fields: Fields) => FraudProfile {
  return (fields) => ({
    maxInteractionsPerHour: optionalWholeNumber(fields, 'maxInteractionsPerHour'),
    maxInteractionsPerDay: optionalWholeNumber(fields, 'maxInteractionsPerDay'),
    maxClicksPerSessionMinute: optionalWholeNumber(fields, 'maxClicksPerSessionMinute'),
    minConversionRatePpm: optionalRate(fields, 'minConversionRate'),
    maxConversionRatePpm: optionalRate(fields, 'maxConversionRate'),
    maxRevenuePerHourMinor: optionalAmount(fields, 'maxRevenuePerHour', exponent),
    maxRevenuePerDayMinor: optionalAmount(fields, 'maxRevenuePerDay', exponent),
    maxInteractionsPerIpHour: optionalWholeNumber(fields, 'maxInteractionsPerIpHour'),
    maxSessionsPerIpHour: optionalWholeNumber(fields, 'maxSessionsPerIpHour'),
  });
}
