/** What a ledger tells the fraud checks about the shop s1, in the plainest way: all of it, by trying everything. */
import type { Period } from '../../src/domain/events.ts';
import type { FxRateQuoted, InteractionRecorded, OrderPlaced, PurchaseAttributed } from '../../src/domain/facts.ts';
import type {
  BusiestHours,
  FraudFacts,
  InteractionSums,
  PurchaseSeen,
  Visitor,
} from '../../src/domain/fraud-signals.ts';

const DAY = 86_400_000;

/** Declares itself: the real library is tested where it is used. */
export const isTestBot = (userAgent: string | null): boolean => /bot/i.test(userAgent ?? '');

export const attributedOf = ({ attributions }: Pick<PurchaseAttributed, 'attributions'>): bigint =>
  attributions.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);

export const during = <T extends { occurredAt: number }>(facts: readonly T[], { start, end }: Period): T[] =>
  facts.filter(({ occurredAt }) => occurredAt >= start && occurredAt < end);

const byTimeThen =
  <T extends { occurredAt: number }>(idOf: (fact: T) => string) =>
  (a: T, b: T): number =>
    a.occurredAt - b.occurredAt || Buffer.compare(Buffer.from(idOf(a)), Buffer.from(idOf(b)));

/** Everything read, whether it is needed or not. @param interactions, purchases of any time */
export function fraudFacts({
  interactions,
  purchases,
  period,
  usdQuote = null,
}: {
  interactions: readonly InteractionRecorded[];
  purchases: readonly (PurchaseAttributed | OrderPlaced)[];
  period: Period;
  usdQuote?: FxRateQuoted | null;
}): FraudFacts & { purchases: readonly PurchaseSeen[] } {
  const seen = during(interactions, period).sort(byTimeThen((one) => one.interactionId));
  return {
    everInteracted: interactions.length > 0,
    sums: sumsOf(seen),
    busiest: busiestOf(seen),
    interactions: seen.map(({ interactionId, occurredAt, interactionType, sessionId, ipAddress }) => ({
      ...{ interactionId, occurredAt, sessionId, ipAddress },
      isClick: interactionType === 'click',
    })),
    purchases: during(purchases, period)
      .sort(byTimeThen((one) => one.orderId))
      .map((purchase) => ({
        orderId: purchase.orderId,
        occurredAt: purchase.occurredAt,
        currency: purchase.currency,
        attributedMinor: 'attributions' in purchase ? attributedOf(purchase) : null,
        visitor: visitorOf(purchase, interactions),
      })),
    usdQuote,
  };
}

const most = (counts: readonly number[]) => Math.max(0, ...counts);
const clicksIn = (interactions: readonly InteractionRecorded[]) =>
  interactions.filter(({ interactionType }) => interactionType === 'click').length;

/** Without those that have none. */
function grouped(interactions: readonly InteractionRecorded[], by: 'sessionId' | 'ipAddress' | 'userAgent') {
  const groups = Map.groupBy(interactions, (one) => one[by]);
  groups.delete(null);
  return groups as Map<string, InteractionRecorded[]>;
}

export function sumsOf(interactions: readonly InteractionRecorded[]): InteractionSums {
  const sessions = grouped(interactions, 'sessionId');
  const ips = [...grouped(interactions, 'ipAddress').values()];
  const times = (group: readonly InteractionRecorded[]) => group.map(({ occurredAt }) => occurredAt);
  const longer = [...sessions].filter(([, session]) => session.length >= 2);
  const short = longer.filter(([, one]) => Math.max(...times(one)) - Math.min(...times(one)) < 1_000);
  const bots = [...grouped(interactions, 'userAgent')].filter(([agent]) => isTestBot(agent));
  return {
    interactions: interactions.length,
    clicksOfOneSession: most([...sessions.values()].map(clicksIn)),
    interactionsOfOneIp: most(ips.map((ip) => ip.length)),
    sessionsOfOneIp: most(ips.map((ip) => grouped(ip, 'sessionId').size)),
    longerSessions: longer.length,
    shortSessions: short.length,
    shortSessionIds: short
      .map(([id]) => id)
      .sort()
      .slice(0, 10),
    botInteractions: bots.reduce((sum, [, ofAgent]) => sum + ofAgent.length, 0),
    botAgents: bots
      .sort(([a, ofA], [b, ofB]) => ofB.length - ofA.length || (a < b ? -1 : 1))
      .map(([agent]) => agent)
      .slice(0, 10),
  };
}

/** By trying every pair of hours, and of days. */
export function busiestOf(interactions: readonly InteractionRecorded[]): BusiestHours {
  const inPairsOf = (length: number) => {
    const bucketOf = ({ occurredAt }: InteractionRecorded) => Math.trunc(occurredAt / length);
    const buckets = [...new Set(interactions.map(bucketOf))];
    return buckets.map((bucket) => ({
      before: interactions.filter((one) => bucketOf(one) === bucket - 1),
      own: interactions.filter((one) => bucketOf(one) === bucket),
    }));
  };
  const hours = inPairsOf(3_600_000);
  const bothHours = hours.map(({ before, own }) => [...before, ...own]);
  const ofOne = (by: 'sessionId' | 'ipAddress', count: (group: InteractionRecorded[]) => number) =>
    most(bothHours.flatMap((both) => [...grouped(both, by).values()].map(count)));
  const sessionsIn = (part: readonly InteractionRecorded[], ip: string) =>
    grouped(
      part.filter(({ ipAddress }) => ipAddress === ip),
      'sessionId',
    ).size;
  return {
    interactions: most(bothHours.map((both) => both.length)),
    interactionsOfTwoDays: most(inPairsOf(DAY).map(({ before, own }) => before.length + own.length)),
    clicksOfOneSession: ofOne('sessionId', clicksIn),
    interactionsOfOneIp: ofOne('ipAddress', (group) => group.length),
    sessionsOfOneIp: most(
      hours.flatMap(({ before, own }) =>
        [...grouped(own, 'ipAddress').keys()].map((ip) => sessionsIn(before, ip) + sessionsIn(own, ip)),
      ),
    ),
  };
}

function visitorOf(
  { customerId, sessionId, occurredAt }: PurchaseAttributed | OrderPlaced,
  interactions: readonly InteractionRecorded[],
): Visitor {
  if (customerId === null && sessionId === null) return 'anonymous';
  const isSame = (one: InteractionRecorded) =>
    customerId !== null ? one.customerId === customerId : one.sessionId === sessionId;
  const met = interactions.some(
    (one) => isSame(one) && one.occurredAt >= occurredAt - 30 * DAY && one.occurredAt <= occurredAt,
  );
  return met ? 'met' : 'unmet';
}
