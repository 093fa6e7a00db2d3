/** Questions to the cluster that need neither a group nor an admin client. */
import { PartitionAssigners } from 'kafkajs';
import type { Cluster, Kafka } from 'kafkajs';
import { BillingError } from '../errors.ts';
import type { Clock } from './clock.ts';
import { ANSWER_MS, answeredWithin, onceStarted, settledWithin } from './kafka-errors.ts';
import { readCommittedOnly } from './kafka-read-committed.ts';

export interface KafkaCluster {
  readonly cluster: Cluster;
  /** Bounded; never throws. */
  close(): Promise<void>;
}

/**
 * A connected cluster handle, read_committed. kafkajs gives one to partition assigners only, so a consumer is made for
 * it that never joins a group.
 * @throws BillingError KAFKA_UNREACHABLE within five seconds
 */
export async function openCluster(kafka: Kafka, brokers: readonly string[]): Promise<KafkaCluster> {
  let cluster: Cluster | undefined;
  const consumer = kafka.consumer({
    groupId: 'unused',
    allowAutoTopicCreation: false,
    readUncommitted: false,
    partitionAssigners: [
      (config) => {
        cluster = config.cluster;
        readCommittedOnly(cluster);
        return PartitionAssigners.roundRobin(config);
      },
    ],
  });
  const close = () => settledWithin(2_000, consumer.disconnect());
  try {
    await answeredWithin(ANSWER_MS, brokers, consumer.connect());
  } catch (error) {
    void close();
    throw error;
  }
  return { cluster: cluster!, close };
}

/** A cluster handle that is opened when first needed, and anew after a failure. */
export interface SharedCluster {
  /** Asks again while there is time: a connection may have been closed for being idle, or a leader just elected. */
  ask<T>(question: (cluster: Cluster) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const RETRY_MS = [0, 50, 200, 500, 1_000, 1_500];

export function shareCluster({
  open,
  brokers,
  clock,
}: {
  open: () => Promise<KafkaCluster>;
  brokers: readonly string[];
  clock: Clock;
}): SharedCluster {
  let current: Promise<KafkaCluster> | null = null;

  function discard(broken: Promise<KafkaCluster>) {
    if (current === broken) current = null;
    void broken.then((opened) => opened.close()).catch(() => undefined);
  }

  async function askOnce<T>(question: (cluster: Cluster) => Promise<T>): Promise<T> {
    const opened = (current ??= open());
    try {
      return await question((await opened).cluster);
    } catch (error) {
      discard(opened);
      throw error;
    }
  }

  async function askAgain<T>(question: (cluster: Cluster) => Promise<T>, late: AbortSignal): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await askOnce(question);
      } catch (error) {
        const waitMs = RETRY_MS[attempt];
        if (waitMs === undefined || late.aborted || error instanceof BillingError) throw error;
        await clock.sleep(waitMs);
      }
    }
  }

  return {
    ask: (question) =>
      onceStarted(clock, async () => {
        const late = new AbortController();
        try {
          return await answeredWithin(ANSWER_MS, brokers, askAgain(question, late.signal));
        } finally {
          late.abort();
        }
      }),
    async close() {
      const closing = current;
      current = null;
      if (closing) await closing.then((opened) => opened.close()).catch(() => undefined);
    },
  };
}
