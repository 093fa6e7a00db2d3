/** A shop's bill for a period: everything of DOMAIN, put together. */
import { amountsOf, type Amounts } from './amounts.ts';
import type { Book } from './book.ts';
import { isWithin, monthOf, type Month, type Period } from './calendar.ts';
import { openCredits, useCredits } from './credits.ts';
import { assess, type Assessment } from './fraud/assess.ts';
import { signalsOf } from './fraud/signals.ts';
import { adjustmentsOf, tooLate } from './late-facts.ts';
import type { Line } from './lines.ts';
import { metricsOf, type Metrics } from './metrics.ts';
import { ratePeriod, type RatedSegment } from './rate-period.ts';
import { effectOf, type UnappliedReason } from './refunds.ts';
import type { Cut, ToldFacts } from './told.ts';
import { cumulative, hasTrial } from './trial.ts';
import { throughOne, type Sight, type View } from './view.ts';

export type BillOutcome = 'invoiced' | 'zero' | 'trial' | 'credit' | 'held';

export interface Bill extends Amounts {
  readonly outcome: BillOutcome;
  readonly currency: string;
  readonly metrics: Metrics;
  /** The sum of the segments' billable revenue. */
  readonly billable: bigint;
  readonly segments: readonly RatedSegment[];
  readonly fees: bigint;
  readonly lines: readonly Line[];
  readonly adjustments: ReadonlyMap<Month, bigint>;
  /** By the number of the bill whose credit it is. */
  readonly creditsUsed: ReadonlyMap<number, bigint>;
  readonly credit: bigint;
  readonly total: bigint;
  readonly fraud: Assessment;
  readonly unappliedRefunds: readonly { readonly refundId: string; readonly reason: UnappliedReason }[];
  /** Places of late facts of months too far back to be adjusted. */
  readonly tooLate: readonly number[];
}

export interface BillRequest {
  readonly shopId: string;
  readonly period: Period;
  readonly cut: Cut;
  readonly book: Book;
  readonly told: ToldFacts;
  readonly viewOf: (shopId: string, sight: Sight) => View;
  readonly isBot: (userAgent: string) => boolean;
}

/** Of a shop that can be billed. Throws PLAN_CURRENCY_CHANGED and FX_RATE_MISSING. */
export function billOf({ shopId, period, cut, book, told, viewOf, isBot }: BillRequest): Bill {
  const view = viewOf(shopId, throughOne(cut));
  const { currency, segments, fees } = ratePeriod(period, view);
  const last = segments.at(-1)!.version;

  const month = monthOf(period.from);
  const then = { shopId, month, currency, cut, book, viewThrough: (sight: Sight) => viewOf(shopId, sight) };
  const adjustments = adjustmentsOf(then);
  const adjusted = [...adjustments.values()].reduce((sum, amount) => sum + amount, 0n);
  const amounts = amountsOf(fees + adjusted, last);
  const creditsUsed = useCredits(amounts.beforeCredit, currency, openCredits(book, shopId));
  const credit = [...creditsUsed.values()].reduce((sum, amount) => sum + amount, 0n);
  const total = amounts.beforeCredit - credit;

  const lines = [
    ...segments.flatMap((segment) => segment.lines),
    ...[...adjustments].map(([of, amount]): Line => ({ kind: 'adjustment', channel: null, month: of, amount })),
  ];
  const fraud = assess(signalsOf(period, { view, currency, profile: last.fraudProfile, isBot }));
  return {
    ...amounts,
    outcome: outcomeOf(),
    currency,
    metrics: metricsOf(period, currency, lines, view),
    billable: segments.reduce((sum, { billable }) => sum + billable, 0n),
    segments,
    fees,
    lines,
    adjustments,
    creditsUsed,
    credit,
    total,
    fraud,
    unappliedRefunds: view.refunds
      .filter(({ at }) => isWithin(view.dayOf(at), period))
      .flatMap((refund) => {
        const effect = effectOf(refund, currency, view);
        return 'unapplied' in effect ? [{ refundId: refund.refundId, reason: effect.unapplied }] : [];
      }),
    tooLate: tooLate(then, told, view.dayOf),
  };

  /** DOMAIN "Bill", "Trial", "Fraud" and "Outcomes". */
  function outcomeOf(): BillOutcome {
    if (amounts.beforeCredit < 0n) return 'credit';
    if (total > 0n) return fraud.holds ? 'held' : 'invoiced';
    // "Outcome trial: total zero and the threshold not passed at the period's end."
    const isInTrial = hasTrial(last) && cumulative(last, period.until, view) <= last.trialThreshold;
    return isInTrial ? 'trial' : 'zero';
  }
}
