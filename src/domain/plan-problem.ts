/** What makes a plan version malformed: it could not be rated, or would be rated in a way nobody meant. */
import { isDate } from './calendar.ts';
import { currencyProblem } from './currency.ts';
import type { AttributionModel, Meter, PlanAssigned, PlanTerms, Tier } from './facts.ts';

const MILLION = 1_000_000;
const METERS: readonly Meter[] = ['conversions', 'interactions'];
const ATTRIBUTION_MODELS: readonly AttributionModel[] = [
  'cross_extension',
  'first_click',
  'last_click',
  'linear',
  'time_decay',
];

/** The first rule a plan version breaks, in words for people; null when it breaks none. */
export function planProblem(plan: PlanAssigned): string | null {
  return (
    currencyProblem(plan.currency, plan.currencyExponent) ??
    datesProblem(plan) ??
    termsProblem(plan.terms) ??
    trialProblem(plan) ??
    boundsProblem(plan) ??
    rateProblem('discountRate', plan.discountRatePpm) ??
    (plan.discountRatePpm > MILLION ? 'discountRate is above 1' : null) ??
    rateProblem('taxRate', plan.taxRatePpm) ??
    (ATTRIBUTION_MODELS.includes(plan.attributionModel)
      ? null
      : `attributionModel ${JSON.stringify(plan.attributionModel)} is none of ${ATTRIBUTION_MODELS.join(', ')}`) ??
    fraudProfileProblem(plan)
  );
}

function datesProblem({ effectiveFrom, effectiveUntil }: PlanAssigned): string | null {
  if (!isDate(effectiveFrom)) return `effectiveFrom ${JSON.stringify(effectiveFrom)} is no date`;
  if (effectiveUntil === null) return null;
  if (!isDate(effectiveUntil)) return `effectiveUntil ${JSON.stringify(effectiveUntil)} is no date`;
  return effectiveUntil <= effectiveFrom ? 'effectiveUntil is not after effectiveFrom' : null;
}

function trialProblem({ terms, trialThresholdMinor }: PlanAssigned): string | null {
  if (trialThresholdMinor < 0n) return 'trialThreshold is negative';
  if (trialThresholdMinor > 0n && terms.type === 'usage_based') return 'a usage_based plan has no trial';
  return null;
}

function boundsProblem({ minimumFeeMinor: minimum, maximumFeeMinor: maximum }: PlanAssigned): string | null {
  if (minimum !== null && minimum < 0n) return 'minimumFee is negative';
  if (maximum !== null && maximum < 0n) return 'maximumFee is negative';
  return minimum !== null && maximum !== null && minimum > maximum ? 'minimumFee is above maximumFee' : null;
}

function termsProblem(terms: PlanTerms): string | null {
  switch (terms.type) {
    case 'revenue_share':
      return optionalRateProblem(terms.ratePpm);
    case 'performance_tier':
      return tiersProblem(terms.tiers);
    case 'hybrid':
      if (terms.baseFeeMinor === null) return 'a hybrid plan needs a baseFee';
      if (terms.baseFeeMinor < 0n) return 'baseFee is negative';
      if (terms.ratePpm !== null && terms.tiers !== null) return 'a hybrid plan has a rate or tiers, not both';
      return optionalRateProblem(terms.ratePpm) ?? tiersProblem(terms.tiers);
    case 'usage_based':
      return usageTermsProblem(terms);
    default:
      return `plan type ${JSON.stringify(terms.type satisfies never)} is unknown`;
  }
}

function usageTermsProblem({ meter, unitPriceMinor, includedUnits }: PlanTerms): string | null {
  if (meter === null || !METERS.includes(meter)) return `a usage_based plan needs a meter: ${METERS.join(' or ')}`;
  if (unitPriceMinor === null) return 'a usage_based plan needs a unitPrice';
  if (unitPriceMinor < 0n) return 'unitPrice is negative';
  return countProblem('includedUnits', includedUnits);
}

/** Null tiers stand for the default ones. */
function tiersProblem(tiers: readonly Tier[] | null): string | null {
  if (tiers === null) return null;
  if (tiers.length === 0) return 'tiers are empty';
  let below = 0n;
  for (const [index, { upToMinor, ratePpm }] of tiers.entries()) {
    const problem = rateProblem('a tier rate', ratePpm);
    if (problem !== null) return problem;
    const last = index === tiers.length - 1;
    if (last !== (upToMinor === null)) return 'the last tier, and only the last, has no upTo';
    if (upToMinor === null) continue;
    if (upToMinor <= below) return 'the upTo of tiers must be above zero and ascend';
    below = upToMinor;
  }
  return null;
}

function fraudProfileProblem({ fraudProfile }: PlanAssigned): string | null {
  for (const [name, limit] of Object.entries(fraudProfile ?? {}) as [string, bigint | number | null][]) {
    if (limit !== null && limit < 0) return `${name} of the fraudProfile is negative`;
  }
  return null;
}

function optionalRateProblem(ratePpm: number | null): string | null {
  return ratePpm === null ? null : rateProblem('rate', ratePpm);
}

function rateProblem(name: string, ratePpm: number): string | null {
  if (!Number.isInteger(ratePpm)) return `${name} is not a whole number of parts per million`;
  return ratePpm < 0 ? `${name} is negative` : null;
}

function countProblem(name: string, count: number | null): string | null {
  if (count === null) return null;
  return Number.isInteger(count) && count >= 0 ? null : `${name} is not a whole number from 0`;
}
