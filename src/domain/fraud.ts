/** The seven fraud checks of a bill (DOMAIN "Fraud"): which state each is in, and how suspicious the bill is for it. */
import type { BillMetrics, FraudAssessment, FraudCheck } from './events.ts';
import { selfDeclaredBots, shortSessions } from './fraud-bots.ts';
import { checkOf, notApplicable, type CheckPart, type FraudCheckCode } from './fraud-check.ts';
import { unusualConversionRate } from './fraud-conversion.ts';
import type { FraudLimits } from './fraud-limits.ts';
import { revenueManipulation, suspiciousRevenuePattern, type PeriodRevenue } from './fraud-revenue.ts';
import type { FraudSignals, PurchaseSignal } from './fraud-signals.ts';
import {
  clickFarm,
  excessiveInteractions,
  interactionsOfOneIp,
  rapidFireClicks,
  type Traffic,
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
  const traffic: Traffic = {
    sums,
    readBusiest: () => wasRead(signals.busiest, 'sums of hours'),
    readInteractions: () => {
      const interactions = wasRead(signals.interactions, 'interactions');
      requireSame('interactions', interactions.length, metrics.interactions);
      return interactions;
    },
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
    ofTraffic('excessive_interactions', excessiveInteractions(limits, traffic)),
    ofTraffic('rapid_fire_clicks', rapidFireClicks(limits, traffic)),
    ofTraffic('unusual_conversion_rate', unusualConversionRate(limits, metrics)),
    checkOf('suspicious_revenue_pattern', suspiciousRevenuePattern(limits, revenue)),
    ofTraffic('bot_traffic', [interactionsOfOneIp(limits, traffic), shortSessions(sums), selfDeclaredBots(sums)]),
    ofTraffic('click_farm', clickFarm(limits, traffic)),
    checkOf('revenue_manipulation', revenueManipulation(limits, revenue)),
  ]);
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
  const read = wasRead(purchases, 'purchases');
  const sum = read.reduce((so, one) => so + one.attributedMinor, 0n);
  requireSame('attributed revenue', sum, attributedMinor);
  return read;
}

function wasRead<T>(signals: T | null, what: string): T {
  if (signals === null) throw new Error(`A fraud check needs ${what} that were not read.`);
  return signals;
}

function requireSame(what: string, found: number | bigint, billed: number | bigint): void {
  if (found !== billed) throw new Error(`The fraud checks see ${found} ${what}, the bill ${billed}.`);
}
