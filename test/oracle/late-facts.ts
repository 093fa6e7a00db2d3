/**
 * DOMAIN "Late facts": "arriving after their period was billed, become an adjustment line on the next bill: the
 * difference in segment fees, before discount and tax, between the past period recomputed at the new pins (plans and
 * quotes as then) and what it was billed including earlier adjustments; for late trial revenue every later period too;
 * twelve periods back at most, older ones are reported. Each late fact lands in exactly one bill."
 *
 * Naively: each of the twelve months before is rated again, whether or not a fact was late.
 */
import { standingFor, standingOf, type Book, type BookedBill } from './book.ts';
import { addMonths, monthOf, periodOf, type Month } from './calendar.ts';
import { ratePeriod } from './rate-period.ts';
import { isVisible, type Cut, type Told, type ToldFacts } from './told.ts';
import type { Sight, View } from './view.ts';

const MONTHS_BACK = 12;

interface Then {
  readonly shopId: string;
  /** The month that is being billed, in this currency and up to this cut. */
  readonly month: Month;
  readonly currency: string;
  readonly cut: Cut;
  readonly book: Book;
  readonly viewThrough: (sight: Sight) => View;
}

/** Amounts by month, oldest first; months that did not change are left out. Throws FX_RATE_MISSING. */
export function adjustmentsOf(then: Then): Map<Month, bigint> {
  const adjustments = new Map<Month, bigint>();
  for (let back = MONTHS_BACK; back >= 1; back -= 1) {
    const month = addMonths(then.month, -back);
    const billed = standingFor(then.book, then.shopId, month);
    // "An adjustment […] in another currency than the bill's waits for one in its own."
    if (billed === null || billed.currency !== then.currency) continue;
    const change = ratePeriod(periodOf(month), then.viewThrough(sightOf(billed, then))).fees - billedFor(billed, then);
    if (change !== 0n) adjustments.set(month, change);
  }
  return adjustments;
}

/** "what it was billed including earlier adjustments" */
function billedFor(billed: BookedBill, { book, shopId }: Then): bigint {
  return standingOf(book, shopId).reduce(
    (sum, { adjustments }) => sum + (adjustments.get(billed.month) ?? 0n),
    billed.fees,
  );
}

/**
 * "the past period recomputed at the new pins (plans and quotes as then)": usage by the new cut (and by whatever was
 * looked at before, should that ever have been more), plans by the old one. Quotes by the old one too; a late fact that
 * needs one that did not exist then takes that of the first later bill that had one, so that it keeps it from then on.
 */
function sightOf(billed: BookedBill, { book, shopId, cut }: Then): Sight {
  const since = standingOf(book, shopId).filter(({ number }) => number > billed.number);
  const cuts = [billed.cut, ...since.map((bill) => bill.cut), cut];
  return { plans: billed.cut, usage: cuts, quotes: cuts };
}

/**
 * "older ones are reported": usage of months billed more than twelve back that no bill of this shop had seen before.
 * By the place of the fact.
 */
export function tooLate(
  { shopId, month, cut, book }: Then,
  told: ToldFacts,
  dayOf: (instant: number) => string,
): number[] {
  const standing = standingOf(book, shopId);
  const oldest = addMonths(month, -MONTHS_BACK);
  const usage: readonly Told<{ readonly shopId: string; readonly at: number }>[] = [
    ...told.orders,
    ...told.refunds,
    ...told.interactions,
  ];
  return usage
    .filter(({ fact }) => fact.shopId === shopId)
    .filter(({ fact }) => monthOf(dayOf(fact.at)) < oldest)
    .filter(({ fact }) => standing.some((bill) => bill.month === monthOf(dayOf(fact.at))))
    .filter((fact) => isVisible(fact, cut) && !standing.some((bill) => isVisible(fact, bill.cut)))
    .map(({ index }) => index);
}
