/**
 * The port to the read models: folds of the log that can be thrown away and made again. postgres-read-models.ts,
 * memory-read-models.ts. Written by projections/, read by gateway/ and the CLI.
 */
import type { BillLine, CurrencyTotal, Outcome, Period, RunStatus } from '../domain/events.ts';
import type { Trigger } from '../domain/requests.ts';
import type { TopicName } from '../topics.ts';
import type { DeadLetterPosition } from './projection-store.ts';

export interface RunView {
  readonly runId: string;
  readonly status: RunStatus;
  readonly period: Period;
  readonly dryRun: boolean;
  readonly trigger: Trigger;
  readonly expectedShops: number;
  /** Outcomes so far. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Sums of the successful shops so far, ascending by currency. */
  readonly totals: readonly CurrencyTotal[];
  readonly unbillableShopsWithUsage: number | null;
  readonly startedAt: number;
  readonly completedAt: number | null;
  /** Revision of the last BillingRunCompleted; 0 before the first. */
  readonly revision: number;
}

/** The state of (run, shop). Amounts are minor units, null for skipped and failed shops. */
export interface ShopResultView {
  readonly runId: string;
  readonly shopId: string;
  readonly shopDomain: string | null;
  readonly shopSequence: number;
  /** Null: calculated, its invoice not seen yet. */
  readonly outcome: Outcome | null;
  readonly currency: string | null;
  readonly currencyExponent: number | null;
  readonly attributedMinor: bigint | null;
  readonly refundedMinor: bigint | null;
  readonly feeMinor: bigint | null;
  readonly invoiceId: string | null;
  readonly invoiceNumber: string | null;
  /** Skip reason or failure code. */
  readonly reason: string | null;
  /** Failure message. */
  readonly error: string | null;
}

export interface InvoiceView {
  readonly invoiceId: string;
  readonly invoiceNumber: string;
  readonly shopId: string;
  readonly shopDomain: string;
  readonly planId: string;
  readonly runId: string;
  readonly period: Period;
  readonly currency: string;
  readonly currencyExponent: number;
  readonly subtotalMinor: bigint;
  readonly discountMinor: bigint;
  readonly taxMinor: bigint;
  readonly creditMinor: bigint;
  readonly totalMinor: bigint;
  readonly lines: readonly BillLine[];
  readonly status: string;
  readonly issuedAt: number;
  readonly dueAt: number;
  /** In the order in which they were issued. */
  readonly creditNotes: readonly CreditNoteView[];
}

/** A part of an invoice that was credited afterwards; in the invoice's currency. */
export interface CreditNoteView {
  readonly creditNoteId: string;
  readonly creditNoteNumber: string;
  readonly amountMinor: bigint;
  readonly reason: string;
  readonly actor: string | null;
  readonly issuedAt: number;
  /** Id of the request that asked for it. */
  readonly requestId: string | null;
}

export interface DeadLetterView {
  /** topic/partition/offset in the dead letter topic. */
  readonly deadLetterId: string;
  readonly originalTopic: string;
  readonly originalPartition: number | null;
  readonly originalOffset: bigint | null;
  readonly key: string | null;
  readonly runId: string | null;
  readonly code: string;
  readonly message: string;
  readonly kind: string;
  readonly attempt: number;
  readonly failedAt: number;
  /** How often the record had been sent back when it failed here. */
  readonly redriveCount: number;
  /** Id of the message; null where its record names none. */
  readonly eventId: string | null;
  /** What was done about it; null while it waits. */
  readonly settlement: DeadLetterSettlement | null;
}

export interface DeadLetterSettlement {
  readonly action: 'redriven' | 'discarded';
  readonly reason: string;
  readonly actor: string | null;
  readonly settledAt: number;
}

/** Which dead letters: all that is given must fit. */
export interface DeadLetterFilter {
  /** The dead letter topic. */
  readonly topic?: TopicName | undefined;
  readonly code?: string | undefined;
  readonly runId?: string | undefined;
  readonly eventId?: string | undefined;
  /** Failed at or after; epoch milliseconds. */
  readonly from?: number | undefined;
  /** Failed before; epoch milliseconds. */
  readonly before?: number | undefined;
  /** By default those that wait. */
  readonly settled?: boolean | undefined;
}

/** The place of the record that failed first, whatever was sent back and failed again since. */
export interface DeadLetterOrigin {
  readonly originalTopic: string;
  readonly originalPartition: number;
  readonly originalOffset: bigint;
}

/** A bill with a positive total that waits for a person: release or reject names its shop and bill. */
export interface HeldBillView {
  readonly runId: string;
  readonly shopId: string;
  readonly billId: string;
  readonly shopDomain: string;
  readonly period: Period;
  readonly currency: string;
  readonly currencyExponent: number;
  readonly totalMinor: bigint;
  /** Level of the fraud assessment; null when there was none. */
  readonly fraudLevel: string | null;
  /** Codes of the checks that triggered. */
  readonly fraudCodes: readonly string[];
  readonly heldAt: number;
  /** Null while it waits. */
  readonly decision: HoldDecision | null;
}

export interface HoldDecision {
  readonly action: 'released' | 'rejected';
  readonly reason: string;
  readonly actor: string | null;
  readonly decidedAt: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; null at the end. */
  readonly nextCursor: string | null;
}

export interface StatusView {
  readonly activeShops: number;
  readonly shopsWithBillingPlans: number;
  readonly pendingInvoices: number;
  readonly heldBills: number;
  readonly deadLetters: number;
  readonly lastRun: RunView | null;
  /** Epoch milliseconds of the newest event projected; null before the first. */
  readonly lastUpdated: number | null;
}

/** Dead letters as they stood when `run-events`, which tells what was done about them, was folded up to an offset. */
export interface FoundDeadLetters {
  readonly letters: readonly (DeadLetterView | null)[];
  /** Exclusive. */
  readonly foldedUpTo: bigint;
}

export interface ReadModels {
  findRun(runId: string): Promise<RunView | null>;
  /** Newest first. */
  listRuns(query: { cursor: string | null; limit: number }): Promise<Page<RunView>>;
  findShopResult(key: { runId: string; shopId: string }): Promise<ShopResultView | null>;
  /** Ascending by shop id; stable while the run goes on. */
  listShopResults(query: {
    runId: string;
    outcome: string | null;
    cursor: string | null;
    limit: number;
  }): Promise<Page<ShopResultView>>;
  /** Ascending by invoice number (within a series by length, then text). */
  listInvoices(query: {
    periodStartDate: string | null;
    shopId: string | null;
    runId: string | null;
    cursor: string | null;
    limit: number;
  }): Promise<Page<InvoiceView>>;
  findInvoice(invoiceNumber: string): Promise<InvoiceView | null>;
  /** Ascending by place in the dead letter topics. */
  listDeadLetters(query: {
    where?: DeadLetterFilter;
    cursor: string | null;
    limit: number;
  }): Promise<Page<DeadLetterView>>;
  /** Settled ones too, aligned with their positions; null where none was seen. */
  findDeadLetters(positions: readonly DeadLetterPosition[]): Promise<FoundDeadLetters>;
  /** All dead letters that one record left, ascending by when it failed. */
  listDeadLettersOf(origin: DeadLetterOrigin): Promise<DeadLetterView[]>;
  /** Those that wait, ascending by shop id. */
  listHeldBills(query: { cursor: string | null; limit: number }): Promise<Page<HeldBillView>>;
  /** Also one that was decided. */
  findHeldBill(billId: string): Promise<HeldBillView | null>;
  status(now: number): Promise<StatusView>;
}

/** Where a projection stands in a partition: exclusive. */
export interface Checkpoint {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: bigint;
}
