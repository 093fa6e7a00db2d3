/** The log in memory: what kafka-log.ts promises, without timers of its own and the same every time. */
import { BillingError } from '../errors.ts';
import type { TopicName } from '../topics.ts';
import { backoffMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { ConsumerOptions, Log, RunningConsumer } from './log.ts';
import { silentLogger } from './logger.ts';
import type { Logger } from './logger.ts';
import { createMemoryBroker, rebalance } from './memory-broker.ts';
import type { MemoryBroker, MemoryMember, MemoryOwner } from './memory-broker.ts';
import { longestSilence, startPartitionWorker } from './partition-worker.ts';
import type { PartitionWorker } from './partition-worker.ts';
import { higherMark, publishedGroup } from './ownership.ts';
import type { Ownership } from './ownership.ts';
import type { PublicationMarks } from './publication-marks.ts';

/** Where a fault may strike: before a partition is claimed, before and after a transaction, before a plain publish. */
export type LogMoment = 'claim' | 'commit' | 'committed' | 'publish';

export interface MemoryLogOptions {
  /** Of every sharded topic; ignored with a broker of its own. */
  readonly partitions?: number;
  readonly clock: Clock;
  readonly marks: PublicationMarks;
  readonly logger?: Logger;
  /** Shared by the logs of several processes. */
  readonly broker?: MemoryBroker;
  /** Awaited at each moment; what it throws is what Kafka would have failed with. */
  readonly interrupt?: (moment: LogMoment, place: string) => Promise<void> | void;
}

export interface MemoryLog extends Log {
  readonly broker: MemoryBroker;
}

/** Fetched at once, as Kafka would by bytes. */
const FETCH_RECORDS = 500n;

export function createMemoryLog(options: MemoryLogOptions): MemoryLog {
  const { clock, marks, logger = silentLogger, interrupt = () => {} } = options;
  const broker = options.broker ?? createMemoryBroker({ partitions: options.partitions ?? 4, now: () => clock.now() });
  const consumers = new Set<RunningConsumer>();

  function ownershipOf({ group, transactional }: ConsumerOptions, topic: TopicName, partition: number): Ownership {
    const place = `${group}/${topic}/${partition}`;
    let owner: MemoryOwner;
    return {
      async claim() {
        await interrupt('claim', place);
        owner = broker.claim(group, topic, partition);
        return broker.committed(group, topic, partition);
      },
      async commit({ publish, offset, metadata, publishedBelow }) {
        await interrupt('commit', place);
        owner.commit(publish, { offset, metadata, publishedBelow });
        await interrupt('committed', place);
      },
      async mark() {
        if (!transactional) return higherMark(0n, null);
        const kept = await marks.load(group, topic, partition);
        return higherMark(kept, broker.committed(publishedGroup(group), topic, partition));
      },
      advanceMark: async (offset) => (transactional ? marks.advance(group, topic, partition, offset) : undefined),
    };
  }

  async function consume(consumer: ConsumerOptions): Promise<RunningConsumer> {
    const { group } = consumer;
    const workers = new Map<PartitionWorker, () => void>();
    const latest = new Map<string, PartitionWorker>();
    const stopping = new AbortController();
    let problem: string | null = null;
    let lastProgressAt = clock.now();
    let failures = 0;
    let finish: () => void = () => {};
    let fail: (error: BillingError) => void = () => {};
    const finished = new Promise<void>((resolve, reject) => ((finish = resolve), (fail = reject)));
    finished.catch(() => undefined);

    const member: MemoryMember = {
      topics: consumer.topics,
      assign(places) {
        for (const worker of workers.keys()) worker.abandon();
        workers.clear();
        for (const { topic, partition } of places) take(topic, partition);
      },
    };

    function take(topic: TopicName, partition: number) {
      let position = broker.committed(group, topic, partition)?.offset ?? 0n;
      const place = `${topic}/${partition}`;
      const feed = () => {
        const end = broker.end(topic, partition);
        while (workers.has(worker) && worker.waiting() < 2 && position < end) {
          const from = position;
          position = end - from > FETCH_RECORDS ? from + FETCH_RECORDS : end;
          worker.accept({ from, records: broker.slice(topic, partition, from, position), nextOffset: position });
        }
      };
      const worker = startPartitionWorker({
        topic,
        partition,
        consumer,
        ownership: ownershipOf(consumer, topic, partition),
        clock,
        logger,
        spread: () => 1,
        after: latest.get(place),
        seek: async (offset) => {
          position = offset;
          return offset;
        },
        onTaken: feed,
        onProgress: () => {
          lastProgressAt = clock.now();
          failures = 0;
          problem = null;
        },
        onLost: (error) => void joinAnew(worker, error),
        onFatal: (error) => {
          problem = error.message;
          leave();
          fail(error);
        },
      });
      latest.set(place, worker);
      workers.set(worker, feed);
      feed();
    }

    async function joinAnew(worker: PartitionWorker, error: unknown) {
      if (!workers.has(worker) || stopping.signal.aborted) return;
      problem = error instanceof Error ? error.message : String(error);
      logger.warn({ group, err: error }, `joins the group anew: ${problem}`);
      leave();
      const waitMs = backoffMs(failures++, () => 1);
      await clock.sleep(waitMs, stopping.signal).catch(() => undefined);
      if (!stopping.signal.aborted) join();
    }

    const unsubscribe = broker.onAppend(() => workers.forEach((feed) => feed()));

    function join() {
      broker.members(group).push(member);
      rebalance(broker, group);
    }

    function leave() {
      const members = broker.members(group);
      if (!members.includes(member)) return;
      members.splice(members.indexOf(member), 1);
      member.assign([]);
      rebalance(broker, group);
    }

    let stopped: Promise<void> | null = null;
    const running: RunningConsumer = {
      state: () => ({
        group,
        assigned: [...workers.keys()].map(({ topic, partition }) => ({ topic, partition })),
        problem: problem ?? [...workers.keys()].map((worker) => worker.problem()).find((why) => why !== null) ?? null,
        lastProgressAt,
        silentSince: longestSilence(latest.values()),
      }),
      finished,
      stop: () =>
        (stopped ??= (async () => {
          stopping.abort(new Error('stopped'));
          for (const worker of workers.keys()) worker.finish();
          await Promise.all([...workers.keys()].map((worker) => worker.ended));
          leave();
          unsubscribe();
          consumers.delete(running);
          finish();
        })()),
    };
    join();
    consumers.add(running);
    return running;
  }

  const places = (topics: readonly TopicName[]) =>
    topics.flatMap((topic) =>
      Array.from({ length: broker.partitions(topic) }, (_, partition) => ({ topic, partition })),
    );

  return {
    broker,
    consume,
    async publish(records) {
      await interrupt('publish', records[0]?.topic ?? '');
      broker.append(records);
    },
    async publishTogether(name, work) {
      await interrupt('claim', name);
      const commit = broker.takeName(name);
      const records = await work();
      if (records.length === 0) return;
      await interrupt('commit', name);
      try {
        commit(records);
      } catch (error) {
        throw new BillingError('UNAVAILABLE', `Somebody else publishes as ${name} just now.`, { cause: error });
      }
      await interrupt('committed', name);
    },
    endOffsets: async (topics) =>
      places(topics).map(({ topic, partition }) => ({ topic, partition, offset: broker.end(topic, partition) })),
    committedOffsets: async (group, topics) =>
      places(topics).flatMap(({ topic, partition }) => {
        const committed = broker.committed(group, topic, partition);
        return committed ? [{ topic, partition, offset: committed.offset }] : [];
      }),
    async *read(ranges) {
      for (const { topic, partition, from, to } of ranges) {
        const end = broker.end(topic, partition);
        const last = to < end ? to : end;
        for (let start = from; start < last; start += FETCH_RECORDS) {
          const next = start + FETCH_RECORDS;
          const records = broker.slice(topic, partition, start, next < last ? next : last);
          if (records.length > 0) yield records;
        }
      }
    },
    hasMembers: async (group) => broker.members(group).length > 0,
    clusterId: async () => broker.id,
    async close() {
      await Promise.all([...consumers].map((consumer) => consumer.stop()));
    },
  };
}
