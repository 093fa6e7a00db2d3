/**
 * How often and when a shop request is tried again after a transient failure: once per entry of RETRY_DELAYS, waiting in
 * the retry topics. Pure. See docs/decisions/0005.
 */
import type { LogRecord, OutRecord } from '../adapters/log.ts';
import { attemptOf, RETRY_TOPICS } from './attempts.ts';
import { kindOf, type MessageFailure } from './failure.ts';
import { toRetry } from './failure-headers.ts';

/** When a record may be tried, epoch milliseconds; null: at once. Only in a retry topic does anything wait. */
export function dueAt(record: LogRecord): number | null {
  if (attemptOf(record) === 1) return null;
  const due = Date.parse(record.headers['failure-due-at'] ?? '');
  return Number.isNaN(due) ? null : due;
}

/**
 * The record on its way to its next attempt, bytes unchanged; null when there is none: the failure is not transient, or
 * every delay was used up.
 * @param delaysMs one per retry, three at most
 * @param now epoch milliseconds
 */
export function afterFailure({
  record,
  failure: { code, message },
  delaysMs,
  now,
}: {
  record: LogRecord;
  failure: MessageFailure;
  delaysMs: readonly number[];
  now: number;
}): OutRecord | null {
  const attempt = attemptOf(record);
  const kind = kindOf(code);
  const [topic, delayMs] = [RETRY_TOPICS[attempt - 1], delaysMs[attempt - 1]];
  if (kind !== 'transient' || topic === undefined || delayMs === undefined) return null;
  return toRetry(record, topic, { code, message, kind, attempt, firstAt: now, lastAt: now, dueAt: now + delayMs });
}
