/** Dead letters as they stand in the log: told by their headers alone, because their bytes may be what is broken. */
import { parseDeadLetterId } from '../adapters/dead-letter-id.ts';
import type { LogRecord } from '../adapters/log.ts';
import type { DeadLetterEntry, SettledDeadLetter } from '../adapters/projection-store.ts';
import { toText } from '../domain/text.ts';
import type { DeadLetterDiscarded, DeadLetterRedriven } from '../domain/events.ts';

/** A record of a dead letter topic. Headers that a foreign tool left out are filled in as well as can be. */
export function toDeadLetter(record: LogRecord): DeadLetterEntry {
  // What was set aside may be nothing that a database keeps: the log has it as it was, this list has it as text.
  const headers = Object.fromEntries(Object.entries(record.headers).map(([name, value]) => [name, toText(value)]));
  const failedAt = Date.parse(headers['failure-last-at'] ?? '');
  return {
    position: { topic: record.topic, partition: record.partition, offset: record.offset },
    originalTopic: headers['original-topic'] ?? record.topic.replace(/\.dlq$/, ''),
    originalPartition: integer(headers['original-partition']),
    originalOffset: /^\d{1,18}$/.test(headers['original-offset'] ?? '') ? BigInt(headers['original-offset']!) : null,
    key: record.key === null ? null : toText(record.key),
    runId: headers['ce_correlationid'] || null,
    code: headers['failure-code'] ?? 'INTERNAL',
    message: headers['failure-message'] ?? '',
    kind: headers['failure-kind'] ?? 'permanent',
    attempt: integer(headers['failure-attempt']) ?? 1,
    failedAt: Number.isNaN(failedAt) ? record.timestamp : failedAt,
    redriveCount: integer(headers['redrive-count']) ?? 0,
    eventId: headers['ce_id'] || null,
  };
}

/** Null when the event names no dead letter topic. */
export function toSettledDeadLetter(
  event:
    | { readonly type: 'DeadLetterRedriven'; readonly data: DeadLetterRedriven }
    | { readonly type: 'DeadLetterDiscarded'; readonly data: DeadLetterDiscarded },
): SettledDeadLetter | null {
  const { deadLetterId, reason, actor } = event.data;
  const position = parseDeadLetterId(deadLetterId);
  if (position === null) return null;
  return event.type === 'DeadLetterRedriven'
    ? { position, reason, actor, action: 'redriven', settledAt: event.data.redrivenAt }
    : { position, reason, actor, action: 'discarded', settledAt: event.data.discardedAt };
}

function integer(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
