/**
 * The port to what an operator decided about the work going on: which runs are cancelled, whether issuing is paused.
 * postgres-run-control.ts, memory-run-control.ts. The register reads the same rows inside its transaction, so a
 * decision is either recorded before such a change, or knows of it.
 */

/** What is asked for when a run is cancelled. `at` is epoch milliseconds. */
export interface CancelOrder {
  readonly runId: string;
  /** Where the request stands that is answered with it: topic/partition/offset. */
  readonly requestId: string;
  readonly reason: string;
  readonly actor: string | null;
  readonly at: number;
}

export interface CancelledRun {
  readonly runId: string;
  /** The request that was first: only that one is answered with an event. */
  readonly requestId: string;
  readonly reason: string;
  readonly actor: string | null;
  readonly cancelledAt: number;
}

/** `finished`: every shop had an outcome already, so there was nothing to cancel. `unplanned`: there is no such run. */
export type Cancellation =
  { readonly result: 'cancelled'; readonly run: CancelledRun } | { readonly result: 'finished' | 'unplanned' };

/** What is asked for when issuing is paused or resumed. `at` is epoch milliseconds. */
export interface IssuingOrder {
  readonly reason: string;
  readonly actor: string | null;
  readonly at: number;
}

/** One change of issuing; `revision` counts them from 1. */
export interface IssuingChange {
  readonly revision: number;
  readonly paused: boolean;
  readonly reason: string;
  readonly actor: string | null;
  readonly changedAt: number;
}

/** How issuing stands. Revision 0: it was never changed. */
export interface Issuing {
  readonly paused: boolean;
  readonly revision: number;
  readonly reason: string | null;
  readonly actor: string | null;
  readonly changedAt: number | null;
}

export interface RunControl {
  /**
   * Durably cancels a run; the first cancellation stands and is read back. Waits for decisions being recorded just
   * now: whatever is recorded after this has returned knows of it.
   */
  cancel(order: CancelOrder): Promise<Cancellation>;
  /** Null: not cancelled. */
  cancelledRun(runId: string): Promise<CancelledRun | null>;
  /** Durably stops the recording of decisions, as `cancel` does. Paused already: nothing changes. */
  pause(order: IssuingOrder): Promise<{ readonly revision: number; readonly changed: boolean }>;
  resume(order: IssuingOrder): Promise<{ readonly revision: number; readonly changed: boolean }>;
  issuing(): Promise<Issuing>;
  /** Notes a cancellation that the log tells of. One that is known, and the run of one that is not, stay as they are. */
  restoreCancelled(run: CancelledRun): Promise<void>;
  /** Notes a change of issuing that the log tells of; older ones than the last known change nothing. */
  restoreIssuing(change: IssuingChange): Promise<void>;
  /** Changes of issuing whose event was not noted as published yet, in their order. */
  unannouncedChanges(): Promise<IssuingChange[]>;
  /** Notes that the events of all changes up to this revision are on the log. */
  noteAnnounced(revision: number): Promise<void>;
}
