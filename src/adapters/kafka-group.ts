/** One membership in a consumer group, from joining to leaving. It is not repaired: when it ends, another is begun. */
import { PartitionAssigners } from 'kafkajs';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { BillingError } from '../errors.ts';
import type { TopicName } from '../topics.ts';
import type { Clock } from './clock.ts';
import { ANSWER_MS, answeredWithin, protocolErrorOf, settledWithin } from './kafka-errors.ts';
import type { KafkaOwnership } from './kafka-ownership.ts';
import { readCommittedOnly } from './kafka-read-committed.ts';
import { fromKafka, topicFromKafka } from './kafka-records.ts';
import type { ConsumerOptions, ConsumerState } from './log.ts';
import type { Logger } from './logger.ts';
import { startPartitionWorker } from './partition-worker.ts';
import type { PartitionWorker } from './partition-worker.ts';

export interface Membership {
  assigned(): ConsumerState['assigned'];
  problem(): string | null;
  /** Resolves with the reason when the membership cannot go on. */
  readonly ended: Promise<unknown>;
  /** Leaves the group. `finish` lets steps under way be committed. Bounded; never throws. */
  leave(how: 'finish' | 'abandon'): Promise<void>;
}

export interface MembershipOptions {
  readonly kafka: Kafka;
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
  readonly options: ConsumerOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly own: (consumer: Consumer, topic: TopicName, partition: number) => KafkaOwnership;
  /** The first offset that is still there. */
  readonly firstOffset: (topic: TopicName, partition: number) => Promise<bigint>;
  /** The latest worker of each partition; kept over memberships. */
  readonly latest: Map<string, PartitionWorker>;
  readonly onProgress: () => void;
}

/** What a commit meets while the group is being redistributed, or was without us. */
const REBALANCING = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID']);

const SESSION_MS = 6_000;
const HEARTBEAT_MS = 1_000;
/** Members notice a rebalance with their next heartbeat and never wait for handlers, so this is generous. */
const REBALANCE_MS = 15_000;
/** Fetched batches kept ready per partition: one in hand, one to go on with. */
const AHEAD = 2;

/** @throws BillingError KAFKA_UNREACHABLE, SETUP_MISSING or UNAVAILABLE when joining fails */
export async function joinGroup(membership: MembershipOptions): Promise<Membership> {
  const { kafka, brokers, topicPrefix, options, clock, logger, latest, onProgress } = membership;
  const consumer = kafka.consumer({
    groupId: topicPrefix + options.group,
    sessionTimeout: SESSION_MS,
    heartbeatInterval: HEARTBEAT_MS,
    rebalanceTimeout: REBALANCE_MS,
    // The fetch loop also carries the heartbeats, and a partition resumed waits for the fetch under way.
    maxWaitTimeInMs: 100,
    minBytes: 1,
    maxBytesPerPartition: 1024 * 1024,
    metadataMaxAge: 30_000,
    readUncommitted: false,
    allowAutoTopicCreation: false,
    // Starting again is decided here, with fresh objects; kafkajs would do it with the old ones.
    retry: {
      initialRetryTime: 50,
      multiplier: 2,
      maxRetryTime: 1_000,
      retries: 4,
      restartOnFailure: async () => false,
    },
    partitionAssigners: [
      (config) => {
        readCommittedOnly(config.cluster);
        return PartitionAssigners.roundRobin(config);
      },
    ],
  });
  const workers = new Map<string, { worker: PartitionWorker; ownership: KafkaOwnership }>();
  /** Given up, but perhaps not closed yet. */
  const retired = new Set<KafkaOwnership>();
  let closing = false;
  let end: (reason: unknown) => void = () => {};
  const ended = new Promise<unknown>((resolve) => (end = resolve));
  const name = (topic: string, partition: number) => `${topic}/${partition}`;

  function dropAll() {
    for (const { worker, ownership } of workers.values()) {
      worker.abandon();
      retired.add(ownership);
      void worker.ended.then(() => ownership.close()).then(() => retired.delete(ownership));
    }
    workers.clear();
  }

  function take(topic: TopicName, partition: number) {
    const key = name(topicPrefix + topic, partition);
    const place = { topic: topicPrefix + topic, partitions: [partition] };
    const isCurrent = () => !closing && workers.get(key)?.worker === worker;
    const ownership = membership.own(consumer, topic, partition);
    const worker = startPartitionWorker({
      topic,
      partition,
      consumer: options,
      ownership,
      clock,
      logger,
      after: latest.get(key),
      seek: async (offset) => {
        const first = await membership.firstOffset(topic, partition);
        const begin = offset > first ? offset : first;
        if (isCurrent()) {
          consumer.seek({ topic: place.topic, partition, offset: begin.toString() });
          consumer.resume([place]);
        }
        return begin;
      },
      onTaken: () => {
        if (worker.waiting() < AHEAD && isCurrent()) consumer.resume([place]);
      },
      onProgress,
      onLost: (error) => {
        // kafkajs will notice and rejoin; leaving now would only cause the next rebalance.
        if (REBALANCING.has(protocolErrorOf(error) ?? '')) worker.abandon();
        else end(error);
      },
      onFatal: (error) => end(error),
    });
    latest.set(key, worker);
    workers.set(key, { worker, ownership });
    // A pause outlives a rebalance inside kafkajs.
    consumer.resume([place]);
  }

  function fetched(kafkaTopic: string, partition: number, first: string | null, last: string, records: EachRecord) {
    const worker = workers.get(name(kafkaTopic, partition))?.worker;
    if (!worker) return false;
    worker.accept({
      from: BigInt(first ?? last),
      records: records.map((message) => fromKafka(worker.topic, partition, message)),
      nextOffset: BigInt(last) + 1n,
    });
    if (worker.waiting() >= AHEAD) consumer.pause([{ topic: kafkaTopic, partitions: [partition] }]);
    return true;
  }

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    dropAll();
    if (closing) return;
    for (const [kafkaTopic, partitions] of Object.entries(payload.memberAssignment)) {
      const topic = topicFromKafka(topicPrefix, kafkaTopic);
      if (topic) for (const partition of partitions) take(topic, partition);
    }
    logger.info({ group: options.group, assigned: [...workers.keys()] }, 'joined the group');
  });
  consumer.on(consumer.events.REBALANCING, dropAll);
  consumer.on(consumer.events.CRASH, ({ payload }) => end(payload.error));
  consumer.on(consumer.events.FETCH, () => {
    if ([...workers.values()].every(({ worker }) => worker.isResting())) onProgress();
  });
  // What holds nothing but control and aborted records never reaches eachBatch; kafkajs only tells that it passed.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize > 0) return;
    fetched(payload.topic, payload.partition, payload.firstOffset, payload.lastOffset, []);
  });

  async function join(): Promise<void> {
    await answeredWithin(ANSWER_MS, brokers, consumer.connect());
    const topics = options.topics.map((topic) => topicPrefix + topic);
    await answeredWithin(ANSWER_MS, brokers, consumer.subscribe({ topics, fromBeginning: true }));
    const joined = new Promise<void>((resolve) => consumer.on(consumer.events.GROUP_JOIN, () => resolve()));
    const running = consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 4,
      // Only hands over: kafkajs goes on fetching and sending heartbeats whatever the handlers do.
      eachBatch: async (payload: EachBatchPayload) => {
        const { batch } = payload;
        if (payload.isStale()) return;
        const taken = fetched(batch.topic, batch.partition, batch.firstOffset(), batch.lastOffset(), batch.messages);
        if (taken) payload.resolveOffset(batch.lastOffset());
      },
    });
    const failed = ended.then((reason) => Promise.reject(reason as Error));
    await answeredWithin(4 * REBALANCE_MS, brokers, Promise.race([running.then(() => joined), failed]));
  }

  async function leave(how: 'finish' | 'abandon'): Promise<void> {
    closing = true;
    end(new BillingError('UNAVAILABLE', 'The membership was left.'));
    const current = [...workers.values()];
    for (const { worker } of current) worker[how]();
    await settledWithin(4_000, Promise.all(current.map(({ worker }) => worker.ended)));
    for (const { worker } of current) worker.abandon();
    const ownerships = [...retired, ...current.map(({ ownership }) => ownership)];
    await Promise.all([
      settledWithin(4_000, consumer.disconnect()),
      ...ownerships.map((ownership) => settledWithin(4_000, ownership.close())),
    ]);
  }

  try {
    await join();
  } catch (error) {
    await leave('abandon');
    throw error;
  }
  return {
    assigned: () => [...workers.values()].map(({ worker: { topic, partition } }) => ({ topic, partition })),
    problem: () => [...workers.values()].map(({ worker }) => worker.problem()).find((why) => why !== null) ?? null,
    ended,
    leave,
  };
}

type EachRecord = EachBatchPayload['batch']['messages'];
