/** What can be asked of the oracle, in the order in which it happens. */
import type { Month, Period } from './calendar.ts';
import type { Bill, BillOutcome } from './bill.ts';
import type { Cut } from './told.ts';

export interface BillingRun {
  readonly kind: 'run';
  /** A live run needs a month; a dry one takes any days. */
  readonly period: Month | Period;
  /** How many facts (or how far each partition) the run may look. */
  readonly cut: Cut;
  readonly isDry?: boolean;
  /** Named shops; without, all. */
  readonly shopIds?: readonly string[];
  readonly force?: boolean;
}

/** Commands name the bill by its number, which the run that made it answered with. */
export type Command =
  | { readonly kind: 'release' | 'reject' | 'void'; readonly billNumber: number }
  | { readonly kind: 'credit-note'; readonly billNumber: number; readonly amount: bigint };

export type CommandResult =
  | 'done'
  | 'repeated'
  | 'HOLD_NOT_FOUND'
  | 'HOLD_ALREADY_DECIDED'
  | 'INVOICE_NOT_FOUND'
  | 'INVOICE_VOIDED'
  | 'INVOICE_CREDITED'
  | 'CREDIT_EXCEEDS_INVOICE';

export interface ShopOutcome {
  readonly shopId: string;
  readonly outcome: BillOutcome | 'calculated' | 'skipped' | 'failed';
  /** Why it was skipped, or the code with which it failed. */
  readonly reason: string | null;
  readonly bill: Bill | null;
  /** Of a live bill. */
  readonly billNumber: number | null;
}

export interface RunResult {
  readonly shops: readonly ShopOutcome[];
  readonly unbillableShopsWithUsage: number;
  /** CONTRACTS: "Asking again for a finished one answers with it": nothing new was decided. */
  readonly isRepeated: boolean;
}
