/** What a person asks for about a bill that was calculated, and what is decided about it. */
import type {
  CreditApplied,
  CreditNoteIssued,
  InvoiceCreated,
  Outcome,
  ShopBillCalculated,
  ShopEvent,
  ShopEventHead,
} from './events.ts';

/** A bill as it stands by now. */
export interface StandingBill {
  readonly bill: ShopBillCalculated;
  /** What became of it: invoiced, held, rejected, voided and so on. */
  readonly outcome: Outcome;
  /** Its invoice, when one was issued. */
  readonly invoiceId: string | null;
  readonly invoiceNumber: string | null;
  /** Sum of the credit notes of its invoice. */
  readonly creditedMinor: bigint;
  readonly creditNoteIds: readonly string[];
}

/** What every command is decided with. */
export interface CommandContext {
  /** The shop's head. */
  readonly sequence: number;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly deterministicId: (name: string) => string;
}

/** An event whose number only the register can give; empty so far. */
export type NumberedEvent =
  | { readonly type: 'InvoiceCreated'; readonly data: InvoiceCreated }
  | { readonly type: 'CreditNoteIssued'; readonly data: CreditNoteIssued };

export interface CommandDecision {
  /** What becomes of the bill. */
  readonly outcome: Outcome;
  /** All events but the one with a number. */
  readonly events: readonly ShopEvent[];
  readonly numbered: NumberedEvent | null;
  /** Carried credit that the bill used and that is free again. */
  readonly creditsReturned: readonly CreditApplied[];
}

/** A decision about a bill belongs to the run that made the bill, and takes the next place in the shop's sequence. */
export function commandHead({ bill }: StandingBill, { sequence }: Pick<CommandContext, 'sequence'>): ShopEventHead {
  const { runId, shopId, period } = bill;
  return { runId, shopId, shopSequence: sequence + 1, dryRun: false, period };
}
