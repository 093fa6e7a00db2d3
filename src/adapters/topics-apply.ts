/** Makes the topics of the map on a cluster: creates what is missing, raises partitions, reports what differs. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { BillingError } from '../errors.ts';
import { TOPICS, TOPIC_NAMES, partitionCount } from '../topics.ts';
import type { TopicName } from '../topics.ts';
import { createKafkaClient } from './kafka-client.ts';
import type { KafkaServers } from './kafka-client.ts';
import { ANSWER_MS, answeredWithin, settledWithin } from './kafka-errors.ts';

/** Kafka's number for a topic as the thing configured; kafkajs has a name for it, but hides it from ES modules. */
const TOPIC_RESOURCE = 2;

export interface TopicDifference {
  /** With prefix. */
  readonly topic: string;
  readonly setting: string;
  readonly expected: string;
  readonly actual: string;
}

export interface TopicsApplied {
  /** With prefix. */
  readonly created: string[];
  readonly raised: { readonly topic: string; readonly from: number; readonly to: number }[];
  /** Left as they are: somebody may have meant it. */
  readonly differences: TopicDifference[];
}

/** A cluster may take its time to make many topics. */
const WORK_MS = 30_000;

/**
 * Idempotent. Partitions are never lowered (Kafka cannot) and settings never changed.
 * @param partitions of every sharded topic
 * @throws BillingError KAFKA_UNREACHABLE, UNAVAILABLE
 */
export async function applyTopics({
  topicPrefix,
  partitions,
  ...servers
}: KafkaServers & { topicPrefix: string; partitions: number }): Promise<TopicsApplied> {
  const { brokers } = servers;
  const admin = createKafkaClient(servers).admin();
  try {
    await answeredWithin(ANSWER_MS, brokers, admin.connect());
    return await answeredWithin(WORK_MS, brokers, apply(admin, topicPrefix, partitions));
  } finally {
    await settledWithin(2_000, admin.disconnect());
  }
}

async function apply(admin: Admin, prefix: string, sharded: number): Promise<TopicsApplied> {
  const existing = new Set(await admin.listTopics());
  const missing = TOPIC_NAMES.filter((topic) => !existing.has(prefix + topic));
  const present = TOPIC_NAMES.filter((topic) => existing.has(prefix + topic));
  if (missing.length > 0) {
    await admin.createTopics({
      waitForLeaders: false,
      topics: missing.map((topic) => ({
        topic: prefix + topic,
        numPartitions: partitionCount(topic, sharded),
        // The broker's default, as is min.insync.replicas: how safe a cluster is, its operator decides.
        replicationFactor: -1,
        configEntries: Object.entries(settingsOf(topic)).map(([name, value]) => ({ name, value })),
      })),
    });
    await untilLed(
      admin,
      missing.map((topic) => prefix + topic),
    );
  }
  return {
    created: missing.map((topic) => prefix + topic),
    raised: await raisePartitions(admin, prefix, present, sharded),
    differences: await differencesOf(admin, prefix, present, sharded),
  };
}

/**
 * What only we write may be larger than what comes in: a dead letter is the record it was and why it failed, and the bill
 * of a large shop names many facts. One that did not fit would be tried for ever.
 */
const MOST_BYTES = 8 * 1024 * 1024;

/** What a topic must be set to. */
function settingsOf(topic: TopicName): Record<string, string> {
  const { retentionDays, producers } = TOPICS[topic];
  const isOpen = (producers as readonly string[]).includes('any');
  return {
    'cleanup.policy': 'delete',
    'retention.ms': retentionDays === 'forever' ? '-1' : String(retentionDays * 86_400_000),
    'retention.bytes': '-1',
    // "First" among facts means first in the log, so its own time counts and not a producer's.
    'message.timestamp.type': 'LogAppendTime',
    // Anybody may produce with any codec, but kafkajs reads gzip and plain only: the broker unpacks what comes.
    ...(isOpen ? { 'compression.type': 'uncompressed' } : { 'max.message.bytes': String(MOST_BYTES) }),
  };
}

async function raisePartitions(admin: Admin, prefix: string, present: readonly TopicName[], sharded: number) {
  const counts = await partitionCounts(admin, prefix, present);
  const raised = present
    .map((topic) => ({ topic: prefix + topic, from: counts.get(topic)!, to: partitionCount(topic, sharded) }))
    .filter(({ from, to }) => from < to);
  if (raised.length > 0) {
    await admin.createPartitions({ topicPartitions: raised.map(({ topic, to }) => ({ topic, count: to })) });
  }
  return raised;
}

async function partitionCounts(admin: Admin, prefix: string, present: readonly TopicName[]) {
  if (present.length === 0) return new Map<TopicName, number>();
  const { topics } = await admin.fetchTopicMetadata({ topics: present.map((topic) => prefix + topic) });
  return new Map(topics.map(({ name, partitions }) => [name.slice(prefix.length) as TopicName, partitions.length]));
}

async function differencesOf(
  admin: Admin,
  prefix: string,
  present: readonly TopicName[],
  sharded: number,
): Promise<TopicDifference[]> {
  if (present.length === 0) return [];
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: present.map((topic) => ({
      type: TOPIC_RESOURCE,
      name: prefix + topic,
      configNames: Object.keys(settingsOf(topic)),
    })),
  });
  const counts = await partitionCounts(admin, prefix, present);
  return present.flatMap((topic) => {
    const name = prefix + topic;
    const actual = new Map(
      resources
        .find(({ resourceName }) => resourceName === name)
        ?.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    );
    const expected = { ...settingsOf(topic), partitions: String(partitionCount(topic, sharded)) };
    // Fewer have just been raised; the cluster may take a moment to say so.
    actual.set('partitions', String(Math.max(counts.get(topic)!, partitionCount(topic, sharded))));
    return Object.entries(expected)
      .map(([setting, wanted]) => ({ topic: name, setting, expected: wanted, actual: actual.get(setting) ?? '' }))
      .filter((difference) => difference.expected !== difference.actual);
  });
}

/**
 * Resolves when every partition of the topics has a leader. kafkajs can wait for leaders too, but takes a broker that has
 * not heard of a new topic yet for an error.
 */
async function untilLed(admin: Admin, topics: string[]): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const metadata = await admin.fetchTopicMetadata({ topics });
      if (metadata.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) return;
    } catch (error) {
      if (attempt >= LEADER_ATTEMPTS) throw error;
    }
    if (attempt >= LEADER_ATTEMPTS) {
      throw new BillingError('UNAVAILABLE', `Topics were created, but have no leaders yet: ${topics.join(', ')}.`);
    }
    await wait(50);
  }
}

const LEADER_ATTEMPTS = 200;
