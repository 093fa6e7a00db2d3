/**
 * The fraud rules once more, from facts to states, by looking at every event for every event. Shares nothing with
 * src/domain but the types: written from docs/billing-rules.md, to disagree where that is understood differently.
 */
import type { FraudCheck } from '../../src/domain/events.ts';
import type { InteractionRecorded } from '../../src/domain/facts.ts';
import { attributedOf, isTestBot } from './fraud-facts.ts';
import type { FraudWorld } from './fraud-given.ts';
import { OCTOBER } from './given.ts';

type State = FraudCheck['state'];
const [SECOND, HOUR, DAY] = [1_000, 3_600_000, 86_400_000];

export function naiveStates(world: FraudWorld): Record<string, State> {
  const { interactions: ever = [], purchases = [], profile = {}, usdQuote, plan, period = OCTOBER } = world;
  const inPeriod = ({ occurredAt }: { occurredAt: number }) => occurredAt >= period.start && occurredAt < period.end;
  const interactions = ever.filter(inPeriod);
  const bought = purchases.filter(inPeriod);

  const windows = <T extends { occurredAt: number }>(events: T[], length: number): T[][] =>
    events.map(({ occurredAt: t }) => events.filter((other) => other.occurredAt > t - length && other.occurredAt <= t));
  const anyWindow = <T extends { occurredAt: number }>(events: T[], length: number, holds: (window: T[]) => boolean) =>
    windows(events, length).some(holds);
  const named = (by: 'sessionId' | 'ipAddress', events: InteractionRecorded[] = interactions) => [
    ...Map.groupBy(
      events.filter((one) => one[by] !== null),
      (one) => one[by],
    ).values(),
  ];
  const traffic = (triggered: boolean): State =>
    ever.length === 0 ? 'not_applicable' : triggered ? 'triggered' : 'clear';

  const clicks = interactions.filter(({ interactionType }) => interactionType === 'click');
  const conversions = bought.filter((purchase) => attributedOf(purchase) > 0n).length;
  const millionth = BigInt(conversions) * 1_000_000n;
  const count = BigInt(interactions.length);
  const sessions = named('sessionId').filter((session) => session.length >= 2);
  const short = sessions.filter((session) =>
    session.every((a) => session.every((b) => Math.abs(a.occurredAt - b.occurredAt) < SECOND)),
  );
  const bots = interactions.filter(({ userAgent }) => isTestBot(userAgent));

  // amount × rate against dollars, instead of dollars ÷ rate against the amount
  const isUsd = (plan?.currency ?? 'USD') === 'USD';
  const unit = 10n ** BigInt(plan?.currencyExponent ?? 2);
  const rate = isUsd
    ? { up: 1n, down: 1n }
    : usdQuote && { up: usdQuote.rateUnscaled, down: 10n ** BigInt(usdQuote.rateScale) };
  const inDollars = (minor: bigint, compare: (a: bigint, b: bigint) => boolean, dollars: bigint) =>
    rate ? compare(minor * rate.up, dollars * unit * rate.down) : null;
  const above = (a: bigint, b: bigint) => a > b;
  const sum = (of: typeof bought) => of.reduce((total, purchase) => total + attributedOf(purchase), 0n);
  const revenueAbove = (length: number, ownLimit: bigint | null | undefined, dollars: bigint): boolean | null => {
    if (ownLimit !== null && ownLimit !== undefined) {
      return anyWindow(bought, length, (window) => sum(window) > ownLimit);
    }
    if (!rate) return null;
    return anyWindow(bought, length, (window) => inDollars(sum(window), above, dollars) === true);
  };
  const either = (a: boolean | null, b: boolean | null): State =>
    a === true || b === true ? 'triggered' : a === null || b === null ? 'not_evaluated' : 'clear';

  const enough = inDollars(sum(bought), (a, b) => a >= b, 1_000n);
  const known = bought.filter(({ customerId, sessionId }) => customerId !== null || sessionId !== null);
  const unmet = known.filter(
    (purchase) =>
      !ever.some(
        (one) =>
          one.occurredAt <= purchase.occurredAt &&
          one.occurredAt >= purchase.occurredAt - 30 * DAY &&
          (purchase.customerId === null
            ? one.sessionId === purchase.sessionId
            : one.customerId === purchase.customerId),
      ),
  );
  const manipulated =
    (ever.length > 0 && sum(unmet) * 2n > sum(known)) || (world.refundedMinor ?? 0n) * 2n > sum(bought);

  return {
    excessive_interactions: traffic(
      anyWindow(interactions, HOUR, (window) => window.length > (profile.maxInteractionsPerHour ?? 1_000)) ||
        anyWindow(interactions, DAY, (window) => window.length > (profile.maxInteractionsPerDay ?? 10_000)),
    ),
    rapid_fire_clicks: traffic(
      named('sessionId', clicks).some((session) =>
        anyWindow(session, 60 * SECOND, (window) => window.length > (profile.maxClicksPerSessionMinute ?? 50)),
      ),
    ),
    unusual_conversion_rate: traffic(
      count >= 200n &&
        (millionth < count * BigInt(profile.minConversionRatePpm ?? 1_000) ||
          millionth > count * BigInt(profile.maxConversionRatePpm ?? 500_000)),
    ),
    suspicious_revenue_pattern: either(
      revenueAbove(HOUR, profile.maxRevenuePerHourMinor, 10_000n),
      revenueAbove(DAY, profile.maxRevenuePerDayMinor, 100_000n),
    ),
    bot_traffic: traffic(
      named('ipAddress').some((ip) =>
        anyWindow(ip, HOUR, (window) => window.length > (profile.maxInteractionsPerIpHour ?? 100)),
      ) ||
        (sessions.length >= 20 && short.length > sessions.length * 0.8) ||
        (interactions.length >= 50 && bots.length > interactions.length / 2),
    ),
    click_farm: traffic(
      named('ipAddress').some((ip) =>
        anyWindow(
          ip,
          HOUR,
          (window) =>
            new Set(window.flatMap(({ sessionId }) => sessionId ?? [])).size > (profile.maxSessionsPerIpHour ?? 50),
        ),
      ),
    ),
    revenue_manipulation: enough === null ? 'not_evaluated' : enough && manipulated ? 'triggered' : 'clear',
  };
}
