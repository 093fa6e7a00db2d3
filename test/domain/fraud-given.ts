/** From facts to the fraud assessment of the shop s1, with the signals that its loader would read. */
import type { FraudAssessment, Period } from '../../src/domain/events.ts';
import type {
  FraudProfile,
  FxRateQuoted,
  InteractionRecorded,
  PlanAssigned,
  PurchaseAttributed,
} from '../../src/domain/facts.ts';
import { assessFraud } from '../../src/domain/fraud.ts';
import { fraudLimits } from '../../src/domain/fraud-limits.ts';
import { needsPurchases } from '../../src/domain/fraud-revenue.ts';
import type { FraudSignals, PurchaseSignal } from '../../src/domain/fraud-signals.ts';
import { needsBusiestHours, needsInteractions } from '../../src/domain/fraud-traffic.ts';
import { fraudFacts } from './fraud-facts.ts';
import { assigned, OCTOBER } from './given.ts';

export interface FraudWorld {
  /** Of any time; those outside the period count for "ever" and for the 30 days before a purchase. */
  readonly interactions?: readonly InteractionRecorded[];
  /** In the currency of the plan. */
  readonly purchases?: readonly PurchaseAttributed[];
  readonly refundedMinor?: bigint;
  readonly refundIds?: readonly string[];
  readonly plan?: Partial<PlanAssigned>;
  readonly profile?: Partial<FraudProfile>;
  readonly usdQuote?: FxRateQuoted | null | undefined;
  readonly period?: Period;
}

export const NO_LIMITS: FraudProfile = {
  maxInteractionsPerHour: null,
  maxInteractionsPerDay: null,
  maxClicksPerSessionMinute: null,
  minConversionRatePpm: null,
  maxConversionRatePpm: null,
  maxRevenuePerHourMinor: null,
  maxRevenuePerDayMinor: null,
  maxInteractionsPerIpHour: null,
  maxSessionsPerIpHour: null,
};

/** @param read `all` there is, or only what the sums call for, as the loader does */
export function assess(world: FraudWorld, read: 'all' | 'needed' = 'needed'): FraudAssessment {
  const { interactions = [], purchases = [], period = OCTOBER, usdQuote = null, refundedMinor = 0n } = world;
  const plan = assigned({ ...world.plan, fraudProfile: { ...NO_LIMITS, ...world.profile } });
  const limits = fraudLimits(plan, usdQuote);
  const all = fraudFacts({ interactions, purchases, period, usdQuote });
  const bought = all.purchases.map((one): PurchaseSignal => ({ ...one, attributedMinor: one.attributedMinor! }));
  const attributedMinor = bought.reduce((sum, one) => sum + one.attributedMinor, 0n);
  const conversions = bought.filter((one) => one.attributedMinor > 0n).length;
  const metrics = { attributedMinor, refundedMinor, interactions: all.sums.interactions, conversions };
  const busiest = needsBusiestHours(limits, all.sums) ? all.busiest : null;
  const needed: Partial<FraudSignals> = {
    busiest,
    interactions: needsInteractions(limits, busiest) ? all.interactions : null,
    purchases: needsPurchases(limits, { attributedMinor, everInteracted: all.everInteracted }) ? bought : null,
  };
  const signals: FraudSignals = { ...all, purchases: bought, ...(read === 'needed' ? needed : {}) };
  return assessFraud({ limits, signals, metrics, refundIds: world.refundIds ?? [] });
}
