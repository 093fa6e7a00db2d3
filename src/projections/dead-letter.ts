/** Dead letters as they stand in the log: told by their headers alone, because their bytes may be what is broken. */
import type { LogRecord } from '../adapters/log.ts';
import type { DeadLetterEntry, DeadLetterPosition } from '../adapters/projection-store.ts';
import { TOPICS, type TopicName } from '../topics.ts';

/** A record of a dead letter topic. Headers that a foreign tool left out are filled in as well as can be. */
export function toDeadLetter(record: LogRecord): DeadLetterEntry {
  const { headers } = record;
  const failedAt = Date.parse(headers['failure-last-at'] ?? '');
  return {
    position: { topic: record.topic, partition: record.partition, offset: record.offset },
    originalTopic: headers['original-topic'] ?? record.topic.replace(/\.dlq$/, ''),
    originalPartition: integer(headers['original-partition']),
    originalOffset: /^\d{1,18}$/.test(headers['original-offset'] ?? '') ? BigInt(headers['original-offset']!) : null,
    key: record.key,
    runId: headers['ce_correlationid'] || null,
    code: headers['failure-code'] ?? 'INTERNAL',
    message: headers['failure-message'] ?? '',
    kind: headers['failure-kind'] ?? 'permanent',
    attempt: integer(headers['failure-attempt']) ?? 1,
    failedAt: Number.isNaN(failedAt) ? record.timestamp : failedAt,
  };
}

/** `shop-requests.dlq/0/17`, the id events and people use; null when it names no dead letter topic. */
export function parseDeadLetterId(id: string): DeadLetterPosition | null {
  const match = /^(.+)\/(\d{1,9})\/(\d{1,18})$/.exec(id);
  if (!match || !match[1]!.endsWith('.dlq') || !(match[1]! in TOPICS)) return null;
  return { topic: match[1] as TopicName, partition: Number(match[2]), offset: BigInt(match[3]!) };
}

function integer(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
