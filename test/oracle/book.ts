/**
 * What has been decided so far, oldest first. DOMAIN "Outcomes" and "Late facts": "A rejected or voided bill gives the
 * credits and adjustments it used back": such a bill does not *stand* any more, and whatever it used is free again.
 */
import type { Month } from './calendar.ts';
import type { Cut } from './told.ts';

export type BookedOutcome = 'invoiced' | 'zero' | 'trial' | 'credit' | 'held' | 'rejected' | 'voided';

export interface BookedBill {
  /** Its place in the book. */
  readonly number: number;
  readonly shopId: string;
  readonly month: Month;
  readonly cut: Cut;
  readonly currency: string;
  /** Segment fees without adjustments. */
  readonly fees: bigint;
  readonly adjustments: ReadonlyMap<Month, bigint>;
  /** By the number of the bill whose credit it is. */
  readonly creditsUsed: ReadonlyMap<number, bigint>;
  readonly total: bigint;
  readonly outcome: BookedOutcome;
  /** Decided by a person, or still to be. */
  readonly wasHeld: boolean;
  /** The sum of its credit notes. */
  readonly credited: bigint;
}

export interface Book {
  readonly bills: readonly BookedBill[];
  add(bill: Omit<BookedBill, 'number' | 'credited' | 'wasHeld'>): BookedBill;
  change(number: number, change: Partial<Pick<BookedBill, 'outcome' | 'credited'>>): void;
}

export function createBook(): Book {
  const bills: BookedBill[] = [];
  return {
    bills,
    add(bill) {
      const booked = { ...bill, number: bills.length, wasHeld: bill.outcome === 'held', credited: 0n };
      bills.push(booked);
      return booked;
    },
    change(number, change) {
      bills[number] = { ...bills[number]!, ...change };
    },
  };
}

export const stands = ({ outcome }: BookedBill) => outcome !== 'rejected' && outcome !== 'voided';

export const standingOf = ({ bills }: Book, shopId: string) =>
  bills.filter((bill) => bill.shopId === shopId && stands(bill));

/** The bill that stands for a shop's month. */
export const standingFor = (book: Book, shopId: string, month: Month) =>
  standingOf(book, shopId).find((bill) => bill.month === month) ?? null;

/** "the period stays unbilled" after a rejection, and is settled all the same; only a voided one can be billed again. */
export const isSettled = ({ bills }: Book, shopId: string, month: Month) =>
  bills.some((bill) => bill.shopId === shopId && bill.month === month && bill.outcome !== 'voided');
