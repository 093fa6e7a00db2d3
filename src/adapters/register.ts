/**
 * The port to the bill register: every decision about a shop, in the order they were made, each with the bytes that were
 * published for it. A row is never overwritten; what a (run, shop) came to is its latest row. postgres-register.ts,
 * memory-register.ts. See docs/decisions/0001.
 */
import type { CarriedCredit } from '../domain/carried-credit.ts';
import type { CreditApplied, Outcome } from '../domain/events.ts';
import { BillingError } from '../errors.ts';
import type { LogPosition, Pin } from '../domain/log-position.ts';
import type { OutRecord } from './log.ts';

/** `bill`: what a run decided about the shop, also that it is skipped or failed. The others: what people asked for. */
export type DecisionKind = 'bill' | 'release' | 'reject' | 'void' | 'credit-note';

/** What every decision tells, before and after it is recorded. */
interface DecisionFacts {
  readonly runId: string;
  readonly shopId: string;
  readonly kind: DecisionKind;
  /** First day of the period: with the shop, the key that is settled once. */
  readonly periodStartDate: string;
  /** What became of (run, shop) by this decision; a credit note leaves it as it was. */
  readonly outcome: Outcome;
  /** The request that was decided. */
  readonly source: LogPosition;
  /** The pins it looked at; null: those of the run. */
  readonly pins: readonly Pin[] | null;
  /** Epoch milliseconds; the clock of the decision, so that it can be recomputed. */
  readonly decidedAt: number;
  /** The bill it is about; null when none was calculated. */
  readonly billId: string | null;
  /** The invoice it issued, voided or credited. */
  readonly invoiceId: string | null;
  readonly creditNoteId: string | null;
  /** Of the bill, or of the credit note when it is one. */
  readonly currency: string | null;
  readonly totalMinor: bigint | null;
}

/** A decision as it stands in the register. */
export interface RegisteredDecision extends DecisionFacts {
  readonly shopSequence: number;
  /** Of the invoice it issued, voided or credited. */
  readonly invoiceNumber: string | null;
  /** What it took from a series: the number of an invoice or of a credit note. */
  readonly issuedNumber: string | null;
  /** Exactly what was, or will be, published. */
  readonly records: readonly OutRecord[];
}

/** Carried credit of which something is left. */
export interface OpenCredit extends CarriedCredit {
  /** Place of that bill's decision in the shop's sequence: the lowest is the oldest. */
  readonly sequence: number;
}

/** What asks for a decision of a run about a shop. */
export interface ShopKey {
  readonly runId: string;
  readonly shopId: string;
  readonly periodStartDate: string;
  readonly source: LogPosition;
}

export interface ShopState {
  /** The shop's head: 0 when nothing was decided about the shop yet. */
  readonly sequence: number;
  /** The decision that this very request led to; null when it led to none. */
  readonly own: RegisteredDecision | null;
  /** What stands of the asked (run, shop). */
  readonly decision: RegisteredDecision | null;
  /** The run that settled the asked period of this shop, whatever run that was. */
  readonly settledByRunId: string | null;
  /** Invoices ever issued for (shop, period): the next ordinal is one more. */
  readonly invoicesIssued: number;
  /** Oldest first. */
  readonly credits: readonly OpenCredit[];
  /** The run is cancelled. */
  readonly cancelled: boolean;
}

/** What asks for something about a bill, by the bill's id or by the number of its invoice. */
export interface BillKey {
  readonly shopId: string;
  readonly source: LogPosition;
  readonly billId?: string;
  readonly invoiceNumber?: string;
}

export interface BillState {
  readonly sequence: number;
  /** The decision that this very request led to; null when it led to none. */
  readonly own: RegisteredDecision | null;
  /** The decision that calculated the bill; null: the shop has no such bill. */
  readonly bill: RegisteredDecision | null;
  /** What stands of the bill's (run, shop). */
  readonly decision: RegisteredDecision | null;
  /** Invoices ever issued for the bill's (shop, period). */
  readonly invoicesIssued: number;
  /** Sum of the credit notes of its invoice. */
  readonly creditedMinor: bigint;
  readonly creditNoteIds: readonly string[];
}

/** The place of a decision among all about its shop. */
export interface DecisionKey {
  readonly shopId: string;
  readonly sequence: number;
}

/** A live bill that stands: its outcome now is invoiced, zero, trial, credit or held. */
export interface BillStanding {
  readonly runId: string;
  /** Place of the decision that calculated it. */
  readonly sequence: number;
  readonly currency: string;
  /** What it looked at; null: the pins of its run. */
  readonly pins: readonly Pin[] | null;
}

export interface ShopHistory {
  /** In the order of their sequence. */
  readonly bills: readonly BillStanding[];
  /** Place of the last rejection or void; 0: there was none. */
  readonly lastUndone: number;
}

/** A decision to be recorded. */
export interface NewDecision extends DecisionFacts {
  /** Head the decision was made on; it becomes expectedSequence + 1. */
  readonly expectedSequence: number;
  /** Number of an invoice issued before; null where this decision issues it, or there is none. */
  readonly invoiceNumber: string | null;
  /** Carried credit it uses, or, below zero, gives back. What it leaves to be carried follows from outcome and total. */
  readonly creditsUsed: readonly CreditApplied[];
  /** It was decided in the knowledge that its run is cancelled. */
  readonly knowsCancelled: boolean;
  /** Records ready to publish; one with a number is appended behind them by the register. */
  readonly records: readonly OutRecord[];
  /** Set when it issues an invoice or a credit note: takes the next number of `series` and finishes the record with it. */
  readonly numbered: { readonly series: string; readonly finish: (number: string) => OutRecord } | null;
}

/** A decision as the log tells of it: its events are published, and what it took from a series is taken. */
export interface LoggedDecision extends DecisionFacts {
  readonly shopSequence: number;
  readonly invoiceNumber: string | null;
  readonly issuedNumber: string | null;
  /** As of NewDecision. */
  readonly creditsUsed: readonly CreditApplied[];
  /** Its events, as they stand on the log. */
  readonly records: readonly OutRecord[];
}

/**
 * Thrown by `record` when it would run on a connection opened after the register was last compared with the log: the
 * server behind it may lack what was decided before.
 */
export class FoldFirst extends BillingError {
  constructor() {
    super('UNAVAILABLE', 'The register is compared with the log first: a connection was opened since.');
  }
}

/** Outcomes that occupy (shop, period): no other run may decide it. failed, skipped and voided leave it free. */
export const SETTLING_OUTCOMES: readonly Outcome[] = ['invoiced', 'zero', 'trial', 'credit', 'held', 'rejected'];

/** Outcomes of a bill that stands: it counts as charged, and what it took over is taken over. */
export const STANDING_OUTCOMES: readonly Outcome[] = ['invoiced', 'zero', 'trial', 'credit', 'held'];

/** The outcomes of (run, shop) on which a decision may follow; null: there is none yet. */
export const FOLLOWS: Readonly<Record<DecisionKind, readonly (Outcome | null)[]>> = {
  bill: [null, 'failed'],
  release: ['held'],
  reject: ['held'],
  void: ['invoiced'],
  'credit-note': ['invoiced'],
};

/** What an operator decided, as a register in memory looks at it. The one in Postgres reads it in its transaction. */
export interface RunControlView {
  isCancelled(runId: string): boolean;
  paused(): boolean;
}

export interface Register {
  /** State of each asked (run, shop), aligned with `keys`. */
  load(keys: readonly ShopKey[]): Promise<ShopState[]>;
  /** State of each asked bill, aligned with `keys`. */
  loadBills(keys: readonly BillKey[]): Promise<BillState[]>;
  /** Everything that was decided about a shop for a period, by whatever run, in the order of their sequence. */
  decisionsOf(key: { readonly shopId: string; readonly periodStartDate: string }): Promise<RegisteredDecision[]>;
  /** What stands of each shop, aligned with `shopIds`. */
  loadHistories(shopIds: readonly string[]): Promise<ShopHistory[]>;
  /** The decisions at these places, in any order; those that are not there are left out. */
  loadDecisions(keys: readonly DecisionKey[]): Promise<RegisteredDecision[]>;
  /**
   * What runs decided about shops in a period, corrections left out, ascending by shop id, as UTF-8 bytes, and sequence;
   * after a place in that order.
   */
  billsOfPeriod(query: {
    periodStartDate: string;
    after: { readonly shopId: string; readonly shopSequence: number } | null;
    limit: number;
  }): Promise<RegisteredDecision[]>;
  /**
   * Records the decisions in one durable transaction: compare-and-sets each shop's head (locked in order of shop id),
   * then takes numbers, without gaps, series rows last. Returns what to publish for each, aligned with `decisions`;
   * null where the head had moved or the run was cancelled meanwhile: load and decide that shop again. Deadlocks and
   * serialization failures are retried inside.
   *
   * A shop must not appear twice in one call.
   * @param foldedThrough what `generation` was when the register was last compared with the log, or what was decided on
   *   was read; by default it is taken as it is
   * @throws BillingError ISSUING_PAUSED, with nothing recorded; FoldFirst; REGISTER_CONFLICT when a decision cannot be,
   *   as a credit spent beyond its amount or a row that heads do not know of
   */
  record(decisions: readonly NewDecision[], foldedThrough?: number): Promise<(readonly OutRecord[] | null)[]>;
  /** Grows when what the register tells may come from another server than before. */
  generation(): number;
  /**
   * Compares decisions with what is recorded, and records those that are missing as if they had been recorded here:
   * heads, numbers, credits and what stands of (run, shop) follow. In one durable transaction. Returns how many were
   * missing. `decisions` are ascending by sequence within a shop.
   * @throws BillingError REGISTER_CONFLICT where register and log tell different things
   */
  fold(decisions: readonly LoggedDecision[]): Promise<number>;
}

/** `INV-2026-000001` is 1 in `INV-2026`. */
export function parseNumber(number: string): { series: string; ordinal: bigint } {
  const dash = number.lastIndexOf('-');
  return { series: number.slice(0, dash), ordinal: BigInt(number.slice(dash + 1)) };
}

/** `INV-2026` and 1 make `INV-2026-000001`; wider numbers simply grow. */
export function numberIn(series: string, ordinal: bigint): string {
  return `${series}-${ordinal.toString().padStart(6, '0')}`;
}

/** What a decision leaves to be carried, above zero; null when nothing. */
export function creditGranted({ kind, outcome, totalMinor }: DecisionFacts): bigint | null {
  return kind === 'bill' && outcome === 'credit' && totalMinor !== null ? -totalMinor : null;
}
