/** Errors sorted into what happens to the message that met them. See docs/decisions/0005. */
import type { Batch, LogRecord, OutRecord } from '../adapters/log.ts';
import { ERRORS, type ErrorCode } from '../errors.ts';
import { sortDecisionFailure, sortFailure, type SortedFailure } from '../sort-failure.ts';
import { attemptOf } from './attempts.ts';
import { toDeadLetter } from './failure-headers.ts';

/** A failure of one message: it is set aside, and its neighbours go on. */
export interface MessageFailure {
  readonly code: ErrorCode;
  readonly message: string;
}

export type MessageFailureKind = 'transient' | 'permanent' | 'poison';

/** What an error says about the message in hand; null when it is not about the message: the whole batch must wait. */
export const failureOf = (error: unknown): MessageFailure | null => aboutMessage(sortFailure(error));

/** The same of an error thrown in what is decided about one shop or one fact alone, without asking anybody. */
export const decisionFailureOf = (error: unknown): MessageFailure | null => aboutMessage(sortDecisionFailure(error));

const aboutMessage = ({ action, code, message }: SortedFailure): MessageFailure | null =>
  action === 'retry' || action === 'dead-letter' ? { code, message } : null;

/** Kind of a message failure, as it stands in headers and in ShopBillFailed. */
export function kindOf(code: ErrorCode): MessageFailureKind {
  const { kind } = ERRORS[code];
  return kind === 'transient' || kind === 'poison' ? kind : 'permanent';
}

/** The dead letter of a record: original bytes, failure headers. @param now epoch milliseconds */
export function deadLetterOf(record: LogRecord, { code, message }: MessageFailure, now: number): OutRecord {
  const kind = kindOf(code);
  return toDeadLetter(record, { code, message, kind, attempt: attemptOf(record), firstAt: now, lastAt: now });
}

/** The dead letter of a record, unless the record is a replay: below the mark its dead letter stands on the log already. */
export function deadLetterOnce(
  record: LogRecord,
  failure: MessageFailure,
  { publishedBelow }: Pick<Batch, 'publishedBelow'>,
  now: number,
): OutRecord[] {
  return record.offset >= publishedBelow ? [deadLetterOf(record, failure, now)] : [];
}
