/** How much traffic, and from how few: excessive interactions, rapid clicks, click farms, odd conversion. */
import { compareBytes } from './byte-order.ts';
import { MAX_EVIDENCE, partOf, type CheckPart } from './fraud-check.ts';
import type { FraudLimits } from './fraud-limits.ts';
import type { InteractionSignal, InteractionSums } from './fraud-signals.ts';
import { formatPpm } from './money.ts';
import { ratio, roundHalfAwayFromZero } from './ratio.ts';
import { DAY_MS } from './calendar.ts';
import { fullestWindow, HOUR_MS, MINUTE_MS, mostKeys } from './sliding-window.ts';

/** The interactions themselves, for what the sums of the period do not settle. Throws when they were not read. */
export type ReadInteractions = () => readonly InteractionSignal[];

/** DOMAIN says from how many interactions a conversion rate means anything. */
const MIN_INTERACTIONS_FOR_RATE = 200;

export function excessiveInteractions(limits: FraudLimits, sums: InteractionSums, read: ReadInteractions): CheckPart[] {
  const part = (limit: number, windowMs: number, span: string) =>
    within({ sum: sums.interactions, limit, what: `in ${span}` }, () => {
      const { from, to } = fullestWindow(read(), windowMs);
      const evidence = read().slice(from, Math.min(to, from + MAX_EVIDENCE));
      return { count: to - from, evidence: evidence.map(({ interactionId }) => interactionId) };
    });
  return [part(limits.interactionsPerHour, HOUR_MS, '1 h'), part(limits.interactionsPerDay, DAY_MS, '24 h')];
}

export function rapidFireClicks(limits: FraudLimits, sums: InteractionSums, read: ReadInteractions): CheckPart[] {
  const limit = limits.clicksPerSessionMinute;
  return [
    within({ sum: sums.clicksOfOneSession, limit, what: 'clicks of one session in 60 s' }, () => {
      const clicks = read().filter(({ isClick }) => isClick);
      return worst(limit, groups(clicks, 'sessionId'), (ofSession) => {
        const { from, to } = fullestWindow(ofSession, MINUTE_MS);
        return to - from;
      });
    }),
  ];
}

export function clickFarm(limits: FraudLimits, sums: InteractionSums, read: ReadInteractions): CheckPart[] {
  const limit = limits.sessionsPerIpHour;
  return [
    within({ sum: sums.sessionsOfOneIp, limit, what: 'sessions of one IP in 1 h' }, () => {
      const inSession = read().filter(({ sessionId }) => sessionId !== null);
      return worst(limit, groups(inSession, 'ipAddress'), (ofIp) => mostKeys(ofIp, HOUR_MS, (one) => one.sessionId!));
    }),
  ];
}

/** Part of `bot_traffic`, beside those in fraud-bots.ts. */
export function interactionsOfOneIp(limits: FraudLimits, sums: InteractionSums, read: ReadInteractions): CheckPart {
  const limit = limits.interactionsPerIpHour;
  return within({ sum: sums.interactionsOfOneIp, limit, what: 'interactions of one IP in 1 h' }, () =>
    worst(limit, groups(read(), 'ipAddress'), (ofIp) => {
      const { from, to } = fullestWindow(ofIp, HOUR_MS);
      return to - from;
    }),
  );
}

/** Compared exactly; rounded only to be shown. It has no evidence: no single event makes a rate. */
export function unusualConversionRate(
  limits: FraudLimits,
  { interactions }: InteractionSums,
  conversions: number,
): CheckPart[] {
  const [low, high] = [limits.minConversionRatePpm, limits.maxConversionRatePpm];
  const enough = interactions >= MIN_INTERACTIONS_FOR_RATE;
  const scaled = BigInt(conversions) * 1_000_000n;
  const isBelow = scaled < BigInt(low) * BigInt(interactions);
  const isAbove = scaled > BigInt(high) * BigInt(interactions);
  const counts = `${conversions} conversions of ${interactions} interactions`;
  const rate = () => formatPpm(Number(roundHalfAwayFromZero(ratio(scaled, BigInt(interactions)))));
  return [
    partOf({
      triggered: enough && (isBelow || isAbove),
      observed: enough ? `${rate()}: ${counts}` : counts,
      threshold: `${formatPpm(low)} to ${formatPpm(high)} from ${MIN_INTERACTIONS_FOR_RATE} interactions`,
      evidence: () => [],
    }),
  ];
}

/**
 * Holds the largest number of any window against its limit. No window has more than the whole period, so a sum within
 * the limit settles it, and is what is shown.
 */
function within(
  { sum, limit, what }: { readonly sum: number; readonly limit: number; readonly what: string },
  look: () => { readonly count: number; readonly evidence: readonly string[] },
): CheckPart {
  const threshold = `${limit} ${what}`;
  if (sum <= limit)
    return partOf({ triggered: false, observed: `at most ${sum} ${what}`, threshold, evidence: () => [] });
  const { count, evidence } = look();
  return partOf({ triggered: count > limit, observed: `${count} ${what}`, threshold, evidence: () => evidence });
}

/** By session or IP address; what has none belongs to none. Each group keeps the order of time. */
function groups(
  interactions: readonly InteractionSignal[],
  by: 'sessionId' | 'ipAddress',
): Map<string, InteractionSignal[]> {
  const found = new Map<string, InteractionSignal[]>();
  for (const one of interactions) {
    const key = one[by];
    if (key === null) continue;
    const group = found.get(key);
    if (group === undefined) found.set(key, [one]);
    else group.push(one);
  }
  return found;
}

/** The largest count of all groups, and the ids of those above the limit, the largest first (ties: as bytes). */
function worst(
  limit: number,
  byId: ReadonlyMap<string, readonly InteractionSignal[]>,
  countOf: (group: readonly InteractionSignal[]) => number,
): { count: number; evidence: string[] } {
  let count = 0;
  const above: { id: string; count: number }[] = [];
  for (const [id, group] of byId) {
    // A group that is no larger than the limit cannot pass it in any window.
    const most = group.length > limit || group.length > count ? countOf(group) : 0;
    count = Math.max(count, most);
    if (most > limit) above.push({ id, count: most });
  }
  above.sort((a, b) => b.count - a.count || compareBytes(a.id, b.id));
  return { count, evidence: above.slice(0, MAX_EVIDENCE).map(({ id }) => id) };
}
