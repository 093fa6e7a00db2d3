/** Questions to the cluster that need neither a group nor an admin client. */
import { PartitionAssigners } from 'kafkajs';
import type { Cluster, Kafka } from 'kafkajs';
import { ANSWER_MS, answeredWithin, settledWithin } from './kafka-errors.ts';
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
  /** Asks twice before it gives up: the first attempt may meet a connection that was closed for being idle. */
  ask<T>(question: (cluster: Cluster) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function shareCluster(open: () => Promise<KafkaCluster>, brokers: readonly string[]): SharedCluster {
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

  return {
    ask: (question) =>
      answeredWithin(
        ANSWER_MS,
        brokers,
        askOnce(question).catch(() => askOnce(question)),
      ),
    async close() {
      const closing = current;
      current = null;
      if (closing) await closing.then((opened) => opened.close()).catch(() => undefined);
    },
  };
}
