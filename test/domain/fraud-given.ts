/** Fraud signals from facts, in the plainest way: what a ledger and its loader would give for the shop s1. */
import { calendarMonth } from '../../src/domain/billing-period.ts';
import type { FraudAssessment, Period } from '../../src/domain/events.ts';
import type {
  FraudProfile,
  FxRateQuoted,
  InteractionRecorded,
  PlanAssigned,
  PurchaseAttributed,
} from '../../src/domain/facts.ts';
import { assessFraud, needsInteractions } from '../../src/domain/fraud.ts';
import { fraudLimits } from '../../src/domain/fraud-limits.ts';
import { needsPurchases } from '../../src/domain/fraud-revenue.ts';
import type { FraudSignals, InteractionSums, PurchaseSignal, Visitor } from '../../src/domain/fraud-signals.ts';
import { assigned, OCTOBER } from './given.ts';

const DAY = 86_400_000;

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

/** Declares itself: the real library is tested where it is used. */
export const isTestBot = (userAgent: string | null): boolean => /bot/i.test(userAgent ?? '');

export const NOVEMBER_US: Period = calendarMonth('2026-11', 'America/New_York');

export const attributedOf = ({ attributions }: PurchaseAttributed): bigint =>
  attributions.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);

const during = <T extends { occurredAt: number }>(facts: readonly T[], { start, end }: Period): T[] =>
  facts.filter(({ occurredAt }) => occurredAt >= start && occurredAt < end);

const byTimeThen =
  <T extends { occurredAt: number }>(idOf: (fact: T) => string) =>
  (a: T, b: T): number =>
    a.occurredAt - b.occurredAt || Buffer.compare(Buffer.from(idOf(a)), Buffer.from(idOf(b)));

/** @param read `all` rows, or only those the sums call for, as the loader does */
export function assess(world: FraudWorld, read: 'all' | 'needed' = 'needed'): FraudAssessment {
  const { interactions = [], purchases = [], period = OCTOBER, usdQuote = null, refundedMinor = 0n } = world;
  const plan = assigned({ ...world.plan, fraudProfile: { ...NO_LIMITS, ...world.profile } });
  const limits = fraudLimits(plan, usdQuote);
  const seen = during(interactions, period).sort(byTimeThen((one) => one.interactionId));
  const bought = during(purchases, period).sort(byTimeThen((one) => one.orderId));
  const attributedMinor = bought.reduce((sum, purchase) => sum + attributedOf(purchase), 0n);
  const sums = sumsOf(seen);
  const everInteracted = interactions.length > 0;
  const signals: FraudSignals = {
    everInteracted,
    sums,
    usdQuote,
    interactions:
      read === 'all' || needsInteractions(limits, sums)
        ? seen.map(({ interactionId, occurredAt, interactionType, sessionId, ipAddress, userAgent }) => ({
            ...{ interactionId, occurredAt, sessionId, ipAddress },
            isClick: interactionType === 'click',
            isBot: isTestBot(userAgent),
          }))
        : null,
    purchases:
      read === 'all' || needsPurchases(limits, { attributedMinor, everInteracted })
        ? bought.map((purchase) => purchaseSignal(purchase, interactions))
        : null,
  };
  const conversions = bought.filter((purchase) => attributedOf(purchase) > 0n).length;
  const metrics = { attributedMinor, refundedMinor, interactions: seen.length, conversions };
  return assessFraud({ limits, signals, metrics, refundIds: world.refundIds ?? [] });
}

export function sumsOf(interactions: readonly InteractionRecorded[]): InteractionSums {
  const most = (groups: Iterable<readonly InteractionRecorded[]>, count: (group: InteractionRecorded[]) => number) =>
    Math.max(0, ...[...groups].map((group) => count([...group])));
  const withSession = interactions.filter(({ sessionId }) => sessionId !== null);
  const sessions = [...Map.groupBy(withSession, ({ sessionId }) => sessionId).values()];
  const ips = [
    ...Map.groupBy(
      interactions.filter(({ ipAddress }) => ipAddress !== null),
      ({ ipAddress }) => ipAddress,
    ).values(),
  ];
  const times = (group: readonly InteractionRecorded[]) => group.map(({ occurredAt }) => occurredAt);
  const longer = sessions.filter((session) => session.length >= 2);
  return {
    interactions: interactions.length,
    clicksOfOneSession: most(
      sessions,
      (session) => session.filter(({ interactionType }) => interactionType === 'click').length,
    ),
    interactionsOfOneIp: most(ips, (ip) => ip.length),
    sessionsOfOneIp: most(ips, (ip) => new Set(ip.flatMap(({ sessionId }) => sessionId ?? [])).size),
    longerSessions: longer.length,
    shortSessions: longer.filter((one) => Math.max(...times(one)) - Math.min(...times(one)) < 1_000).length,
    botInteractions: interactions.filter(({ userAgent }) => isTestBot(userAgent)).length,
  };
}

function purchaseSignal(purchase: PurchaseAttributed, interactions: readonly InteractionRecorded[]): PurchaseSignal {
  const { orderId, occurredAt, customerId, sessionId } = purchase;
  const isSame = (one: InteractionRecorded) =>
    customerId !== null ? one.customerId === customerId : one.sessionId === sessionId;
  const met = interactions.some(
    (one) => isSame(one) && one.occurredAt >= occurredAt - 30 * DAY && one.occurredAt <= occurredAt,
  );
  const visitor: Visitor = customerId === null && sessionId === null ? 'anonymous' : met ? 'met' : 'unmet';
  return { orderId, occurredAt, attributedMinor: attributedOf(purchase), visitor };
}
