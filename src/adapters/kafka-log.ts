/** The log on Kafka. See log.ts for what is promised, docs/decisions for why it is done this way. */
import { BillingError } from '../errors.ts';
import type { Clock } from './clock.ts';
import { createKafkaClient } from './kafka-client.ts';
import type { KafkaSasl, KafkaServers } from './kafka-client.ts';
import { openCluster, shareCluster } from './kafka-cluster.ts';
import { startKafkaConsumer } from './kafka-consumer.ts';
import { joinGroup } from './kafka-group.ts';
import { committedOf, edgesOf, groupHasMembers } from './kafka-offsets.ts';
import type { PartitionOffset } from './kafka-offsets.ts';
import { publishTogether } from './kafka-publish-together.ts';
import { plainOwnership, transactionalOwnership } from './kafka-ownership.ts';
import { createPlainProducer } from './kafka-producer.ts';
import { readRanges } from './kafka-reader.ts';
import { topicFromKafka } from './kafka-records.ts';
import type { ConsumerOptions, Log, RunningConsumer } from './log.ts';
import type { Logger } from './logger.ts';
import { longestSilence } from './partition-worker.ts';
import type { PartitionWorker } from './partition-worker.ts';
import type { PublicationMarks } from './publication-marks.ts';

export interface KafkaLogOptions {
  /** host:port of some brokers. */
  readonly brokers: readonly string[];
  readonly ssl?: boolean;
  readonly sasl?: KafkaSasl | null;
  /** Put before topics, groups and transactional ids. */
  readonly topicPrefix: string;
  readonly clientId: string;
  readonly marks: PublicationMarks;
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * Connects when first needed. Everything that asks Kafka throws KAFKA_UNREACHABLE (with the addresses) within about
 * five seconds when no broker answers, SETUP_MISSING when a topic is not there; a running consumer only reports it.
 */
export function createKafkaLog({ topicPrefix, marks, clock, ...connection }: KafkaLogOptions): Log {
  const { brokers, logger } = connection;
  const servers: KafkaServers = connection;
  const client = () => createKafkaClient(servers);
  const open = () => openCluster(client(), brokers);
  const cluster = shareCluster({ open, brokers, clock });
  const producer = createPlainProducer({ kafka: client(), brokers, topicPrefix });
  const consumers = new Set<RunningConsumer>();

  const named = (topics: readonly string[]) => topics.map((topic) => topicPrefix + topic);
  const unnamed = <P extends PartitionOffset>({ topic, partition, offset }: P) => ({
    topic: topicFromKafka(topicPrefix, topic)!,
    partition,
    offset,
  });

  let knownCluster: string | null = null;
  /** @throws BillingError CLUSTER_CHANGED when brokers of another cluster answer: our offsets mean nothing there */
  async function clusterId(): Promise<string> {
    const { clusterId: id } = await cluster.ask(
      async (asked) => (await asked.metadata()) as unknown as { clusterId: string },
    );
    knownCluster ??= id;
    if (id === knownCluster) return id;
    throw new BillingError('CLUSTER_CHANGED', `Kafka cluster ${id} answers in place of ${knownCluster}.`);
  }

  async function consume(options: ConsumerOptions): Promise<RunningConsumer> {
    const latest = new Map<string, PartitionWorker>();
    const { group } = options;
    const consumer = await startKafkaConsumer({
      brokers,
      options,
      clock,
      logger,
      silentSince: () => longestSilence(latest.values()),
      join: (onProgress) =>
        joinGroup({
          kafka: client(),
          brokers,
          topicPrefix,
          options,
          clock,
          logger,
          latest,
          onProgress,
          own: (kafkaConsumer, topic, partition) => {
            const place = { brokers, topicPrefix, group, topic, partition, cluster };
            const ownership = options.transactional
              ? transactionalOwnership({ ...place, kafka: client(), clock, marks })
              : plainOwnership({ ...place, consumer: kafkaConsumer });
            return { ...ownership, claim: () => clusterId().then(() => ownership.claim()) };
          },
          firstOffset: async (topic, partition) => {
            const edges = await cluster.ask((asked) => edgesOf(asked, named([topic]), 'start'));
            return edges.find((edge) => edge.partition === partition)?.offset ?? 0n;
          },
        }),
    });
    consumers.add(consumer);
    return consumer;
  }

  return {
    consume,
    publish: (records) => (records.length === 0 ? Promise.resolve() : producer.publish(records)),
    publishTogether: (name, work) =>
      publishTogether({ kafka: client(), brokers, clock, topicPrefix, transactionalId: topicPrefix + name }, work),
    endOffsets: (topics) => cluster.ask(async (asked) => (await edgesOf(asked, named(topics), 'end')).map(unnamed)),
    committedOffsets: (group, topics) =>
      cluster.ask(async (asked) => (await committedOf(asked, topicPrefix + group, named(topics))).map(unnamed)),
    read: (ranges) => readRanges({ open, brokers, topicPrefix, ranges }),
    hasMembers: (group) => cluster.ask((asked) => groupHasMembers(asked, topicPrefix + group)),
    clusterId,
    async close() {
      await Promise.all([...consumers].map((consumer) => consumer.stop()));
      await Promise.all([producer.close(), cluster.close()]);
    },
  };
}
