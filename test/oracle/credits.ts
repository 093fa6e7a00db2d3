/**
 * DOMAIN "Bill": "A bill that is negative before credit is outcome `credit`: no invoice, its amount is carried"; "then
 * carried credit, oldest first, down to zero". DOMAIN "Late facts": "credit in another currency than the bill's waits for
 * one in its own."
 */
import { standingOf, type Book } from './book.ts';
import type { Month } from './calendar.ts';

export interface OpenCredit {
  /** The bill that carried it. */
  readonly billNumber: number;
  readonly month: Month;
  readonly currency: string;
  readonly amount: bigint;
}

/** A shop's credits that are not used up, oldest decision first. */
export function openCredits(book: Book, shopId: string): OpenCredit[] {
  const standing = standingOf(book, shopId);
  return standing
    .filter(({ outcome }) => outcome === 'credit')
    .map(({ number, month, currency, total }) => {
      const used = standing.reduce((sum, { creditsUsed }) => sum + (creditsUsed.get(number) ?? 0n), 0n);
      return { billNumber: number, month, currency, amount: -total - used };
    })
    .filter(({ amount }) => amount > 0n);
}

/** How much of which credit a bill of an amount uses. */
export function useCredits(amount: bigint, currency: string, credits: readonly OpenCredit[]): Map<number, bigint> {
  const uses = new Map<number, bigint>();
  let left = amount;
  for (const credit of credits.filter((each) => each.currency === currency)) {
    if (left <= 0n) break;
    const use = credit.amount < left ? credit.amount : left;
    uses.set(credit.billNumber, use);
    left -= use;
  }
  return uses;
}
