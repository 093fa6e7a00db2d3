/** Fenced producers: one per input partition and owner, each step one Kafka transaction. */
import type { Kafka, Transaction } from 'kafkajs';
import type { Clock } from './clock.ts';
import { answeredWithin, isStarting, protocolErrorOf, settledWithin } from './kafka-errors.ts';
import { createPartitioner } from './kafka-partitioner.ts';
import { chunksToKafka } from './kafka-records.ts';
import type { OutRecord } from './log.ts';

/** Below it a frozen owner's open transaction is aborted by the broker; until then it hides what comes after it. */
const TRANSACTION_MS = 15_000;

/** The next offset of a group in a partition. */
export interface GroupPosition {
  /** With prefix, as the topic. */
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly metadata: string;
}

export interface TransactionalStep {
  readonly publish: readonly OutRecord[];
  /** Empty: only publishes. */
  readonly positions: readonly GroupPosition[];
}

export interface FencedProducer {
  /**
   * Publishes and commits the positions, all or nothing. After an error the producer is spent: close it, open another,
   * and ask the group where it stands.
   */
  commit(step: TransactionalStep): Promise<void>;
  /** Bounded; never throws. */
  close(): Promise<void>;
}

/**
 * A producer of this id, which ends every earlier one: their open transactions are aborted, and nothing they do
 * succeeds any more. Only what the group has committed after this call is the truth.
 */
export async function openFencedProducer({
  kafka,
  brokers,
  clock,
  topicPrefix,
  transactionalId,
}: {
  kafka: Kafka;
  brokers: readonly string[];
  clock: Clock;
  topicPrefix: string;
  transactionalId: string;
}): Promise<FencedProducer> {
  const producer = kafka.producer({
    transactionalId,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: TRANSACTION_MS,
    allowAutoTopicCreation: false,
    createPartitioner,
    // Transactions in sequence may find the one before still being closed: a matter of milliseconds.
    retry: { initialRetryTime: 10, multiplier: 2, maxRetryTime: 500, retries: 15 },
  });
  const close = () => settledWithin(2_000, producer.disconnect());

  async function fence(): Promise<void> {
    await producer.connect();
    // The first transaction takes a new epoch from the broker, which is what fences; it stays empty.
    await (await producer.transaction()).abort();
  }

  async function commitNow({ publish, positions }: TransactionalStep): Promise<void> {
    const transaction = await producer.transaction();
    try {
      for (const topicMessages of chunksToKafka(topicPrefix, publish)) {
        await transaction.sendBatch({ acks: -1, topicMessages });
      }
      for (const position of positions) await sendOffsets(transaction, position);
      await transaction.commit();
    } catch (error) {
      if (transaction.isActive()) await settledWithin(2_000, transaction.abort());
      throw error;
    }
  }

  async function sendOffsets(transaction: Transaction, { group, topic, ...position }: GroupPosition) {
    const partitions = [{ ...position, offset: position.offset.toString() }];
    const offsets = { consumerGroupId: group, topics: [{ topic, partitions }] };
    for (let waitMs = 10; ; waitMs *= 2) {
      try {
        return await transaction.sendOffsets(offsets);
      } catch (error) {
        const isEarly = protocolErrorOf(error) === 'CONCURRENT_TRANSACTIONS' || isStarting(error);
        if (!isEarly || waitMs > 4_000) throw error;
        await clock.sleep(waitMs);
      }
    }
  }

  try {
    await answeredWithin(TRANSACTION_MS, brokers, fence());
  } catch (error) {
    void close();
    throw error;
  }
  return { commit: (step) => answeredWithin(TRANSACTION_MS, brokers, commitNow(step)), close };
}
