/**
 * Read models made again from the log, beside those in use, and swapped in when they have caught up. Publishes nothing:
 * what a run's completion had to say was said when it happened.
 */
import type { Log, LogRecord } from '../adapters/log.ts';
import type { ProjectionStore } from '../adapters/projection-store.ts';
import type { Checkpoint } from '../adapters/read-models.ts';
import { foldRecords, type FoldDependencies } from './fold-records.ts';
import { PROJECTED_TOPICS } from './project.ts';

/** A pass over fewer records than this is close enough to swap. */
const CLOSE_RECORDS = 1_000;
/** A log that grows faster than it is folded is swapped in all the same: the projector folds the rest. */
const MAX_PASSES = 10;

export interface RebuildDependencies extends FoldDependencies {
  readonly store: ProjectionStore;
  readonly log: Pick<Log, 'read' | 'endOffsets'>;
}

export interface RebuildOptions {
  readonly signal?: AbortSignal;
  /** Records folded so far, and how many there are as far as known: offsets, so aborted records count too. */
  readonly onProgress?: (folded: number, known: number) => void;
}

/** Returns how many records were folded. Safe while projectors run; may be repeated after a crash. */
export async function rebuildReadModels(
  dependencies: RebuildDependencies,
  options: RebuildOptions = {},
): Promise<{ records: number }> {
  const { log, store, logger } = dependencies;
  const rebuild = await store.startRebuild();
  let records = 0;
  try {
    for (let pass = 1; pass <= MAX_PASSES; pass++) {
      const folded = await foldUpTo(dependencies, rebuild.store, await ends(log), options);
      records += folded;
      logger.info({ pass, records: folded }, 'Rebuilt read models from the log');
      if (folded < CLOSE_RECORDS) break;
    }
    const replaced = await rebuild.swap();
    // A projector that finds nothing new would not notice that it is behind now.
    records += await foldUpTo(dependencies, store, replaced, options);
  } finally {
    await rebuild.abandon();
  }
  return { records };
}

async function ends(log: Pick<Log, 'endOffsets'>): Promise<Checkpoint[]> {
  const pins = await log.endOffsets(PROJECTED_TOPICS);
  return pins.map(({ topic, partition, offset }) => ({ topic: topic as Checkpoint['topic'], partition, offset }));
}

/** Folds each partition up to `goals`. Returns the number of records folded. */
async function foldUpTo(
  dependencies: RebuildDependencies,
  store: FoldDependencies['store'],
  goals: readonly Checkpoint[],
  { signal, onProgress }: RebuildOptions,
): Promise<number> {
  let count = 0;
  for (const { topic, partition, offset: to } of goals) {
    signal?.throwIfAborted();
    let position = await store.checkpoint(topic, partition);
    while (position < to) {
      const known = count + Number(to - position);
      const step = { topic, partition, announce: false };
      let isMine = true;
      for await (const records of dependencies.log.read([{ topic, partition, from: position, to }])) {
        signal?.throwIfAborted();
        const end = endOf(records, position);
        isMine = (await foldRecords({ ...dependencies, store }, { ...step, from: position, to: end, records })).moved;
        if (!isMine) break;
        position = end;
        count += records.length;
        onProgress?.(count, known);
      }
      // What is left up to the goal are control records and aborted ones.
      if (isMine) {
        isMine = (await foldRecords({ ...dependencies, store }, { ...step, from: position, to, records: [] })).moved;
      }
      position = isMine ? to : await store.checkpoint(topic, partition);
    }
  }
  return count;
}

function endOf(records: readonly LogRecord[], otherwise: bigint): bigint {
  return records.length > 0 ? records.at(-1)!.offset + 1n : otherwise;
}
