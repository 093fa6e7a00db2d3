/**
 * A completion that is due and was never said: the outcomes came in by a rebuild, which announces nothing, or whoever
 * found it due died before it was published. To be called when nothing is left to be projected.
 */
import type { Log } from '../adapters/log.ts';
import type { TopicName } from '../topics.ts';
import { completionsDue, type FoldDependencies } from './fold-records.ts';

const TOPIC: TopicName = 'run-events';

/** Publishes what is due, or was stored and not seen on the log. May publish a completion again: its id is the same. */
export async function announceDue(
  dependencies: FoldDependencies & { readonly log: Pick<Log, 'publish'> },
  runId: string,
): Promise<void> {
  const { store, log, logger } = dependencies;
  const at = await store.checkpoint(TOPIC, 0);
  const source = { topic: TOPIC, partition: 0, offset: at - 1n };
  const step = { topic: TOPIC, partition: 0, from: at, to: at, newestAt: null };
  const advanced = await store.advance(step, async (transaction) => {
    const due = completionsDue(dependencies, await transaction.lockRuns([runId]), source, new Map());
    if (due.length > 0) await transaction.addCompletions(due);
  });
  if (!advanced.moved) return;
  const places = await store.checkpoints();
  const unseen = await Promise.all(places.map(({ topic, partition }) => store.unseenCompletions(topic, partition)));
  const records = unseen.flat().flatMap(({ completed, record }) => (completed.runId === runId ? record : []));
  if (records.length === 0) return;
  logger.warn({ correlationId: runId, completions: records.length }, 'the completion of a run is announced late');
  await log.publish(records);
}
