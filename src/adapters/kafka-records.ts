/** kafkajs messages ↔ records of the port. */
import type { KafkaMessage, Message } from 'kafkajs';
import { TOPICS } from '../topics.ts';
import type { TopicName } from '../topics.ts';
import type { LogRecord, OutRecord } from './log.ts';

type Headers = KafkaMessage['headers'];

/** The name without prefix; null for a topic that is none of ours. */
export function topicFromKafka(prefix: string, name: string): TopicName | null {
  const topic = name.slice(prefix.length);
  return name.startsWith(prefix) && topic in TOPICS ? (topic as TopicName) : null;
}

export function fromKafka(topic: TopicName, partition: number, message: KafkaMessage): LogRecord {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    timestamp: Number(message.timestamp),
    key: message.key?.toString('utf8') ?? null,
    value: message.value,
    headers: headersFromKafka(message.headers),
  };
}

/** Of a header given more than once the last counts. */
function headersFromKafka(headers: Headers): Record<string, string> {
  const strings: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) strings[name] = last.toString('utf8');
  }
  return strings;
}

/** Kafka refuses a request whose records of one partition exceed a mebibyte; this leaves room for overheads. */
const CHUNK_BYTES = 768 * 1024;
const CHUNK_RECORDS = 2_000;

export interface TopicMessages {
  readonly topic: string;
  readonly messages: Message[];
}

/** Cuts records into requests of bounded size, in order. */
export function* chunksToKafka(prefix: string, records: readonly OutRecord[]): Generator<TopicMessages[]> {
  let byTopic = new Map<string, Message[]>();
  let count = 0;
  let bytes = 0;
  for (const record of records) {
    const size = sizeOf(record);
    if (count > 0 && (count >= CHUNK_RECORDS || bytes + size > CHUNK_BYTES)) {
      yield toTopics(byTopic);
      byTopic = new Map();
      count = bytes = 0;
    }
    const topic = prefix + record.topic;
    const messages = byTopic.get(topic);
    if (messages) messages.push(toKafka(record));
    else byTopic.set(topic, [toKafka(record)]);
    count += 1;
    bytes += size;
  }
  if (count > 0) yield toTopics(byTopic);
}

const toTopics = (byTopic: Map<string, Message[]>): TopicMessages[] =>
  [...byTopic].map(([topic, messages]) => ({ topic, messages }));

const toKafka = ({ key, value, headers, partition }: OutRecord): Message => ({
  key,
  value,
  headers: { ...headers },
  ...(partition === undefined ? {} : { partition }),
});

function sizeOf({ key, value, headers }: OutRecord): number {
  let size = 64 + (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) size += 4 + name.length + headers[name]!.length;
  return size;
}
