/** How much traffic, and from how few: excessive interactions, rapid clicks, floods and farms of one address. */
import { compareBytes } from './byte-order.ts';
import { DAY_MS } from './calendar.ts';
import { MAX_EVIDENCE, partOf, type CheckPart } from './fraud-check.ts';
import type { FraudLimits } from './fraud-limits.ts';
import type { BusiestHours, InteractionSignal, InteractionSums } from './fraud-signals.ts';
import { fullestWindow, HOUR_MS, MINUTE_MS, mostKeys } from './sliding-window.ts';

/** What was read, from coarse to fine. The two readers throw when theirs was not read. */
export interface Traffic {
  readonly sums: InteractionSums;
  readonly readBusiest: () => BusiestHours;
  readonly readInteractions: () => readonly InteractionSignal[];
}

export function excessiveInteractions(limits: FraudLimits, traffic: Traffic): CheckPart[] {
  const fullest = (windowMs: number) => () => {
    const interactions = traffic.readInteractions();
    const { from, to } = fullestWindow(interactions, windowMs);
    const evidence = interactions.slice(from, Math.min(to, from + MAX_EVIDENCE));
    return { count: to - from, evidence: evidence.map(({ interactionId }) => interactionId) };
  };
  return [
    within({
      limit: limits.interactionsPerHour,
      what: 'in 1 h',
      bounds: [() => traffic.sums.interactions, () => traffic.readBusiest().interactions],
      look: fullest(HOUR_MS),
    }),
    within({
      limit: limits.interactionsPerDay,
      what: 'in 24 h',
      bounds: [() => traffic.sums.interactions, () => traffic.readBusiest().interactionsOfTwoDays],
      look: fullest(DAY_MS),
    }),
  ];
}

export function rapidFireClicks({ clicksPerSessionMinute: limit }: FraudLimits, traffic: Traffic): CheckPart[] {
  return [
    within({
      limit,
      what: 'clicks of one session in 60 s',
      bounds: boundsOf(traffic, 'clicksOfOneSession'),
      look: () => {
        const clicks = traffic.readInteractions().filter(({ isClick }) => isClick);
        return worst(limit, groups(clicks, 'sessionId'), (ofSession) => {
          const { from, to } = fullestWindow(ofSession, MINUTE_MS);
          return to - from;
        });
      },
    }),
  ];
}

export function clickFarm({ sessionsPerIpHour: limit }: FraudLimits, traffic: Traffic): CheckPart[] {
  return [
    within({
      limit,
      what: 'sessions of one IP in 1 h',
      bounds: boundsOf(traffic, 'sessionsOfOneIp'),
      look: () => {
        const inSession = traffic.readInteractions().filter(({ sessionId }) => sessionId !== null);
        return worst(limit, groups(inSession, 'ipAddress'), (ofIp) => mostKeys(ofIp, HOUR_MS, (one) => one.sessionId!));
      },
    }),
  ];
}

/** Part of `bot_traffic`, beside those in fraud-bots.ts. */
export function interactionsOfOneIp({ interactionsPerIpHour: limit }: FraudLimits, traffic: Traffic): CheckPart {
  return within({
    limit,
    what: 'interactions of one IP in 1 h',
    bounds: boundsOf(traffic, 'interactionsOfOneIp'),
    look: () =>
      worst(limit, groups(traffic.readInteractions(), 'ipAddress'), (ofIp) => {
        const { from, to } = fullestWindow(ofIp, HOUR_MS);
        return to - from;
      }),
  });
}

/** Whether the busiest hours are needed: a sum of the period comes over its limit. */
export function needsBusiestHours(limits: FraudLimits, sums: InteractionSums): boolean {
  return (
    sums.interactions > Math.min(limits.interactionsPerHour, limits.interactionsPerDay) ||
    sums.clicksOfOneSession > limits.clicksPerSessionMinute ||
    sums.interactionsOfOneIp > limits.interactionsPerIpHour ||
    sums.sessionsOfOneIp > limits.sessionsPerIpHour
  );
}

/** Whether single interactions are needed: the busiest hours come over a limit too. @param busiest null: not needed */
export function needsInteractions(limits: FraudLimits, busiest: BusiestHours | null): boolean {
  return (
    busiest !== null &&
    (busiest.interactions > limits.interactionsPerHour ||
      busiest.interactionsOfTwoDays > limits.interactionsPerDay ||
      busiest.clicksOfOneSession > limits.clicksPerSessionMinute ||
      busiest.interactionsOfOneIp > limits.interactionsPerIpHour ||
      busiest.sessionsOfOneIp > limits.sessionsPerIpHour)
  );
}

type Bound = () => number;

const boundsOf = (
  { sums, readBusiest }: Traffic,
  name: 'clicksOfOneSession' | 'interactionsOfOneIp' | 'sessionsOfOneIp',
): Bound[] => [() => sums[name], () => readBusiest()[name]];

/**
 * Holds the largest number of any window against its limit. No window has more than a bound, so the first bound within
 * the limit settles it, and is what is shown; it is looked closer only where none is.
 *
 * @param bounds from coarse to fine
 */
function within({
  limit,
  what,
  bounds,
  look,
}: {
  readonly limit: number;
  readonly what: string;
  readonly bounds: readonly Bound[];
  readonly look: () => { readonly count: number; readonly evidence: readonly string[] };
}): CheckPart {
  const threshold = `${limit} ${what}`;
  for (const bound of bounds) {
    const most = bound();
    if (most > limit) continue;
    return partOf({ triggered: false, observed: `at most ${most} ${what}`, threshold, evidence: () => [] });
  }
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
    const most = countOf(group);
    count = Math.max(count, most);
    if (most > limit) above.push({ id, count: most });
  }
  above.sort((a, b) => b.count - a.count || compareBytes(a.id, b.id));
  return { count, evidence: above.slice(0, MAX_EVIDENCE).map(({ id }) => id) };
}
