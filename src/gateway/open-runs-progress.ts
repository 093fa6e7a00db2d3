/** How open runs get on, as one gateway sees it from scrape to scrape. */
import type { Clock } from '../adapters/clock.ts';
import type { OpenRuns } from '../adapters/open-runs.ts';
import { isStalled, progressOf, type RunProgress } from '../domain/run-progress.ts';

export interface OpenRunsProgress {
  readonly open: number;
  readonly stalled: number;
  /** Epoch milliseconds; null when no run is open. */
  readonly movedAt: number | null;
}

/** Remembers when each run moved; whoever looks for the first time knows it from the newest event of any run. */
export function createOpenRunsProgress({
  openRuns,
  clock,
  stalledAfterMs,
}: {
  openRuns: OpenRuns;
  clock: Clock;
  stalledAfterMs: number;
}): () => Promise<OpenRunsProgress> {
  let seen = new Map<string, RunProgress>();
  return async () => {
    const [runs, lastEventAt] = await Promise.all([openRuns.list(), openRuns.lastEventAt()]);
    const now = clock.now();
    seen = new Map(runs.map((run) => [run.runId, progressOf(seen.get(run.runId) ?? null, run, { now, lastEventAt })]));
    const progress = [...seen.values()];
    return {
      open: progress.length,
      stalled: progress.filter((one) => isStalled(one, now, stalledAfterMs)).length,
      movedAt: progress.length === 0 ? null : Math.min(...progress.map(({ movedAt }) => movedAt)),
    };
  };
}
