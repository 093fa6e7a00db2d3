/** Adjustments for late facts: which facts they name, and what they come to. */
import type { ShopBillCalculated } from '../domain/events.ts';
import type { Pin } from '../domain/log-position.ts';
import { isBelow } from './check-facts.ts';
import { workOut } from './check-revenue.ts';
import { total } from './exact.ts';
import { factsSeen } from './facts-seen.ts';
import { SETTLING, standingBills, standingOf, type DecisionOnLog } from './history.ts';
import { placeOf, type LoggedQuote, type ShopOnLog } from './read-log.ts';
import type { Findings } from './report.ts';

type PinsOf = (decision: DecisionOnLog) => readonly Pin[];
type Billed = DecisionOnLog & { readonly bill: ShopBillCalculated };

/** Bills made before looked back at nothing. */
const SINCE_RULES_VERSION = 2;

/** Late facts: on the log, within the pins of the bill, of an earlier month, and in no other bill that stands. */
export function checkAdjustments(
  findings: Findings,
  shop: ShopOnLog,
  decisions: readonly DecisionOnLog[],
  pinsOf: PinsOf,
): void {
  const known = new Map(shop.facts.map(({ record, message }) => [placeOf(record), message]));
  const adjusted = new Map<string, string>();
  // What a bill that was undone had adjusted is charged again, and then named again beside what stands.
  const isUndone = decisions.some(({ kind }) => kind === 'void' || kind === 'reject');
  for (const decision of standingBills(decisions)) {
    const { bill, place } = decision;
    for (const { periodStartDate, facts } of bill.adjustments) {
      findings.examined('adjustments');
      if (periodStartDate >= bill.period.startDate) {
        findings.add('adjustments', place, `adjusts ${periodStartDate}, which is not before its own month`);
      }
      for (const fact of facts) {
        const at = `${fact.topic}/${fact.partition}/${fact.offset}`;
        const message = known.get(at);
        if (message === undefined) findings.add('adjustments', place, `${at} is no fact about shop ${shop.shopId}`);
        else if (message.data.occurredAt >= bill.period.start) {
          findings.add('adjustments', place, `${at} did not occur before the month that was billed`);
        }
        if (!isBelow(pinsOf(decision), fact)) findings.add('adjustments', place, `${at} is beyond the bill's pins`);
        const name = `${at} for ${periodStartDate}`;
        const before = adjusted.get(name);
        if (before !== undefined && !isUndone) {
          findings.add('adjustments', place, `${name} was adjusted at ${before} before`);
        }
        adjusted.set(name, place);
      }
    }
  }
}

/**
 * What a bill charges for earlier months: their fees by the facts within its pins, by plans and quotes within theirs, less
 * what they and the bills since were charged for them. A month whose own fees cannot be worked out is left out: it is
 * looked at as a bill of its own.
 */
export function checkAdjusted(
  findings: Findings,
  shop: ShopOnLog,
  quotes: readonly LoggedQuote[],
  decisions: readonly DecisionOnLog[],
  { decision, pinsOf }: { decision: Billed; pinsOf: PinsOf },
): void {
  const { bill, place } = decision;
  if (bill.rulesVersion < SINCE_RULES_VERSION) return;
  const before = decisions.filter(({ shopSequence }) => shopSequence < decision.shopSequence);
  const outcomes = standingOf(before);
  const standing = standingBills(before).filter(({ runId }) => {
    const { outcome } = outcomes.get(runId)!;
    return SETTLING.includes(outcome) && outcome !== 'rejected';
  });
  const year = `${Number(bill.period.startDate.slice(0, 4)) - 1}${bill.period.startDate.slice(4)}`;
  for (const past of standing) {
    const { startDate, end } = past.bill.period;
    const isInReach = startDate >= year && startDate < bill.period.startDate && past.bill.currency === bill.currency;
    const stated = total(bill.adjustments.filter(isOf(startDate)).map(({ amountMinor }) => amountMinor));
    const [then, now] = [pinsOf(past), pinsOf(decision)];
    const isLate = shop.facts.some(
      ({ record, message }) =>
        record.topic === 'usage' && message.data.occurredAt < end && isBelow(now, record) && !isBelow(then, record),
    );
    if (!isInReach || (!isLate && stated === 0n)) continue;
    findings.examined('adjustments');
    const mixed = [...then.filter(({ topic }) => topic !== 'usage'), ...now.filter(({ topic }) => topic === 'usage')];
    const own = feesOf(past, shop, quotes, then);
    const known = feesOf(past, shop, quotes, mixed);
    const charged = total(past.bill.segments.map(({ feeMinor }) => feeMinor));
    if (known === null || own !== charged) continue;
    const since = standing.flatMap((one) => one.bill.adjustments.filter(isOf(startDate)));
    const expected = known - charged - total(since.map(({ amountMinor }) => amountMinor));
    findings.expectSame('adjustments', place, `what it adjusts ${startDate} by`, expected, stated);
  }
}

const isOf = (month: string) => (adjustment: { readonly periodStartDate: string }) =>
  adjustment.periodStartDate === month;

/** Null where a quote is missing. */
function feesOf(
  { bill }: Billed,
  shop: ShopOnLog,
  quotes: readonly LoggedQuote[],
  pins: readonly Pin[],
): bigint | null {
  try {
    return total(workOut(bill, factsSeen(shop, quotes, pins)).map(({ rated }) => rated.fee));
  } catch {
    return null;
  }
}
