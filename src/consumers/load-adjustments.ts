/**
 * What earlier months change in the bills of a batch (DOMAIN "Late facts"). A shop of which nothing came late costs its
 * share of two statements; only months that may have changed are read and rated again.
 */
import type { Codec } from '../adapters/codec.ts';
import type { Ledger } from '../adapters/ledger.ts';
import type { Logger } from '../adapters/logger.ts';
import type { Register } from '../adapters/register.ts';
import type { Runs } from '../adapters/runs.ts';
import { adjustmentOf, named, NO_ADJUSTMENTS, type Adjusted } from '../domain/adjustment.ts';
import type { Period } from '../domain/events.ts';
import {
  couldAdjust,
  lateFor,
  lookBack,
  pinsAgain,
  tooLate,
  type AdjustableMonth,
  type BilledPast,
  type LateFact,
  type LookBack,
} from '../domain/late-facts.ts';
import type { Pin } from '../domain/log-position.ts';
import { loadBilledPasts, loadBills, type StandingCalculated } from './load-billed-past.ts';
import { checkReproduced } from './check-reproduced.ts';
import { rateAgain, type RatedAgain } from './rate-again.ts';

export interface AdjustmentDependencies {
  readonly ledger: Ledger;
  readonly register: Pick<Register, 'loadHistories' | 'loadDecisions'>;
  readonly runs: Pick<Runs, 'find'>;
  readonly codec: Codec;
  readonly logger: Logger;
}

/** A bill that is being made. */
export interface BillInTheMaking {
  readonly shopId: string;
  readonly currency: string;
}

/** One shop's trouble is its own. */
export type LoadedAdjustments = { readonly adjusted: Adjusted } | { readonly error: unknown };

/** A shop of which something may have changed. */
interface Suspect extends BillInTheMaking {
  readonly index: number;
  readonly past: BilledPast;
  readonly back: LookBack;
  readonly facts: readonly LateFact[];
}

/** A month of a suspect to be looked at again. */
interface Reopened {
  readonly suspect: Suspect;
  readonly month: AdjustableMonth;
  readonly late: readonly LateFact[];
}

/**
 * Aligned with `bills`; no shop is named twice.
 *
 * @param now epoch milliseconds: when a divergence is found
 */
export async function loadAdjustments(
  dependencies: AdjustmentDependencies,
  { period, pins, now }: { readonly period: Period; readonly pins: readonly Pin[]; readonly now: number },
  bills: readonly BillInTheMaking[],
): Promise<LoadedAdjustments[]> {
  const found: LoadedAdjustments[] = bills.map(() => ({ adjusted: NO_ADJUSTMENTS }));
  const suspects = await findSuspects(dependencies, { period, pins }, bills);
  if (suspects.length === 0) return found;
  const reopened = suspects.flatMap((suspect) =>
    suspect.back.months.flatMap((month): Reopened[] => {
      const late = lateFor(month, suspect.facts);
      return month.isOpen || late.length > 0 ? [{ suspect, month, late }] : [];
    }),
  );
  const again = await rateAgain(
    dependencies.ledger,
    reopened.map(({ suspect: { shopId, past }, month: { bill } }) => ({
      ...{ shopId, period: bill.period },
      ...pinsAgain(past, bill, pins),
    })),
  );
  const billed = await loadBills(dependencies, reopened.map(({ suspect, month }) => billsAbout(suspect, month)).flat());
  for (const suspect of suspects) {
    const months = reopened.flatMap((one, index) =>
      one.suspect === suspect ? [{ ...one, again: again[index]!, billed }] : [],
    );
    const unadjustedFacts = named(tooLate(suspect.past, suspect.back, suspect.facts, period));
    found[suspect.index] = await adjust(dependencies, months, now).then(
      (adjusted) => ({ adjusted: { ...adjusted, unadjustedFacts } }),
      (error: unknown) => ({ error }),
    );
  }
  return found;
}

/** Shops of which a fact came late, or of which something that was charged is not charged any more. */
async function findSuspects(
  dependencies: AdjustmentDependencies,
  { period, pins }: { readonly period: Period; readonly pins: readonly Pin[] },
  bills: readonly BillInTheMaking[],
): Promise<Suspect[]> {
  const pasts = await loadBilledPasts(
    dependencies,
    bills.map(({ shopId }) => shopId),
  );
  const looked = bills.flatMap((bill, index) => {
    const past = pasts[index]!;
    return past.bills.length === 0 ? [] : [{ ...bill, index, past, back: lookBack(past, { ...bill, period }) }];
  });
  if (looked.length === 0) return [];
  const facts = await dependencies.ledger.loadLateFacts({
    shops: looked.map(({ shopId, back }) => ({ shopId, before: period.start, from: back.from })),
    pins,
  });
  return looked
    .map((one, index) => ({ ...one, facts: facts[index]! }))
    .filter(({ facts: late, back }) => late.length > 0 || back.months.some(({ isOpen }) => isOpen));
}

/** The bill of the month, and those that may have adjusted it. */
function billsAbout({ shopId, past }: Suspect, { bill }: AdjustableMonth) {
  return [bill, ...past.bills.filter((later) => couldAdjust(later, bill))].map(({ sequence }) => ({
    shopId,
    sequence,
  }));
}

async function adjust(
  dependencies: AdjustmentDependencies,
  months: readonly (Reopened & { readonly again: RatedAgain; readonly billed: StandingCalculated })[],
  now: number,
): Promise<Adjusted> {
  const adjusted = { adjustments: [], unadjustedFacts: [], diverged: [] } as {
    [K in keyof Adjusted]: Adjusted[K][number][];
  };
  for (const { suspect, month, late, again, billed } of months) {
    const { shopId, past } = suspect;
    const bill = billed(shopId, month.bill.sequence);
    const later = past.bills.filter((one) => couldAdjust(one, month.bill)).map((one) => billed(shopId, one.sequence));
    const adjustment =
      'rated' in again && again.rated !== null ? adjustmentOf({ bill, later, again: again.rated, late }) : null;
    if (adjustment === null && 'rated' in again && again.rated !== null) continue;
    // Only now: a month that comes to the same charges nothing, whatever became of the rules.
    const divergence = await checkReproduced(dependencies, month.bill, bill, now);
    if (divergence !== null) adjusted.diverged.push(divergence);
    else if ('error' in again) throw again.error;
    else if (adjustment !== null) adjusted.adjustments.push(adjustment);
  }
  return adjusted;
}
