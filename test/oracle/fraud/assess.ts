/**
 * DOMAIN "Fraud": "Every check is evaluated for every bill over the period". "Level by number triggered: 0 none, 1 low,
 * 2 medium, 3 high, 4 and more critical. Confidence: 0.1 when none, else min(0.9, 0.3 + 0.2 n)."
 */
import { botTraffic } from './bot-traffic.ts';
import { needingInteractions, type Check, type Signals } from './check.ts';
import { clickFarm } from './click-farm.ts';
import { excessiveInteractions } from './excessive-interactions.ts';
import { rapidFireClicks } from './rapid-fire-clicks.ts';
import { revenueManipulation } from './revenue-manipulation.ts';
import { suspiciousRevenuePattern } from './suspicious-revenue-pattern.ts';
import { unusualConversionRate } from './unusual-conversion-rate.ts';

export type FraudLevel = 'none' | 'low' | 'medium' | 'high' | 'critical';

export interface Assessment {
  readonly checks: readonly Check[];
  readonly level: FraudLevel;
  /** 0.1 is 1. */
  readonly confidenceTenths: number;
  /** "Low and above publish FraudFlagged." */
  readonly isFlagged: boolean;
  /** "High and critical hold a bill with a positive total". */
  readonly holds: boolean;
}

const CHECKS: readonly ((signals: Signals) => Check)[] = [
  needingInteractions(excessiveInteractions),
  needingInteractions(rapidFireClicks),
  needingInteractions(unusualConversionRate),
  suspiciousRevenuePattern,
  needingInteractions(botTraffic),
  needingInteractions(clickFarm),
  revenueManipulation,
];

export function assess(signals: Signals): Assessment {
  const checks = CHECKS.map((check) => check(signals));
  const triggered = checks.filter(({ state }) => state === 'triggered').length;
  const level = LEVELS[Math.min(triggered, 4)]!;
  return {
    checks,
    level,
    confidenceTenths: triggered === 0 ? 1 : Math.min(9, 3 + 2 * triggered),
    isFlagged: level !== 'none',
    holds: level === 'high' || level === 'critical',
  };
}

const LEVELS: readonly FraudLevel[] = ['none', 'low', 'medium', 'high', 'critical'];
