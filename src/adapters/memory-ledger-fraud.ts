/** What the fraud checks look at, fact by fact. */
import type { InteractionRecorded, OrderPlaced, PurchaseAttributed } from '../domain/facts.ts';
import type {
  BusiestHours,
  InteractionSignal,
  InteractionSums,
  PurchaseSeen,
  Visitor,
} from '../domain/fraud-signals.ts';
import { botTraffic } from './bot-traffic.ts';
import { compareIds } from './id-order.ts';
import { attributedTotal } from './ledger-attributions.ts';

const HOUR_MS = 3_600_000;
const THIRTY_DAYS_MS = 30 * 24 * HOUR_MS;

export function sumInteractions(interactions: readonly InteractionRecorded[]): InteractionSums {
  const sessions = groups(interactions, ({ sessionId }) => sessionId);
  const addresses = groups(interactions, ({ ipAddress }) => ipAddress);
  const longer = sessions.filter((session) => session.length >= 2);
  const short = longer.filter((session) => lengthMs(session) < 1_000);
  const agents = [...Map.groupBy(interactions, ({ userAgent }) => userAgent)];
  return {
    interactions: interactions.length,
    clicksOfOneSession: most(sessions.map((session) => session.filter(isClick).length)),
    interactionsOfOneIp: most(addresses.map((address) => address.length)),
    sessionsOfOneIp: most(addresses.map(countSessions)),
    longerSessions: longer.length,
    shortSessions: short.length,
    shortSessionIds: short
      .map(([first]) => first!.sessionId!)
      .sort(compareIds)
      .slice(0, 10),
    ...botTraffic(agents.map(([userAgent, ofAgent]) => ({ userAgent, interactions: ofAgent.length }))),
  };
}

export function busiestHours(interactions: readonly InteractionRecorded[]): BusiestHours {
  const sessions = groups(interactions, ({ sessionId }) => sessionId);
  const addresses = groups(interactions, ({ ipAddress }) => ipAddress);
  const count = (some: readonly InteractionRecorded[]) => some.length;
  return {
    interactions: largestPair(interactions, HOUR_MS, count),
    interactionsOfTwoDays: largestPair(interactions, 24 * HOUR_MS, count),
    clicksOfOneSession: most(sessions.map((session) => largestPair(session.filter(isClick), HOUR_MS, count))),
    interactionsOfOneIp: most(addresses.map((address) => largestPair(address, HOUR_MS, count))),
    sessionsOfOneIp: most(addresses.map((address) => largestPair(address, HOUR_MS, countSessions))),
  };
}

/** The largest sum of the counts of two adjacent buckets. */
function largestPair(
  interactions: readonly InteractionRecorded[],
  lengthMs: number,
  countOf: (bucket: readonly InteractionRecorded[]) => number,
): number {
  const buckets = Map.groupBy(interactions, ({ occurredAt }) => Math.trunc(occurredAt / lengthMs));
  const counts = new Map([...buckets].map(([bucket, inside]) => [bucket, countOf(inside)]));
  return most([...counts].map(([bucket, count]) => count + (counts.get(bucket - 1) ?? 0)));
}

export function toInteractionSignals(interactions: readonly InteractionRecorded[]): InteractionSignal[] {
  return interactions
    .map((one) => ({
      interactionId: one.interactionId,
      occurredAt: one.occurredAt,
      isClick: isClick(one),
      sessionId: one.sessionId,
      ipAddress: one.ipAddress,
    }))
    .sort((a, b) => a.occurredAt - b.occurredAt || compareIds(a.interactionId, b.interactionId));
}

/** @param interactions all of the shop, of any time */
export function toPurchasesSeen(
  purchases: readonly (PurchaseAttributed | OrderPlaced)[],
  interactions: readonly InteractionRecorded[],
): PurchaseSeen[] {
  return purchases
    .map((purchase) => ({
      orderId: purchase.orderId,
      occurredAt: purchase.occurredAt,
      currency: purchase.currency,
      attributedMinor: 'attributions' in purchase ? attributedTotal(purchase.attributions) : null,
      visitor: visitorOf(purchase, interactions),
    }))
    .sort((a, b) => a.occurredAt - b.occurredAt || compareIds(a.orderId, b.orderId));
}

/** Both ends of the 30 days are inclusive. */
function visitorOf(
  { customerId, sessionId, occurredAt }: Pick<PurchaseAttributed, 'customerId' | 'sessionId' | 'occurredAt'>,
  interactions: readonly InteractionRecorded[],
): Visitor {
  if (customerId === null && sessionId === null) return 'anonymous';
  const isMet = interactions.some(
    (one) =>
      (customerId === null ? one.sessionId === sessionId : one.customerId === customerId) &&
      one.occurredAt >= occurredAt - THIRTY_DAYS_MS &&
      one.occurredAt <= occurredAt,
  );
  return isMet ? 'met' : 'unmet';
}

const countSessions = (interactions: readonly InteractionRecorded[]) =>
  groups(interactions, ({ sessionId }) => sessionId).length;
const isClick = ({ interactionType }: InteractionRecorded) => interactionType === 'click';
const most = (counts: readonly number[]) => counts.reduce((a, b) => Math.max(a, b), 0);

function lengthMs(session: readonly InteractionRecorded[]): number {
  const times = session.map(({ occurredAt }) => occurredAt);
  return times.reduce((a, b) => Math.max(a, b)) - times.reduce((a, b) => Math.min(a, b));
}

/** Without those that have no such id. */
function groups(
  interactions: readonly InteractionRecorded[],
  idOf: (interaction: InteractionRecorded) => string | null,
): InteractionRecorded[][] {
  const byId = Map.groupBy(interactions, idOf);
  byId.delete(null);
  return [...byId.values()];
}
