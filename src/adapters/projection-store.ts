/**
 * The port by which projections write: folded states and counters, each batch in one transaction with its checkpoint.
 * postgres-projection-store.ts, memory-projection-store.ts. What is read out of it is read-models.ts.
 */
import type { BillingRunCompleted, CurrencyTotal, Outcome, Period, RunStatus } from '../domain/events.ts';
import type { LogPosition } from '../domain/log-position.ts';
import type { Trigger } from '../domain/requests.ts';
import type { TopicName } from '../topics.ts';
import type { OutRecord } from './log.ts';
import type {
  Checkpoint,
  CreditNoteView,
  DeadLetterSettlement,
  DeadLetterView,
  HeldBillView,
  HoldDecision,
  InvoiceView,
} from './read-models.ts';

/** What was decided last about (run, shop). */
export interface DecidedPart {
  readonly sequence: number;
  /** Orders the events that share a sequence; see shop-result.ts. */
  readonly rank: number;
  /** Null: calculated, its invoice not seen yet. */
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  readonly error: string | null;
  readonly shopDomain: string | null;
}

/** What a bill or its invoice says about money. */
export interface AmountsPart {
  readonly sequence: number;
  readonly shopDomain: string;
  readonly currency: string;
  readonly currencyExponent: number;
  readonly totalMinor: bigint;
}

export interface BillPart extends AmountsPart {
  readonly attributedMinor: bigint;
  readonly refundedMinor: bigint;
}

export interface InvoicePart extends AmountsPart {
  readonly invoiceId: string;
  readonly invoiceNumber: string;
}

export interface ShopKey {
  readonly runId: string;
  readonly shopId: string;
}

/**
 * The folded state of (run, shop): of each part the newest, each by itself, so that the order in which events
 * arrive cannot matter.
 */
export interface ShopResultState extends ShopKey {
  readonly decided: DecidedPart;
  readonly bill: BillPart | null;
  readonly invoice: InvoicePart | null;
}

/** Shops of a run with one outcome; `currency` is set where they count towards the totals. May be a difference. */
export interface OutcomeCount {
  readonly runId: string;
  readonly outcome: Outcome;
  readonly currency: string | null;
  readonly currencyExponent: number | null;
  readonly shops: number;
  readonly revenueMinor: bigint;
  readonly feesMinor: bigint;
}

/** What a run's outcomes add up to. */
export interface RunSummary {
  /** Only what is not zero. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Ascending by currency. */
  readonly totals: readonly CurrencyTotal[];
}

/** What BillingRunStarted told. */
export interface StartedPart {
  readonly period: Period;
  readonly dryRun: boolean;
  readonly trigger: Trigger;
  readonly expectedShops: number;
  readonly unbillableShopsWithUsage: number | null;
  readonly startedAt: number;
}

/** The folded state of a run, apart from its counters. */
export interface RunState {
  readonly runId: string;
  /** Null: only its shops' events were seen yet. */
  readonly started: StartedPart | null;
  readonly cancelledAt: number | null;
  readonly completed: {
    readonly revision: number;
    readonly status: Exclude<RunStatus, 'running' | 'cancelled'>;
    readonly completedAt: number;
  } | null;
}

/** A run whose row this transaction holds: nobody else changes its counters until the end. */
export interface LockedRun {
  readonly state: RunState;
  readonly counts: readonly OutcomeCount[];
  /** The completion of the highest revision, published or about to be. */
  readonly lastCompletion: Pick<BillingRunCompleted, 'revision' | 'outcomes' | 'totals'> | null;
}

/** A completion to be published: the record found due when everything up to `source` was folded. */
export interface NewCompletion {
  readonly completed: BillingRunCompleted;
  readonly record: OutRecord;
  readonly source: LogPosition;
}

export interface DeadLetterPosition {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: bigint;
}

export type DeadLetterEntry = Omit<DeadLetterView, 'deadLetterId' | 'settlement'> & {
  readonly position: DeadLetterPosition;
};
export type SettledDeadLetter = DeadLetterSettlement & { readonly position: DeadLetterPosition };

export type HeldBill = Omit<HeldBillView, 'decision'>;
export type DecidedHold = ShopKey & HoldDecision & { readonly billId: string };

export type IssuedInvoice = Omit<InvoiceView, 'creditNotes'>;
export type IssuedCreditNote = CreditNoteView & { readonly invoiceId: string };

/** What a projection does inside its transaction. Reads see the transaction's own writes. */
export interface ProjectionTransaction {
  /** Aligned with `keys`, which hold no key twice. */
  loadShopResults(keys: readonly ShopKey[]): Promise<(ShopResultState | null)[]>;
  /** Each must have been loaded in this transaction; one that somebody else changed since makes it start again. */
  saveShopResults(states: readonly ShopResultState[]): Promise<void>;
  /** Adds differences to the run counters of this input partition. */
  addOutcomes(differences: readonly OutcomeCount[]): Promise<void>;
  saveHeldBills(bills: readonly HeldBill[]): Promise<void>;
  /** Takes held bills off the list, also those that are yet to come. */
  decideHeldBills(decisions: readonly DecidedHold[]): Promise<void>;
  /** An invoice never changes: one that is there stays as it is. */
  saveInvoices(invoices: readonly IssuedInvoice[]): Promise<void>;
  /** Marks invoices as voided, also those that are yet to come. */
  voidInvoices(invoiceIds: readonly string[]): Promise<void>;
  /** Also of invoices that are yet to come. */
  saveCreditNotes(creditNotes: readonly IssuedCreditNote[]): Promise<void>;
  saveDeadLetters(entries: readonly DeadLetterEntry[]): Promise<void>;
  /** Takes dead letters off the list, also those that are yet to come. Of two settlements the first counts. */
  settleDeadLetters(settled: readonly SettledDeadLetter[]): Promise<void>;
  /**
   * Locks the rows of these runs, in order of run id, creating those that are missing; then reads what others had
   * committed by then. So of two partitions that finish a run at once, the second sees both. Ascending by run id.
   */
  lockRuns(runIds: readonly string[]): Promise<LockedRun[]>;
  saveRuns(states: readonly RunState[]): Promise<void>;
  /**
   * Stores completions to be published; the runs must be locked. The step is then made durable before it returns, and
   * with it everything it was concluded from. A rebuild keeps them.
   */
  addCompletions(completions: readonly NewCompletion[]): Promise<void>;
  /** Notes completions that were seen on the log, which has the last word: they need no publishing. */
  noteCompletions(completed: readonly BillingRunCompleted[]): Promise<void>;
}

export interface ProjectionStep {
  readonly topic: TopicName;
  readonly partition: number;
  /** Where the checkpoint must stand. */
  readonly from: bigint;
  /** Where it stands afterwards. */
  readonly to: bigint;
  /** Log timestamp of the newest record of the step, epoch milliseconds; null when it has none. */
  readonly newestAt: number | null;
}

export type Advanced<T> = { readonly moved: true; readonly value: T } | { readonly moved: false };

export interface ProjectionStore {
  /** Where the projection of a partition stands: exclusive; 0n before the first step. */
  checkpoint(topic: TopicName, partition: number): Promise<bigint>;
  checkpoints(): Promise<Checkpoint[]>;
  /**
   * Moves the checkpoint and runs `work` in one transaction. When the checkpoint does not stand at `from`, nothing
   * happens and `moved` is false. `work` may run more than once: deadlocks, serialization failures and rows changed
   * by others are tried again.
   */
  advance<T>(step: ProjectionStep, work: (transaction: ProjectionTransaction) => Promise<T>): Promise<Advanced<T>>;
  /** Completions of this input partition that were not seen on the log yet, ascending by source. */
  unseenCompletions(topic: TopicName, partition: number): Promise<NewCompletion[]>;
  /** An empty second set of read models beside this one. One that an earlier rebuild left behind is thrown away. */
  startRebuild(): Promise<Rebuild>;
}

export interface Rebuild {
  readonly store: Omit<ProjectionStore, 'startRebuild'>;
  /**
   * Puts the second set in place of the first, checkpoints included, in one transaction that waits for steps in hand.
   * Returns where the first set stood: what it had folded beyond the second must still be folded.
   */
  swap(): Promise<Checkpoint[]>;
  /** Throws the second set away. Does nothing after a swap. */
  abandon(): Promise<void>;
}
