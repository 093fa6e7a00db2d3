/** What somebody does about a bill: mostly something sensible, sometimes something that has to be refused. */
import type { Command } from '../actions.ts';
import type { BookedBill } from '../book.ts';
import { createPrng } from './prng.ts';

/** Null where there is no bill yet to do anything about. */
export function someCommand(dice: number, bills: readonly BookedBill[]): Command | null {
  const prng = createPrng(dice);
  const held = bills.filter(({ wasHeld }) => wasHeld);
  if (held.length > 0 && prng.percent(60)) {
    const { number: billNumber } = prng.pick(held);
    return { kind: prng.percent(60) ? 'release' : 'reject', billNumber };
  }
  const issued = bills.filter(({ outcome }) => outcome === 'invoiced' || outcome === 'voided');
  if (issued.length === 0) return null;
  const { number: billNumber, total } = prng.pick(issued);
  const part = [10n, 50n, 100n, 101n][prng.whole(0, 3)]!;
  const amount = (total * part) / 100n;
  if (amount > 0n && prng.percent(40)) return { kind: 'credit-note', billNumber, amount };
  return { kind: prng.percent(85) ? 'void' : 'release', billNumber };
}
