/** Plain publishing: one idempotent producer, one request at a time. */
import type { Kafka, Producer } from 'kafkajs';
import { ANSWER_MS, answeredWithin, settledWithin } from './kafka-errors.ts';
import { createPartitioner } from './kafka-partitioner.ts';
import { chunksToKafka } from './kafka-records.ts';
import type { OutRecord } from './log.ts';

export interface PlainProducer {
  /** Resolves when all replicas in sync have the records; after an error their fate is unknown. */
  publish(records: readonly OutRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** How long one request may take in all, retries included. */
const REQUEST_MS = 30_000;

export function createPlainProducer({
  kafka,
  brokers,
  topicPrefix,
}: {
  kafka: Kafka;
  brokers: readonly string[];
  topicPrefix: string;
}): PlainProducer {
  let current: Producer | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  async function connected(): Promise<Producer> {
    if (current) return current;
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner,
    });
    try {
      await answeredWithin(ANSWER_MS, brokers, producer.connect());
    } catch (error) {
      void settledWithin(2_000, producer.disconnect());
      throw error;
    }
    return (current = producer);
  }

  async function publishNow(records: readonly OutRecord[]): Promise<void> {
    const producer = await connected();
    try {
      for (const topicMessages of chunksToKafka(topicPrefix, records)) {
        await answeredWithin(REQUEST_MS, brokers, producer.sendBatch({ acks: -1, topicMessages }));
      }
    } catch (error) {
      // Its sequence numbers may now differ from the broker's, and a later record would be taken for a repeated one.
      current = null;
      void settledWithin(2_000, producer.disconnect());
      throw error;
    }
  }

  return {
    publish(records) {
      // One after the other: kafkajs hands the sequence numbers of a failed request to the next one in flight.
      const done = turn.then(() => publishNow(records));
      turn = done.catch(() => undefined);
      return done;
    },
    async close() {
      await settledWithin(5_000, turn);
      if (current) await settledWithin(2_000, current.disconnect());
      current = null;
    },
  };
}
