/**
 * DOMAIN: "attributed revenue above 10 000 USD in an hour or 100 000 USD in 24 h; for other currencies the limits are
 * converted at the newest quote to USD at the period's end, at most 14 days old, unless the profile gives them in the
 * plan's currency". The oracle converts what it compares instead of the limit, which is the same without rounding.
 */
import { fraction, times } from '../fraction.ts';
import { atMost, judged, type Check, type Measure, type Signals } from './check.ts';
import { DAY_MS, HOUR_MS, windows } from './sliding.ts';

const CODE = 'suspicious_revenue_pattern';

export function suspiciousRevenuePattern(signals: Signals): Check {
  const { purchases, profile } = signals;
  const hour = measured('revenue in an hour', highest(purchases, HOUR_MS), profile.maxRevenuePerHour, 10_000, signals);
  const day = measured('revenue in 24 h', highest(purchases, DAY_MS), profile.maxRevenuePerDay, 100_000, signals);
  const check = judged(
    CODE,
    [hour, day].filter((measure) => measure !== null),
  );
  // A limit that is broken is broken, whether or not the other one could be looked at.
  const isPartial = hour === null || day === null;
  return check.state === 'clear' && isPartial ? { ...check, state: 'not_evaluated' } : check;
}

function highest(purchases: Signals['purchases'], lengthMs: number): bigint {
  return windows(purchases, lengthMs)
    .map((window) => window.reduce((sum, { attributed }) => sum + attributed, 0n))
    .reduce((most, sum) => (sum > most ? sum : most), 0n);
}

function measured(
  what: string,
  observed: bigint,
  own: bigint | null,
  limitUsd: number,
  { centsPerMinor }: Signals,
): Measure | null {
  if (own !== null) return atMost(what, fraction(observed), fraction(own));
  if (centsPerMinor === null) return null;
  return atMost(`${what}, in US cents`, times(fraction(observed), centsPerMinor), limitUsd * 100);
}
