/** From the subtotal of a bill to what is to be paid (DOMAIN "Bill"). */
import type { BillAmounts, BillLine, BillOutcome, BillSegment } from './events.ts';
import { checkedMinor } from './money.ts';
import { ratio, roundHalfAwayFromZero } from './ratio.ts';

/** Discount, then tax on what remains, each rounded; before carried credit. Throws AMOUNT_OVERFLOW. */
export function billAmounts({
  subtotalMinor,
  discountRatePpm,
  taxRatePpm,
}: Pick<BillAmounts, 'subtotalMinor' | 'discountRatePpm' | 'taxRatePpm'>): BillAmounts {
  const discountMinor = share(subtotalMinor, discountRatePpm);
  const taxMinor = share(subtotalMinor - discountMinor, taxRatePpm);
  return {
    subtotalMinor: checkedMinor(subtotalMinor, 'The subtotal'),
    discountRatePpm,
    discountMinor: checkedMinor(discountMinor, 'The discount'),
    taxRatePpm,
    taxMinor: checkedMinor(taxMinor, 'The tax'),
    creditMinor: 0n,
    totalMinor: checkedMinor(subtotalMinor - discountMinor + taxMinor, 'The total'),
  };
}

function share(amount: bigint, ratePpm: number): bigint {
  return roundHalfAwayFromZero(ratio(amount * BigInt(ratePpm), 1_000_000n));
}

/**
 * What a bill of these amounts is. In a dry run `calculated` stands for `invoiced`, and nothing is held.
 *
 * @param inTrial a trial threshold applies at the period's end and is not passed by then
 * @param isSuspicious a person must look at it before it is issued
 */
export function billOutcome(
  { totalMinor, creditMinor }: BillAmounts,
  {
    inTrial,
    dryRun,
    isSuspicious,
  }: { readonly inTrial: boolean; readonly dryRun: boolean; readonly isSuspicious: boolean },
): BillOutcome {
  if (totalMinor + creditMinor < 0n) return 'credit';
  if (totalMinor === 0n) return inTrial ? 'trial' : 'zero';
  if (dryRun) return 'calculated';
  return isSuspicious ? 'held' : 'invoiced';
}

/** Throws when a bill does not add up: never a rule's fault, always the program's. */
export function assertAddsUp(amounts: BillAmounts, segments: readonly BillSegment[], lines: readonly BillLine[]): void {
  const { subtotalMinor, discountMinor, taxMinor, creditMinor, totalMinor } = amounts;
  const sum = (of: readonly BillLine[]) => of.reduce((so, { amountMinor }) => so + amountMinor, 0n);
  const problem =
    sum(lines) !== subtotalMinor
      ? 'its lines do not add up to its subtotal'
      : segments.some(({ feeMinor }, index) => sum(lines.filter((line) => line.segment === index)) !== feeMinor)
        ? 'the lines of a segment do not add up to its fee'
        : totalMinor !== subtotalMinor - discountMinor + taxMinor - creditMinor
          ? 'its total is not subtotal, less discount, plus tax, less credit'
          : creditMinor < 0n || (creditMinor > 0n && totalMinor < 0n)
            ? 'more credit was used than there was to pay'
            : null;
  if (problem !== null) throw new Error(`A bill does not add up: ${problem}.`);
}
