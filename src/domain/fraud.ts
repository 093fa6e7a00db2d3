/** The seven fraud checks of a bill (DOMAIN "Fraud"): which state each is in, and how suspicious the bill is for it. */
import type { BillMetrics, FraudAssessment, FraudCheck } from './events.ts';
import { botTraffic, hasBotShare } from './fraud-bots.ts';
import { checkOf, notApplicable, type CheckPart, type FraudCheckCode } from './fraud-check.ts';
import type { FraudLimits } from './fraud-limits.ts';
import { revenueManipulation, suspiciousRevenuePattern, type PeriodRevenue } from './fraud-revenue.ts';
import type { FraudSignals, InteractionSums, PurchaseSignal } from './fraud-signals.ts';
import {
  clickFarm,
  excessiveInteractions,
  rapidFireClicks,
  unusualConversionRate,
  type ReadInteractions,
} from './fraud-traffic.ts';

export interface FraudInput {
  readonly limits: FraudLimits;
  readonly signals: FraudSignals;
  /** Of the period; revenue in the plan's currency. */
  readonly metrics: Pick<BillMetrics, 'attributedMinor' | 'refundedMinor' | 'interactions' | 'conversions'>;
  /** Refunds that took revenue in the period, in order of time, then id. */
  readonly refundIds: readonly string[];
}

/**
 * Evaluates every check, in the order of DOMAIN. Throws when the signals do not belong to the bill, or lack what a check
 * needs: a check never passes because nothing was looked at.
 */
export function assessFraud({ limits, signals, metrics, refundIds }: FraudInput): FraudAssessment {
  const { sums, everInteracted } = signals;
  requireSame('interactions', sums.interactions, metrics.interactions);
  const read: ReadInteractions = () => {
    const { interactions } = signals;
    if (interactions === null) throw new Error('A fraud check needs interactions that were not read.');
    requireSame('interactions', interactions.length, metrics.interactions);
    return interactions;
  };
  const revenue: PeriodRevenue = {
    ...metrics,
    everInteracted,
    refundIds,
    readPurchases: () => purchasesOf(signals, metrics.attributedMinor),
  };
  const ofTraffic = (code: FraudCheckCode, parts: readonly CheckPart[]) =>
    everInteracted ? checkOf(code, parts) : notApplicable(code, parts);
  return assessmentOf([
    ofTraffic('excessive_interactions', excessiveInteractions(limits, sums, read)),
    ofTraffic('rapid_fire_clicks', rapidFireClicks(limits, sums, read)),
    ofTraffic('unusual_conversion_rate', unusualConversionRate(limits, sums, metrics.conversions)),
    checkOf('suspicious_revenue_pattern', suspiciousRevenuePattern(limits, revenue)),
    ofTraffic('bot_traffic', botTraffic(limits, sums, read)),
    ofTraffic('click_farm', clickFarm(limits, sums, read)),
    checkOf('revenue_manipulation', revenueManipulation(limits, revenue)),
  ]);
}

/** Whether any check needs the interactions one by one: sums within all limits settle everything. */
export function needsInteractions(limits: FraudLimits, sums: InteractionSums): boolean {
  return (
    sums.interactions > Math.min(limits.interactionsPerHour, limits.interactionsPerDay) ||
    sums.clicksOfOneSession > limits.clicksPerSessionMinute ||
    sums.interactionsOfOneIp > limits.interactionsPerIpHour ||
    sums.sessionsOfOneIp > limits.sessionsPerIpHour ||
    hasBotShare(sums)
  );
}

/** High and critical hold a bill until a person has looked at it. */
export function isHeldAt({ level }: FraudAssessment): boolean {
  return level === 'high' || level === 'critical';
}

/** Level and confidence by the number of checks that triggered. */
function assessmentOf(checks: readonly FraudCheck[]): FraudAssessment {
  const triggered = checks.filter(({ state }) => state === 'triggered').length;
  return {
    level: (['none', 'low', 'medium', 'high'] as const)[triggered] ?? 'critical',
    confidencePpm: triggered === 0 ? 100_000 : Math.min(900_000, 300_000 + 200_000 * triggered),
    checks,
  };
}

function purchasesOf({ purchases }: FraudSignals, attributedMinor: bigint): readonly PurchaseSignal[] {
  if (purchases === null) throw new Error('A fraud check needs purchases that were not read.');
  const sum = purchases.reduce((so, one) => so + one.attributedMinor, 0n);
  requireSame('attributed revenue', sum, attributedMinor);
  return purchases;
}

function requireSame(what: string, found: number | bigint, billed: number | bigint): void {
  if (found !== billed) throw new Error(`The fraud checks see ${found} ${what}, the bill ${billed}.`);
}
