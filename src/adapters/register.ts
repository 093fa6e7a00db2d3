/**
 * The port to the bill register: every decision about a shop, exactly once, with the bytes that were published for it.
 * postgres-register.ts, memory-register.ts. See docs/decisions/0001.
 */
import type { Outcome } from '../domain/events.ts';
import type { LogPosition, Pin } from '../domain/log-position.ts';
import type { OutRecord } from './log.ts';

/** A decision as it stands in the register. */
export interface RegisteredDecision {
  readonly runId: string;
  readonly shopId: string;
  readonly shopSequence: number;
  readonly outcome: Outcome;
  /** The request that was decided. */
  readonly source: LogPosition;
  /** The pins it looked at; null: those of the run. */
  readonly pins: readonly Pin[] | null;
  /** Epoch milliseconds; the clock of the decision, so that it can be recomputed. */
  readonly decidedAt: number;
  readonly invoiceNumber: string | null;
  /** Exactly what was, or will be, published. */
  readonly records: readonly OutRecord[];
}

export interface ShopState {
  /** 0 when nothing was decided about the shop yet. */
  readonly sequence: number;
  /** The decision of the asked (run, shop). */
  readonly decision: RegisteredDecision | null;
  /** The run that settled the asked period of this shop, whatever run that was. */
  readonly settledByRunId: string | null;
  /** Invoices ever issued for (shop, period): the next ordinal is one more. */
  readonly invoicesIssued: number;
}

/** A decision to be recorded. */
export interface NewDecision {
  readonly runId: string;
  readonly shopId: string;
  /** First day of the period: with the shop, the key that is settled once. */
  readonly periodStartDate: string;
  /** Head the decision was made on; it becomes expectedSequence + 1. */
  readonly expectedSequence: number;
  readonly outcome: Outcome;
  readonly source: LogPosition;
  readonly pins: readonly Pin[] | null;
  readonly decidedAt: number;
  /** Records ready to publish; an invoice's record is appended behind them by the register. */
  readonly records: readonly OutRecord[];
  /** Set when the decision issues an invoice: takes the next number of `series` and finishes the record with it. */
  readonly invoice: { readonly series: string; readonly finish: (invoiceNumber: string) => OutRecord } | null;
}

/** Outcomes that occupy (shop, period): no other run may decide it. failed, skipped and voided leave it free. */
export const SETTLING_OUTCOMES: readonly Outcome[] = ['invoiced', 'zero', 'trial', 'credit', 'held', 'rejected'];

export interface Register {
  /** State of each asked (run, shop), aligned with `keys`. */
  load(keys: readonly { runId: string; shopId: string; periodStartDate: string }[]): Promise<ShopState[]>;
  /**
   * Records the decisions in one durable transaction: compare-and-sets each shop's head (locked in order of shop id),
   * then takes invoice numbers, without gaps, series row last. Returns what to publish for each, aligned with
   * `decisions`; null where the head had moved: load and decide that shop again. Deadlocks and serialization failures
   * are retried inside.
   *
   * A shop must not appear twice in one call.
   */
  record(decisions: readonly NewDecision[]): Promise<(readonly OutRecord[] | null)[]>;
}

/** `INV-2026` and 1 make `INV-2026-000001`; wider numbers simply grow. */
export function invoiceNumber(series: string, ordinal: bigint): string {
  return `${series}-${ordinal.toString().padStart(6, '0')}`;
}
