/**
 * The port to the runs that were planned and whose completion was not seen on the log: what the watch looks at.
 * postgres-open-runs.ts, memory-open-runs.ts. Plans come from the runs, outcomes from the read models.
 */

export interface OpenRun {
  readonly runId: string;
  /** Where its request stands in the log: topic/partition/offset. */
  readonly requestId: string;
  readonly startedAt: number;
  readonly cancelled: boolean;
  readonly expectedShops: number;
  /** Shops with an outcome so far. */
  readonly decidedShops: number;
}

export interface OpenRuns {
  /** Oldest first. */
  list(): Promise<OpenRun[]>;
  /** Shops of the manifest without an outcome, ascending by their UTF-8 bytes, after `after`. */
  missingShops(query: { runId: string; after: string | null; limit: number }): Promise<string[]>;
  /** Log timestamp of the newest event projected, epoch milliseconds; null before the first. */
  lastEventAt(): Promise<number | null>;
}
