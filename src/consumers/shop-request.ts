/** Requests about shops as they stand in the log, and the waves in which a batch of them is worked. */
import type { Decoded, Undecodable } from '../adapters/codec.ts';
import type { LogRecord } from '../adapters/log.ts';
import type { Message } from '../domain/messages.ts';
import { holdsOnlyText, isId, toText } from '../domain/text.ts';
import { positionText } from '../domain/log-position.ts';
import { attemptOf } from './attempts.ts';
import type { MessageFailure } from './failure.ts';

export interface ShopRequest {
  readonly record: LogRecord;
  /** Id of the request as an event. */
  readonly causationId: string;
  readonly shopId: string;
  /** Set when the request itself cannot be carried out: the shop fails with it. */
  readonly failure: MessageFailure | null;
}

/** A request to decide about a shop in a run. */
export interface BillRequest extends ShopRequest {
  readonly kind: 'bill';
  /** Empty when a broken record does not tell. */
  readonly runId: string;
}

export type Command = Extract<
  Message,
  { type: 'HoldReleaseRequested' | 'HoldRejectRequested' | 'InvoiceVoidRequested' | 'CreditNoteRequested' }
>;

/** What a person asks for about a bill that was calculated. */
export interface CommandRequest extends ShopRequest {
  readonly kind: 'command';
  readonly command: Command;
}

/** What a record asks for; of a broken one, as much as its key and headers tell. */
export function toShopRequest(decoded: Decoded | Undecodable): BillRequest | CommandRequest {
  const request = readRequest(decoded);
  if (isId(request.shopId) && (request.kind === 'bill' ? isId(request.runId) : holdsOnlyText(request.command.data))) {
    return request;
  }
  // Nothing can be looked up by such ids, so it is about no run that there is.
  const failure = { code: 'REQUEST_INVALID', message: 'An id in the request is no text, or too long.' } as const;
  return { ...toBrokenRequest(request.record, failure), runId: '', shopId: toText(request.shopId) };
}

function readRequest(decoded: Decoded | Undecodable): BillRequest | CommandRequest {
  const { record } = decoded;
  if ('problem' in decoded) return toBrokenRequest(record, { code: 'RECORD_UNDECODABLE', message: decoded.problem });
  const { message, envelope } = decoded;
  const common = { record, causationId: envelope.id, failure: null };
  switch (message.type) {
    case 'ShopBillRequested':
      return { kind: 'bill', ...common, ...message.data };
    case 'HoldReleaseRequested':
    case 'HoldRejectRequested':
    case 'InvoiceVoidRequested':
    case 'CreditNoteRequested':
      return { kind: 'command', ...common, shopId: message.data.shopId, command: message };
    default: {
      const problem = `A ${message.type} is no request about a shop.`;
      return toBrokenRequest(record, { code: 'REQUEST_INVALID', message: problem });
    }
  }
}

/** Which run it was of is told by its headers, if it is a run's at all: the shop must not be left without an outcome. */
function toBrokenRequest(record: LogRecord, failure: MessageFailure): BillRequest {
  const { headers, key } = record;
  const runId = headers['ce_correlationid'] ?? '';
  return {
    kind: 'bill',
    runId,
    shopId: key ?? '',
    record,
    causationId: headers['ce_id'] ?? positionText(record),
    failure,
  };
}

/**
 * The k-th request of each shop in wave k: what is decided in one has been recorded before the next looks. Of the
 * requests of a shop the broken ones come last, so that they fail nothing that a good one can still decide.
 */
export function inWaves<R extends ShopRequest>(requests: readonly R[]): R[][] {
  const waves: R[][] = [];
  const counts = new Map<string, number>();
  const isBroken = ({ failure }: R) => failure !== null;
  for (const request of [...requests.filter((one) => !isBroken(one)), ...requests.filter(isBroken)]) {
    const wave = counts.get(request.shopId) ?? 0;
    counts.set(request.shopId, wave + 1);
    (waves[wave] ??= []).push(request);
  }
  return waves.map((wave) => wave.sort((a, b) => (a.record.offset < b.record.offset ? -1 : 1)));
}

/** A retry, or sent again on purpose: the attempts before it made no bill, so it may look at newer facts. */
export function isLaterAttempt({ topic, headers }: Pick<LogRecord, 'topic' | 'headers'>): boolean {
  return attemptOf({ topic }) > 1 || Number(headers['redrive-count'] ?? 0) > 0;
}
