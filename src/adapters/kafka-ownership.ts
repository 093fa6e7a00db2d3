/** Who owns a partition, on Kafka: by a fenced transactional producer, or by membership alone. */
import type { Consumer, Kafka } from 'kafkajs';
import type { TopicName } from '../topics.ts';
import type { Clock } from './clock.ts';
import { ANSWER_MS, answeredWithin } from './kafka-errors.ts';
import type { SharedCluster } from './kafka-cluster.ts';
import { committedOf } from './kafka-offsets.ts';
import { openFencedProducer } from './kafka-transactions.ts';
import type { FencedProducer } from './kafka-transactions.ts';
import { higherMark, publishedGroup } from './ownership.ts';
import type { Committed, Ownership } from './ownership.ts';
import type { PublicationMarks } from './publication-marks.ts';

export interface KafkaOwnership extends Ownership {
  /** Bounded; never throws. */
  close(): Promise<void>;
}

interface Place {
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
  /** Without prefix, as the topic. */
  readonly group: string;
  readonly topic: TopicName;
  readonly partition: number;
  readonly cluster: SharedCluster;
}

function whereGroupStands(
  { cluster, topicPrefix, topic, partition, ...place }: Place,
  group = place.group,
): Promise<Committed | null> {
  return cluster.ask(async (asked) => {
    const offsets = await committedOf(asked, topicPrefix + group, [topicPrefix + topic]);
    return offsets.find((committed) => committed.partition === partition) ?? null;
  });
}

/**
 * kafkajs commits transactional offsets without the group's generation, so membership alone would not stop a frozen
 * owner. One transactional id per input partition does: whoever takes it last wins.
 */
export function transactionalOwnership(
  place: Place & { kafka: Kafka; clock: Clock; marks: PublicationMarks },
): KafkaOwnership {
  const { kafka, brokers, clock, marks, topicPrefix, group, topic, partition } = place;
  let producer: FencedProducer | null = null;
  return {
    async claim() {
      producer = await openFencedProducer({
        kafka,
        brokers,
        clock,
        topicPrefix,
        transactionalId: `${topicPrefix}${group}.${topic}.${partition}`,
      });
      return whereGroupStands(place);
    },
    commit({ publish, offset, metadata, publishedBelow }) {
      const at = { topic: topicPrefix + topic, partition };
      return producer!.commit({
        publish,
        positions: [
          { ...at, group: topicPrefix + group, offset, metadata },
          { ...at, group: topicPrefix + publishedGroup(group), offset: publishedBelow, metadata },
        ],
      });
    },
    async mark() {
      const kept = await marks.load(group, topic, partition);
      return higherMark(kept, await whereGroupStands(place, publishedGroup(group)));
    },
    advanceMark: (offset) => marks.advance(group, topic, partition, offset),
    close: async () => producer?.close(),
  };
}

/** The consumer keeps its own position; the group's offset only tells others how far it is. */
export function plainOwnership(place: Place & { consumer: Consumer }): KafkaOwnership {
  const { consumer, brokers, topicPrefix, topic, partition } = place;
  return {
    claim: () => whereGroupStands(place),
    commit: ({ offset, metadata }) =>
      answeredWithin(
        ANSWER_MS,
        brokers,
        consumer.commitOffsets([{ topic: topicPrefix + topic, partition, offset: offset.toString(), metadata }]),
      ),
    mark: async () => ({ offset: 0n, metadata: '' }),
    advanceMark: async () => {},
    close: async () => {},
  };
}
