import { describe, expect, it } from 'vitest';
import type { PlanAssigned, PlanTerms } from '../../src/domain/facts.ts';
import { planProblem } from '../../src/domain/plan-problem.ts';
import { assigned, defaultTiers, hybrid, revenueShare, tiered, usageBased, usd } from './given.ts';

const problem = (over: Partial<PlanAssigned>) => planProblem(assigned(over));
const termsProblem = (terms: PlanTerms) => problem({ terms });

describe('a well-formed plan', () => {
  it.each([
    revenueShare('0.03'),
    { ...revenueShare('0.03'), ratePpm: null },
    defaultTiers,
    tiered(['5000', '0.03'], [null, '0.02']),
    tiered([null, '0.02']),
    hybrid('29.00', '0.01'),
    { ...hybrid('29.00', '0.01'), ratePpm: null },
    { ...tiered(['5000', '0.03'], [null, '0.02']), type: 'hybrid' as const, baseFeeMinor: 0n },
    usageBased('conversions', '0.50', 100),
    { ...usageBased('interactions', '0.01'), includedUnits: null },
  ])('of terms $type', (terms) => {
    expect(termsProblem(terms)).toBeNull();
  });

  it('may have equal bounds', () => {
    expect(problem({ minimumFeeMinor: 100n, maximumFeeMinor: 100n })).toBeNull();
  });
});

describe('malformed terms', () => {
  it.each<[string, PlanTerms]>([
    ['rate is negative', { ...revenueShare('0'), ratePpm: -1 }],
    ['tiers are empty', { ...defaultTiers, tiers: [] }],
    ['only the last', tiered(['5000', '0.03'])],
    ['only the last', tiered([null, '0.03'], [null, '0.02'])],
    ['ascend', tiered(['5000', '0.03'], ['5000', '0.02'], [null, '0.01'])],
    ['ascend', tiered(['5000', '0.03'], ['4000', '0.02'], [null, '0.01'])],
    ['above zero', tiered(['0', '0.03'], [null, '0.01'])],
    ['negative', tiered(['5', '-0.03'], [null, '0.01'])],
    ['needs a baseFee', { ...hybrid('1', '0.01'), baseFeeMinor: null }],
    ['baseFee is negative', { ...hybrid('1', '0.01'), baseFeeMinor: -1n }],
    ['not both', { ...hybrid('1', '0.01'), tiers: [{ upToMinor: null, ratePpm: 1 }] }],
    ['needs a meter', { ...usageBased('conversions', '0.5'), meter: null }],
    ['needs a meter', { ...usageBased('conversions', '0.5'), meter: 'orders' as 'conversions' }],
    ['needs a unitPrice', { ...usageBased('conversions', '0.5'), unitPriceMinor: null }],
    ['unitPrice is negative', { ...usageBased('conversions', '0.5'), unitPriceMinor: -1n }],
    ['includedUnits', { ...usageBased('conversions', '0.5'), includedUnits: -1 }],
    ['unknown', { ...revenueShare('0.03'), type: 'flat' as 'hybrid' }],
  ])('%s', (message, terms) => {
    expect(termsProblem(terms)).toContain(message);
  });
});

describe('a malformed plan', () => {
  it.each<[string, Partial<PlanAssigned>]>([
    ['minimumFee is above maximumFee', { minimumFeeMinor: usd('2'), maximumFeeMinor: usd('1') }],
    ['minimumFee is negative', { minimumFeeMinor: -1n }],
    ['maximumFee is negative', { maximumFeeMinor: -1n }],
    ['has no trial', { terms: usageBased('conversions', '1'), trialThresholdMinor: 1n }],
    ['trialThreshold is negative', { trialThresholdMinor: -1n }],
    ['discountRate is above 1', { discountRatePpm: 1_000_001 }],
    ['discountRate is negative', { discountRatePpm: -1 }],
    ['taxRate is negative', { taxRatePpm: -1 }],
    ['taxRate is not a whole number', { taxRatePpm: 0.5 }],
    ['effectiveUntil is not after', { effectiveFrom: '2026-10-01', effectiveUntil: '2026-10-01' }],
    ['is no date', { effectiveFrom: '2026-02-30' }],
    ['is no date', { effectiveUntil: 'never' }],
    ['currencyExponent', { currencyExponent: 0 }],
    ['attributionModel', { attributionModel: 'random' as 'linear' }],
    [
      'fraudProfile',
      {
        fraudProfile: {
          maxInteractionsPerHour: -1,
          maxInteractionsPerDay: null,
          maxClicksPerSessionMinute: null,
          minConversionRatePpm: null,
          maxConversionRatePpm: null,
          maxRevenuePerHourMinor: null,
          maxRevenuePerDayMinor: null,
          maxInteractionsPerIpHour: null,
          maxSessionsPerIpHour: null,
        },
      },
    ],
  ])('%s', (message, over) => {
    expect(problem(over)).toContain(message);
  });
});
