/**
 * Which billed months must be looked at again (DOMAIN "Late facts"): those of which a fact became known that neither
 * their bill nor a later one saw, and those of which a bill that stood no longer does.
 */
import type { Period } from './events.ts';
import type { LogPosition, Pin } from './log-position.ts';
import { furthest, nearest, ofTopic, sees } from './pins.ts';

/** A live bill that stands: invoiced, zero, trial, credit or held. */
export interface StandingBill {
  readonly runId: string;
  /** Place of the decision that calculated it among all about the shop. */
  readonly sequence: number;
  readonly period: Period;
  readonly currency: string;
  /** What it looked at. */
  readonly pins: readonly Pin[];
}

/** The past of a shop. */
export interface BilledPast {
  /** In the order of their sequence. */
  readonly bills: readonly StandingBill[];
  /** Place of the last decision that made a bill stand no more: a rejection or a void. 0: there was none. */
  readonly lastUndone: number;
}

/** A purchase, refund or interaction. */
export interface LateFact {
  readonly position: LogPosition;
  /** Epoch milliseconds. */
  readonly occurredAt: number;
}

/** A billed month that the bill being made is able to adjust. */
export interface AdjustableMonth {
  readonly bill: StandingBill;
  /** What was taken into account of it, by its own bill or by an adjustment on a later one. Of the topic usage. */
  readonly covered: readonly Pin[];
  /** A bill that adjusted it, or could have, does not stand any more: what is known must be charged again. */
  readonly isOpen: boolean;
}

export interface LookBack {
  readonly months: readonly AdjustableMonth[];
  /** Facts below were taken into account for all months. Of the topic usage. */
  readonly from: readonly Pin[];
  /** Facts below were seen by some bill. Of the topic usage. */
  readonly seen: readonly Pin[];
}

/** First day of the month a day is in. */
const monthOf = (date: string): string => `${date.slice(0, 7)}-01`;

/** First day of the same month a year earlier: twelve months back. */
const yearBefore = (month: string): string =>
  `${String(Number(month.slice(0, 4)) - 1).padStart(4, '0')}${month.slice(4)}`;

/** The months that a bill in `currency` for `period` adjusts: up to twelve back, billed in the same currency. */
export function lookBack(
  { bills, lastUndone }: BilledPast,
  { currency, period }: { readonly currency: string; readonly period: Period },
): LookBack {
  const month = monthOf(period.startDate);
  const seen = ofTopic('usage', furthest(...bills.map(({ pins }) => pins)));
  const months = bills
    .filter((bill) => bill.currency === currency && isWithinReach(bill.period.startDate, month))
    .sort((a, b) => (a.period.startDate < b.period.startDate ? -1 : 1))
    .map((bill): AdjustableMonth => {
      const adjusting = bills.filter((later) => couldAdjust(later, bill));
      const since = adjusting.filter(({ sequence }) => sequence > bill.sequence && sequence > lastUndone);
      const covered = ofTopic('usage', furthest(bill.pins, ...since.map(({ pins }) => pins)));
      // Adjustments of an earlier bill for the same month may stand on bills that were made before this one.
      const isUnsettled = lastUndone > bill.sequence || adjusting.some(({ sequence }) => sequence < bill.sequence);
      return { bill, covered, isOpen: isUnsettled && since.length === 0 };
    });
  return { months, seen, from: months.length === 0 ? seen : nearest(...months.map(({ covered }) => covered)) };
}

/** Whether a bill may hold adjustments of the month of another. */
export function couldAdjust(later: StandingBill, { currency, period }: StandingBill): boolean {
  return later.currency === currency && isWithinReach(period.startDate, monthOf(later.period.startDate));
}

const isWithinReach = (startDate: string, month: string): boolean =>
  startDate < month && startDate >= yearBefore(month);

/** The facts that may change what a month comes to: not only its own, because trials and refunds look back. */
export function lateFor({ bill, covered }: AdjustableMonth, facts: readonly LateFact[]): LateFact[] {
  return facts.filter(({ occurredAt, position }) => occurredAt < bill.period.end && !sees(covered, position));
}

/** Facts of months that were billed, but too long ago: no bill adjusts for them, and this one reports them. */
export function tooLate(
  { bills }: BilledPast,
  { seen }: LookBack,
  facts: readonly LateFact[],
  period: Period,
): LogPosition[] {
  const oldest = yearBefore(monthOf(period.startDate));
  const old = bills.filter((bill) => bill.period.startDate < oldest);
  return facts
    .filter(({ position }) => !sees(seen, position))
    .filter(({ occurredAt }) => old.some(({ period: of }) => occurredAt >= of.start && occurredAt < of.end))
    .map(({ position }) => position);
}

/** At what a past month is rated again: plans as then, usage as it is known now. Usage may not be seen less of again. */
export function pinsAgain({ bills }: BilledPast, bill: StandingBill, pins: readonly Pin[]) {
  const since = bills.filter(({ sequence }) => sequence > bill.sequence);
  const usage = ofTopic('usage', furthest(bill.pins, ...since.map((later) => later.pins), pins));
  return {
    pins: [...bill.pins.filter(({ topic }) => topic !== 'usage'), ...usage],
    /** Where a quote is missing that did not exist then: that of the first later bill that could see one, or now. */
    laterQuotes: [...since.map((later) => later.pins), pins],
  };
}
