/** What is written on a record that failed: the headers of retries and dead letters. */
import type { LogRecord, OutRecord } from '../adapters/log.ts';
import type { ErrorCode, FailureKind } from '../errors.ts';
import { TOPICS, type TopicName } from '../topics.ts';

/** How a record failed. Instants are epoch milliseconds. */
export interface RecordFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly kind: FailureKind;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** When a retry may be tried again; absent on a dead letter. */
  readonly dueAt?: number;
}

const MAX_MESSAGE_LENGTH = 1_000;

/**
 * The failure headers of a record, to be laid over its own. What an earlier attempt wrote about the beginning stays:
 * `failure-first-at` and `original-*` keep telling of the first failure, and `redrive-count` is carried on.
 * `original-topic` is the topic's name without prefix, as in topics.ts.
 */
export function failureHeaders({
  record,
  code,
  message,
  kind,
  attempt,
  firstAt,
  lastAt,
  dueAt,
}: RecordFailure & { readonly record: LogRecord }): Record<string, string> {
  const { headers } = record;
  // All three or none: a topic of one record with the offset of another would send a redrive astray.
  const isMarked = ['original-topic', 'original-partition', 'original-offset'].every((name) => headers[name]);
  return {
    'failure-code': code,
    'failure-message': oneLine(message),
    'failure-kind': kind,
    'failure-attempt': String(attempt),
    'failure-first-at': headers['failure-first-at'] ?? new Date(firstAt).toISOString(),
    'failure-last-at': new Date(lastAt).toISOString(),
    ...(dueAt === undefined ? {} : { 'failure-due-at': new Date(dueAt).toISOString() }),
    'original-topic': isMarked ? headers['original-topic']! : record.topic,
    'original-partition': isMarked ? headers['original-partition']! : String(record.partition),
    'original-offset': isMarked ? headers['original-offset']! : String(record.offset),
    'redrive-count': headers['redrive-count'] ?? '0',
  };
}

/** The record as it goes to its topic's dead letters: original bytes, key and headers, and the failure headers. */
export function toDeadLetter(record: LogRecord, failure: Omit<RecordFailure, 'dueAt'>): OutRecord {
  const { 'failure-due-at': _, ...headers } = record.headers;
  return {
    topic: deadLetterTopic(record.topic),
    key: record.key,
    value: record.value,
    headers: { ...headers, ...failureHeaders({ ...failure, record }) },
  };
}

/** The record as it waits in a retry topic: original bytes, key and headers, and why and until when it waits. */
export function toRetry(
  record: LogRecord,
  topic: TopicName,
  failure: RecordFailure & { readonly dueAt: number },
): OutRecord {
  const { key, value, headers } = record;
  return { topic, key, value, headers: { ...headers, ...failureHeaders({ ...failure, record }) } };
}

/** A retry topic's dead letters go where its main topic's go: `shop-requests.retry-2` → `shop-requests.dlq`. */
function deadLetterTopic(topic: TopicName): TopicName {
  const name = `${topic.replace(/\.retry-\d+$/, '')}.dlq`;
  if (!(name in TOPICS)) throw new TypeError(`${topic} has no dead letter topic`);
  return name as TopicName;
}

function oneLine(message: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what must not get into a header
  const line = message.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  if (line.length <= MAX_MESSAGE_LENGTH) return line.toWellFormed();
  const cut = line.slice(0, MAX_MESSAGE_LENGTH - 1);
  // Not between the two halves of a character: half of one is no text.
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`.toWellFormed();
}
