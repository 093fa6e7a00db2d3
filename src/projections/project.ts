/**
 * The projector: one pass over the log for all read models, and the place where a run is found complete.
 *
 * The checkpoint in the store, not the group's offset, says what was folded: the rows commit with it. The group's
 * offset follows, in one Kafka transaction with the completions.
 */
import type { Batch, BatchHandler, ConsumerOptions, Log, OutRecord } from '../adapters/log.ts';
import type { NewCompletion } from '../adapters/projection-store.ts';
import { DEAD_LETTER_TOPICS, type TopicName } from '../topics.ts';
import { foldRecords, type FoldDependencies } from './fold-records.ts';

/** Everything read models are made of: one consumer group, `projections`, reads it. */
export const PROJECTED_TOPICS: readonly TopicName[] = ['run-events', 'events', 'dry-run-events', ...DEAD_LETTER_TOPICS];

export interface ProjectorDependencies extends FoldDependencies {
  readonly log: Pick<Log, 'read'>;
}

export interface Projector {
  /** For one transactional consumer of PROJECTED_TOPICS. */
  readonly handler: BatchHandler;
  /** The checkpoint, or earlier where a completion may not have been published; on an empty database the beginning. */
  readonly startAt: NonNullable<ConsumerOptions['startAt']>;
}

export function createProjector(dependencies: ProjectorDependencies): Projector {
  const { store } = dependencies;
  /** Where this process left each partition; absent when others may have moved it since. */
  const positions = new Map<string, bigint>();
  return {
    async *handler(batch) {
      yield { publish: await projectBatch(dependencies, positions, batch), advance: true };
    },
    async startAt(topic, partition) {
      positions.delete(nameOf({ topic, partition }));
      const checkpoint = await store.checkpoint(topic, partition);
      const [unseen] = await store.unseenCompletions(topic, partition);
      return unseen && unseen.source.offset < checkpoint ? unseen.source.offset : checkpoint;
    },
  };
}

async function projectBatch(
  dependencies: ProjectorDependencies,
  positions: Map<string, bigint>,
  batch: Batch,
): Promise<OutRecord[]> {
  const { store } = dependencies;
  const { topic, partition, nextOffset, publishedBelow } = batch;
  const first = batch.records[0]?.offset ?? nextOffset;
  const fresh: NewCompletion[] = [];
  let republishFrom = first;
  for (;;) {
    const left = positions.get(nameOf(batch));
    let from: bigint | null;
    if (left !== undefined && left < nextOffset) from = left;
    else {
      // Others may have folded since, or this is met again: its completions may not have been published.
      republishFrom = 0n;
      from = await store.checkpoint(topic, partition);
      from = await foldMissing(dependencies, batch, { from, to: first }, fresh);
    }
    if (from !== null && (from = await foldBatch(dependencies, batch, from, fresh)) !== null) {
      positions.set(nameOf(batch), from);
      break;
    }
    positions.delete(nameOf(batch));
  }
  const isFresh = new Set(fresh.map(({ completed }) => `${completed.runId}/${completed.revision}`));
  const lowest = republishFrom < publishedBelow ? publishedBelow : republishFrom;
  return (await store.unseenCompletions(topic, partition))
    .filter(
      ({ completed, source }) =>
        isFresh.has(`${completed.runId}/${completed.revision}`) ||
        (source.offset >= lowest && source.offset < nextOffset),
    )
    .map(({ record }) => record);
}

/** Folds what the batch has beyond `from`. Returns where the checkpoint stands then, or null as foldMissing does. */
async function foldBatch(
  dependencies: ProjectorDependencies,
  { topic, partition, records, nextOffset, publishedBelow }: Batch,
  from: bigint,
  fresh: NewCompletion[],
): Promise<bigint | null> {
  if (from >= nextOffset) return from;
  const step = { topic, partition, from, to: nextOffset, announce: nextOffset > publishedBelow };
  const rest = records.filter(({ offset }) => offset >= from);
  const advanced = await foldRecords(dependencies, { ...step, records: rest });
  if (!advanced.moved) return null;
  fresh.push(...advanced.value);
  return nextOffset;
}

/**
 * Folds what lies between the checkpoint and the batch, without announcing again what was announced before. The
 * checkpoint is behind where a rebuild was swapped in, a backup was restored, or the database lost its last moments.
 * Returns where the checkpoint stands then, or null when somebody else moved it meanwhile.
 */
async function foldMissing(
  dependencies: ProjectorDependencies,
  batch: Batch,
  { from, to }: { readonly from: bigint; readonly to: bigint },
  fresh: NewCompletion[],
): Promise<bigint | null> {
  if (from >= to) return from;
  const { topic, partition, publishedBelow } = batch;
  let position = from;
  for await (const records of dependencies.log.read([{ topic, partition, from, to }])) {
    if (records.length === 0) continue;
    const next = records.at(-1)!.offset + 1n;
    const step = { topic, partition, from: position, to: next, records, announce: next > publishedBelow };
    const advanced = await foldRecords(dependencies, step);
    if (!advanced.moved) return null;
    fresh.push(...advanced.value);
    position = step.to;
    await batch.heartbeat();
  }
  return position;
}

function nameOf({ topic, partition }: { readonly topic: TopicName; readonly partition: number }): string {
  return `${topic}/${partition}`;
}
