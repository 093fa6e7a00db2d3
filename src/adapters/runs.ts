/** The port to the planned runs: what a run may look at and which shops it bills, frozen. postgres-runs.ts, memory-runs.ts. */
import type { Period } from '../domain/events.ts';
import type { Pin } from '../domain/log-position.ts';
import type { Trigger } from '../domain/requests.ts';

/** A run as planned. Never changes once frozen. */
export interface PlannedRun {
  readonly runId: string;
  /** Where the request stands in the log: topic/partition/offset. */
  readonly requestId: string;
  readonly period: Period;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly named: boolean;
  readonly trigger: Trigger;
  readonly pins: readonly Pin[];
  readonly requestedAt: number;
  readonly startedAt: number;
}

export interface FrozenRun extends PlannedRun {
  readonly expectedShops: number;
  /** sha256, hex, over the shop ids ascending by their UTF-8 bytes, each followed by a line feed. */
  readonly manifestSha256: string;
  readonly unbillableShopsWithUsage: number | null;
}

export interface Runs {
  /** Null when the run is not planned. */
  find(runId: string): Promise<FrozenRun | null>;
  /**
   * Freezes run and manifest in one transaction; the first writer wins and is read back. `manifest` gives shop ids
   * ascending by their UTF-8 bytes without repeats, in chunks; it is not read when the run exists already.
   */
  freeze(
    run: PlannedRun,
    manifest: AsyncIterable<readonly string[]>,
    countUnbillable: (() => Promise<number>) | null,
  ): Promise<FrozenRun>;
  /** Shop ids of the manifest ascending by their UTF-8 bytes, after `after`. */
  manifest(query: { runId: string; after: string | null; limit: number }): Promise<string[]>;
  /** Puts back a run that the log tells of and that is missing here, without its manifest. False: it is here. */
  restore(run: FrozenRun): Promise<boolean>;
  /** Puts shop ids back into the manifest of a restored run, in any order; those that are there stay. */
  restoreManifest(runId: string, shopIds: readonly string[]): Promise<void>;
  /** Which of the shops are in the run's manifest. */
  inManifest(query: { runId: string; shopIds: readonly string[] }): Promise<ReadonlySet<string>>;
  /** The runs of a period, newest first. */
  ofPeriod(periodStartDate: string): Promise<FrozenRun[]>;
}
