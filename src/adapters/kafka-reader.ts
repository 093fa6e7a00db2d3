/** Bounded reads without a group: fetches straight from the leaders. */
import type { Broker, Cluster } from 'kafkajs';
import type { TopicName } from '../topics.ts';
import { kafkaError } from './kafka-errors.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { edgesOf } from './kafka-offsets.ts';
import { fromKafka } from './kafka-records.ts';
import type { FetchedPartition, FetchResponse } from './kafka-read-committed.ts';
import type { LogRecord } from './log.ts';

export interface ReadRange {
  readonly topic: TopicName;
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

interface Cursor {
  readonly topic: TopicName;
  readonly name: string;
  readonly partition: number;
  position: bigint;
  readonly to: bigint;
}

const MAX_BYTES = 1024 * 1024;
const READ_COMMITTED = 1;

/** Reads the ranges as they stand when the read begins: an end beyond the log's is the log's. */
export async function* readRanges({
  open,
  brokers,
  topicPrefix,
  ranges,
}: {
  open: () => Promise<KafkaCluster>;
  brokers: readonly string[];
  topicPrefix: string;
  ranges: readonly ReadRange[];
}): AsyncGenerator<LogRecord[]> {
  const wanted = ranges.filter(({ from, to }) => from < to);
  if (wanted.length === 0) return;
  const opened = await open();
  const { cluster } = opened;
  try {
    const cursors = await cursorsOf(cluster, topicPrefix, wanted);
    for (let left = cursors; left.length > 0; left = left.filter(({ position, to }) => position < to)) {
      for (const records of await fetchOnce(cluster, left)) if (records.length > 0) yield records;
    }
  } catch (error) {
    throw kafkaError(error, brokers);
  } finally {
    await opened.close();
  }
}

async function cursorsOf(cluster: Cluster, prefix: string, ranges: readonly ReadRange[]): Promise<Cursor[]> {
  const names = [...new Set(ranges.map(({ topic }) => prefix + topic))];
  const key = (topic: string, partition: number) => `${topic}/${partition}`;
  const index = async (edge: 'start' | 'end') =>
    new Map((await edgesOf(cluster, names, edge)).map((p) => [key(p.topic, p.partition), p.offset]));
  const [starts, ends] = [await index('start'), await index('end')];
  return ranges
    .map(({ topic, partition, from, to }) => {
      const name = prefix + topic;
      const start = starts.get(key(name, partition)) ?? 0n;
      const end = ends.get(key(name, partition)) ?? 0n;
      return { topic, name, partition, position: from > start ? from : start, to: to < end ? to : end };
    })
    .filter(({ position, to }) => position < to);
}

/** One request to each leader; moves the cursors. */
async function fetchOnce(cluster: Cluster, cursors: readonly Cursor[]): Promise<LogRecord[][]> {
  const byLeader = new Map<string, Cursor[]>();
  for (const cursor of cursors) {
    const [leader] = Object.keys(cluster.findLeaderForPartitions(cursor.name, [cursor.partition]));
    byLeader.set(leader!, [...(byLeader.get(leader!) ?? []), cursor]);
  }
  const answers = await Promise.all(
    [...byLeader].map(async ([nodeId, ours]) => {
      const broker = await cluster.findBroker({ nodeId });
      const { responses } = (await broker.fetch(fetchRequest(ours))) as FetchResponse;
      return responses.flatMap(({ topicName, partitions }) =>
        partitions.map((fetched) =>
          take(
            ours.find(({ name, partition }) => name === topicName && partition === fetched.partition)!,
            fetched,
          ),
        ),
      );
    }),
  );
  return answers.flat();
}

function fetchRequest(cursors: readonly Cursor[]): Parameters<Broker['fetch']>[0] {
  return {
    isolationLevel: READ_COMMITTED,
    maxWaitTime: 100,
    minBytes: 1,
    maxBytes: 10 * MAX_BYTES,
    rackId: '',
    topics: [...new Set(cursors.map(({ name }) => name))].map((topic) => ({
      topic,
      partitions: cursors
        .filter(({ name }) => name === topic)
        .map(({ partition, position }) => ({
          partition,
          fetchOffset: position.toString(),
          maxBytes: MAX_BYTES,
        })),
    })),
  };
}

function take(cursor: Cursor, { messages }: FetchedPartition): LogRecord[] {
  const start = cursor.position;
  const last = messages.at(-1);
  if (last && BigInt(last.offset) >= start) cursor.position = BigInt(last.offset) + 1n;
  return messages
    .filter(({ isControlRecord }) => !isControlRecord)
    .map((message) => fromKafka(cursor.topic, cursor.partition, message))
    .filter(({ offset }) => offset >= start && offset < cursor.to);
}
