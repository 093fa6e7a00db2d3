/** The adjustments of a bill (DOMAIN "Late facts"): what a past month comes to now, less what it was billed. */
import type { Adjustment, BillLine, ShopBillCalculated, ShopBillDiverged } from './events.ts';
import type { LateFact } from './late-facts.ts';
import type { LogPosition } from './log-position.ts';
import { checkedMinor } from './money.ts';
import type { RatedPeriod } from './rate-period.ts';

/** What a bill takes over from the past of its shop. */
export interface Adjusted {
  /** By month, oldest first; none of zero. */
  readonly adjustments: readonly Adjustment[];
  /** Facts of months too far back to be adjusted. */
  readonly unadjustedFacts: readonly LogPosition[];
  /** Past bills that today's program does not reproduce: they adjust nothing. */
  readonly diverged: readonly ShopBillDiverged[];
}

export const NO_ADJUSTMENTS: Adjusted = { adjustments: [], unadjustedFacts: [], diverged: [] };

/** An event must stay readable: of very many facts the first are named. All of them count. */
const NAMED_FACTS = 1_000;

/**
 * The difference in segment fees of a month, before discount and tax; null when there is none.
 *
 * @param bill what stands of the month
 * @param later standing bills that may have adjusted it already
 * @param again the month rated again
 * @param late the facts that were not taken into account so far
 */
export function adjustmentOf({
  bill,
  later,
  again,
  late,
}: {
  readonly bill: ShopBillCalculated;
  readonly later: readonly ShopBillCalculated[];
  readonly again: RatedPeriod;
  readonly late: readonly LateFact[];
}): Adjustment | null {
  const { startDate: periodStartDate, start } = bill.period;
  const adjusted = later
    .flatMap(({ adjustments }) => adjustments)
    .filter((adjustment) => adjustment.periodStartDate === periodStartDate)
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  const amountMinor = checkedMinor(feesOf(again.segments) - feesOf(bill.segments) - adjusted, 'The adjustment');
  if (amountMinor === 0n) return null;
  // Facts of the month itself explain the change; where there are none it was those before.
  const own = late.filter(({ occurredAt }) => occurredAt >= start);
  return { periodStartDate, amountMinor, facts: named((own.length > 0 ? own : late).map(({ position }) => position)) };
}

/** The first of them, in the order given. */
export function named(facts: readonly LogPosition[]): LogPosition[] {
  return facts.slice(0, NAMED_FACTS);
}

/** The line of an adjustment: of the month, of no channel. */
export function adjustmentLine({ periodStartDate, amountMinor }: Adjustment): BillLine {
  const description = `Adjustment for ${periodStartDate.slice(0, 7)}`;
  return { kind: 'adjustment', description, segment: null, channel: null, quantity: null, amountMinor };
}

/**
 * Whether a month rated again as it was then gives what was charged then: otherwise its rules have changed since, and
 * nothing may be charged for that.
 */
export function isReproduced(bill: ShopBillCalculated, again: RatedPeriod | null): boolean {
  return again !== null && comparableText(chargedBy(bill)) === comparableText(chargedBy(again));
}

/** What was charged, to be shown where it differs. */
export function chargedBy({ segments, lines }: Pick<ShopBillCalculated, 'segments' | 'lines'>) {
  return { segments, lines: lines.filter(({ kind }) => kind === 'fee') };
}

/** Text that is equal when what it shows is: fields in one order, amounts exact. */
export function comparableText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return part.toString();
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function feesOf(segments: readonly { readonly feeMinor: bigint }[]): bigint {
  return segments.reduce((sum, { feeMinor }) => sum + feeMinor, 0n);
}
