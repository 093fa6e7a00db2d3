/** The limits of the fraud checks: those of the plan's fraudProfile, else the defaults (DOMAIN "Fraud"). */
import type { FxRateQuoted, PlanAssigned } from './facts.ts';
import { ratio, type Ratio } from './ratio.ts';

/** An amount in minor units of the plan's currency, exact; null where it is set in USD and there is no quote to USD. */
export interface MoneyLimit {
  readonly limit: Ratio | null;
  /** The USD it was converted from, in dollars; null where it is set in the plan's own currency. */
  readonly fromUsd: bigint | null;
}

export interface FraudLimits {
  readonly currency: string;
  readonly currencyExponent: number;
  readonly interactionsPerHour: number;
  readonly interactionsPerDay: number;
  readonly clicksPerSessionMinute: number;
  readonly minConversionRatePpm: number;
  readonly maxConversionRatePpm: number;
  readonly revenuePerHour: MoneyLimit;
  readonly revenuePerDay: MoneyLimit;
  readonly interactionsPerIpHour: number;
  readonly sessionsPerIpHour: number;
  /** Attributed revenue from which `revenue_manipulation` judges. No profile changes it. */
  readonly manipulatedRevenue: MoneyLimit;
}

const DEFAULTS = {
  interactionsPerHour: 1_000,
  interactionsPerDay: 10_000,
  clicksPerSessionMinute: 50,
  minConversionRatePpm: 1_000,
  maxConversionRatePpm: 500_000,
  revenuePerHourUsd: 10_000n,
  revenuePerDayUsd: 100_000n,
  interactionsPerIpHour: 100,
  sessionsPerIpHour: 50,
  manipulatedRevenueUsd: 1_000n,
} as const;

/**
 * The limits under a plan version: that of the period's last segment, as its rates for discount and tax.
 *
 * @param usdQuote what one unit of the plan's currency is worth in USD; not looked at where the plan is in USD
 */
export function fraudLimits(
  plan: Pick<PlanAssigned, 'currency' | 'currencyExponent' | 'fraudProfile'>,
  usdQuote: Pick<FxRateQuoted, 'rateUnscaled' | 'rateScale'> | null,
): FraudLimits {
  const { currency, currencyExponent, fraudProfile: profile } = plan;
  const own = (minor: bigint): MoneyLimit => ({ limit: ratio(minor), fromUsd: null });
  const fromUsd = (dollars: bigint): MoneyLimit => {
    const units = dollars * 10n ** BigInt(currencyExponent);
    if (currency === 'USD') return own(units);
    const limit = usdQuote && ratio(units * 10n ** BigInt(usdQuote.rateScale), usdQuote.rateUnscaled);
    return { limit, fromUsd: dollars };
  };
  const money = (minor: bigint | null, dollars: bigint) => (minor === null ? fromUsd(dollars) : own(minor));
  return {
    currency,
    currencyExponent,
    interactionsPerHour: profile?.maxInteractionsPerHour ?? DEFAULTS.interactionsPerHour,
    interactionsPerDay: profile?.maxInteractionsPerDay ?? DEFAULTS.interactionsPerDay,
    clicksPerSessionMinute: profile?.maxClicksPerSessionMinute ?? DEFAULTS.clicksPerSessionMinute,
    minConversionRatePpm: profile?.minConversionRatePpm ?? DEFAULTS.minConversionRatePpm,
    maxConversionRatePpm: profile?.maxConversionRatePpm ?? DEFAULTS.maxConversionRatePpm,
    revenuePerHour: money(profile?.maxRevenuePerHourMinor ?? null, DEFAULTS.revenuePerHourUsd),
    revenuePerDay: money(profile?.maxRevenuePerDayMinor ?? null, DEFAULTS.revenuePerDayUsd),
    interactionsPerIpHour: profile?.maxInteractionsPerIpHour ?? DEFAULTS.interactionsPerIpHour,
    sessionsPerIpHour: profile?.maxSessionsPerIpHour ?? DEFAULTS.sessionsPerIpHour,
    manipulatedRevenue: fromUsd(DEFAULTS.manipulatedRevenueUsd),
  };
}
