/** Carried credit (DOMAIN "Bill"): what bills below zero left, used by later ones. */
import type { BillAmounts, CreditApplied } from './events.ts';

/** Credit of which something is left. */
export interface CarriedCredit {
  /** The bill below zero that it comes from. */
  readonly billId: string;
  readonly currency: string;
  /** Above zero. */
  readonly remainingMinor: bigint;
}

/**
 * What a bill uses: the credits of its own currency, in the order given, until nothing is left to pay.
 *
 * @param credits oldest first
 * @param payableMinor the bill's total before credit; zero or less uses nothing
 */
export function applyCredits(
  credits: readonly CarriedCredit[],
  { currency, payableMinor }: { readonly currency: string; readonly payableMinor: bigint },
): CreditApplied[] {
  const applied: CreditApplied[] = [];
  let leftMinor = payableMinor;
  for (const { billId, currency: own, remainingMinor } of credits) {
    if (own !== currency || leftMinor <= 0n) continue;
    const amountMinor = remainingMinor < leftMinor ? remainingMinor : leftMinor;
    applied.push({ billId, amountMinor });
    leftMinor -= amountMinor;
  }
  return applied;
}

/** The amounts of a bill after the credits it uses. @param amounts before credit */
export function withCredits(amounts: BillAmounts, applied: readonly CreditApplied[]): BillAmounts {
  const creditMinor = applied.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  return { ...amounts, creditMinor, totalMinor: amounts.totalMinor - creditMinor };
}
