/** Where a run is looked up: among the projected ones, else among the planned ones. */
import type { Clock } from '../adapters/clock.ts';
import type { ReadModels, RunView } from '../adapters/read-models.ts';
import type { FrozenRun, Runs } from '../adapters/runs.ts';

export interface RunSources {
  readonly readModels: Pick<ReadModels, 'findRun'>;
  readonly runs: Pick<Runs, 'find'>;
}

const POLL_MS = 250;

/** The run, with zero counts while it is planned but not projected yet; null when it is not even planned. */
export async function findRun({ readModels, runs }: RunSources, runId: string): Promise<RunView | null> {
  const projected = await readModels.findRun(runId);
  if (projected !== null) return projected;
  const planned = await runs.find(runId);
  return planned === null ? null : viewOfPlanned(planned);
}

/**
 * Looks the run up until `isEnough`, or until `waitMs` have passed.
 * @returns the run as last seen
 * @throws the signal's reason when it aborts, and what a look-up throws
 */
export async function findRunUntil(
  { clock, ...sources }: RunSources & { readonly clock: Clock },
  runId: string,
  { isEnough, waitMs, signal }: { isEnough: (run: RunView | null) => boolean; waitMs: number; signal: AbortSignal },
): Promise<RunView | null> {
  const deadline = clock.now() + waitMs;
  for (;;) {
    const run = await findRun(sources, runId);
    const leftMs = deadline - clock.now();
    if (isEnough(run) || leftMs <= 0) return run;
    await clock.sleep(Math.min(POLL_MS, leftMs), signal);
  }
}

/** Whether nothing more will happen to the run by itself. A cancelled one goes on until its last shop has been skipped. */
export function isFinished({ completedAt }: RunView): boolean {
  return completedAt !== null;
}

function viewOfPlanned(run: FrozenRun): RunView {
  return {
    runId: run.runId,
    status: 'running',
    period: run.period,
    dryRun: run.dryRun,
    trigger: run.trigger,
    expectedShops: run.expectedShops,
    outcomes: {},
    totals: [],
    unbillableShopsWithUsage: run.unbillableShopsWithUsage,
    startedAt: run.startedAt,
    completedAt: null,
    revision: 0,
  };
}
