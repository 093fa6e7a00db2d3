/** Folds records of one partition into a store: the step that projecting and rebuilding share. */
import type { Clock } from '../adapters/clock.ts';
import type { Codec } from '../adapters/codec.ts';
import type { LogRecord } from '../adapters/log.ts';
import type { Logger } from '../adapters/logger.ts';
import type {
  Advanced,
  LockedRun,
  NewCompletion,
  ProjectionStep,
  ProjectionStore,
} from '../adapters/projection-store.ts';
import type { LogPosition } from '../domain/log-position.ts';
import { applyEvents } from './apply-events.ts';
import { sortRecords } from './batch-events.ts';
import { completionDue } from './completion.ts';

export interface FoldDependencies {
  readonly store: Omit<ProjectionStore, 'startRebuild'>;
  readonly codec: Codec;
  readonly clock: Clock;
  readonly logger: Logger;
  /** UUIDv5 of a name. */
  readonly deterministicId: (name: string) => string;
}

/** Name of the event that a run completed: the same revision has the same id whoever finds it due. */
export function runCompletedIdName({ runId, revision }: { runId: string; revision: number }): string {
  return JSON.stringify(['run-completed', runId, revision]);
}

/**
 * Folds `records`, which stand in [from, to), and moves the checkpoint. Returns the completions found due, stored to
 * be published; `moved` is false when the checkpoint does not stand at `from`.
 *
 * @param announce false: completions are neither looked for nor stored.
 */
export async function foldRecords(
  dependencies: FoldDependencies,
  {
    records,
    announce,
    ...place
  }: Omit<ProjectionStep, 'newestAt'> & { readonly records: readonly LogRecord[]; readonly announce: boolean },
): Promise<Advanced<NewCompletion[]>> {
  const { store } = dependencies;
  const batch = await sortRecords(dependencies, records);
  const newestAt = records.reduce<number | null>((max, { timestamp }) => Math.max(max ?? timestamp, timestamp), null);
  const source = { topic: place.topic, partition: place.partition, offset: records.at(-1)?.offset ?? place.from };
  return store.advance({ ...place, newestAt }, async (transaction) => {
    const runs = await applyEvents(transaction, batch);
    const due = announce ? completionsDue(dependencies, runs, source, batch.lastEventIds) : [];
    if (due.length > 0) await transaction.addCompletions(due);
    return due;
  });
}

/** The completions that these runs, locked, are due. */
export function completionsDue(
  { codec, clock, deterministicId }: FoldDependencies,
  runs: readonly LockedRun[],
  source: LogPosition,
  lastEventIds: ReadonlyMap<string, string>,
): NewCompletion[] {
  return runs.flatMap((run) => {
    const completed = completionDue(run, clock.now());
    if (completed === null) return [];
    const { runId, completedAt } = completed;
    const record = codec.encode('run-events', runId, 'BillingRunCompleted', completed, {
      id: deterministicId(runCompletedIdName(completed)),
      correlationId: runId,
      causationId: lastEventIds.get(runId) ?? null,
      time: completedAt,
    });
    return [{ completed, record, source }];
  });
}
