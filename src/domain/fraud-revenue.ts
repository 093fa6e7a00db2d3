/** Revenue that comes too fast, without visitors, or not to stay: suspicious pattern and manipulation. */
import { DAY_MS } from './calendar.ts';
import { MAX_EVIDENCE, notEvaluated, partOf, type CheckPart } from './fraud-check.ts';
import type { FraudLimits, MoneyLimit } from './fraud-limits.ts';
import type { PurchaseSignal } from './fraud-signals.ts';
import { formatMinor } from './money.ts';
import { compareRatios, ratio, roundHalfAwayFromZero } from './ratio.ts';
import { heaviestWindow, HOUR_MS } from './sliding-window.ts';

/** Revenue of the period, in minor units of the plan's currency; the purchases throw when they were not read. */
export interface PeriodRevenue {
  readonly attributedMinor: bigint;
  /** Of refunds that occurred in the period. */
  readonly refundedMinor: bigint;
  /** The refunds that took it, in order of time, then id. */
  readonly refundIds: readonly string[];
  readonly everInteracted: boolean;
  readonly readPurchases: () => readonly PurchaseSignal[];
}

/** Whether single purchases are needed: the sums of the period settle nothing any more. */
export function needsPurchases(
  { revenuePerHour, revenuePerDay, manipulatedRevenue }: FraudLimits,
  { attributedMinor, everInteracted }: Pick<PeriodRevenue, 'attributedMinor' | 'everInteracted'>,
): boolean {
  return (
    isAbove(attributedMinor, revenuePerHour) ||
    isAbove(attributedMinor, revenuePerDay) ||
    (everInteracted && isAtLeast(attributedMinor, manipulatedRevenue))
  );
}

export function suspiciousRevenuePattern(limits: FraudLimits, revenue: PeriodRevenue): CheckPart[] {
  const { attributedMinor, readPurchases } = revenue;
  const part = (limit: MoneyLimit, windowMs: number, span: string): CheckPart => {
    const threshold = `${showLimit(limit, limits)} in ${span}`;
    if (limit.limit === null) return notEvaluated(threshold);
    if (!isAbove(attributedMinor, limit)) {
      const observed = `at most ${show(attributedMinor, limits)} in ${span}`;
      return partOf({ triggered: false, observed, threshold, evidence: () => [] });
    }
    const purchases = readPurchases();
    const { from, to, sum } = heaviestWindow(purchases, windowMs, (purchase) => purchase.attributedMinor);
    return partOf({
      triggered: isAbove(sum, limit),
      observed: `${show(sum, limits)} in ${span}`,
      threshold,
      evidence: () => orderIds(purchases.slice(from, to)),
    });
  };
  return [part(limits.revenuePerHour, HOUR_MS, '1 h'), part(limits.revenuePerDay, DAY_MS, '24 h')];
}

/**
 * Two parts, of which the first needs interactions and is left out for a shop that never sent one: revenue without a
 * visitor, and revenue that was refunded. Below the amount from which it judges, both are clear.
 */
export function revenueManipulation(limits: FraudLimits, revenue: PeriodRevenue): CheckPart[] {
  const { manipulatedRevenue } = limits;
  const from = `of at least ${showLimit(manipulatedRevenue, limits)}`;
  const thresholds = { unmet: `half ${from} without an interaction in 30 days`, refunded: `half ${from} refunded` };
  if (manipulatedRevenue.limit === null) {
    return [...(revenue.everInteracted ? [notEvaluated(thresholds.unmet)] : []), notEvaluated(thresholds.refunded)];
  }
  const isJudged = isAtLeast(revenue.attributedMinor, manipulatedRevenue);
  return [
    ...(revenue.everInteracted ? [unmetPart(limits, revenue, isJudged, thresholds.unmet)] : []),
    refundedPart(limits, revenue, isJudged, thresholds.refunded),
  ];
}

/** Of what has a customer or session. Where nothing has one there is nobody to have met, and the bill says so. */
function unmetPart(limits: FraudLimits, revenue: PeriodRevenue, isJudged: boolean, threshold: string): CheckPart {
  if (!isJudged) {
    const observed = `not judged: ${show(revenue.attributedMinor, limits)} attributed`;
    return partOf({ triggered: false, observed, threshold, evidence: () => [] });
  }
  const known = revenue.readPurchases().filter(({ visitor }) => visitor !== 'anonymous');
  const unmet = known.filter(({ visitor }) => visitor === 'unmet');
  const [knownMinor, unmetMinor] = [total(known), total(unmet)];
  return partOf({
    triggered: unmetMinor * 2n > knownMinor,
    observed: `${show(unmetMinor, limits)} of ${show(knownMinor, limits)} without an interaction`,
    threshold,
    evidence: () => orderIds(unmet),
  });
}

/** What refunds of the period took, of earlier orders too: refunds count when they occur. */
function refundedPart(limits: FraudLimits, revenue: PeriodRevenue, isJudged: boolean, threshold: string): CheckPart {
  const { attributedMinor, refundedMinor, refundIds } = revenue;
  return partOf({
    triggered: isJudged && refundedMinor * 2n > attributedMinor,
    observed: `${show(refundedMinor, limits)} of ${show(attributedMinor, limits)} refunded`,
    threshold,
    evidence: () => refundIds,
  });
}

const isAbove = (minor: bigint, { limit }: MoneyLimit) => limit !== null && compareRatios(ratio(minor), limit) > 0;
const isAtLeast = (minor: bigint, { limit }: MoneyLimit) => limit !== null && compareRatios(ratio(minor), limit) >= 0;

const total = (purchases: readonly PurchaseSignal[]) =>
  purchases.reduce((sum, { attributedMinor }) => sum + attributedMinor, 0n);

const orderIds = (purchases: readonly PurchaseSignal[]) =>
  purchases
    .filter(({ attributedMinor }) => attributedMinor > 0n)
    .slice(0, MAX_EVIDENCE)
    .map(({ orderId }) => orderId);

const show = (minor: bigint, { currency, currencyExponent }: FraudLimits) =>
  `${formatMinor(minor, currencyExponent)} ${currency}`;

/** A converted limit with the dollars it comes from; the dollars alone where there is no quote. */
function showLimit({ limit, fromUsd }: MoneyLimit, limits: FraudLimits): string {
  const dollars = fromUsd === null ? null : `${fromUsd}.00 USD`;
  if (limit === null) return dollars ?? '';
  const own = show(roundHalfAwayFromZero(limit), limits);
  return dollars === null ? own : `${own} (${dollars})`;
}
