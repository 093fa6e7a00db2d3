/** A request of `run-requests` as it stands in the log. */
import type { Decoded } from '../adapters/codec.ts';
import type { Batch } from '../adapters/log.ts';
import { positionText } from '../domain/log-position.ts';
import type { BillingRunCancelRequested, BillingRunRequested } from '../domain/requests.ts';
import { holdsOnlyText, isId, MAX_ID_LENGTH } from '../domain/text.ts';
import { BillingError } from '../errors.ts';

export interface RunRequest<Data> {
  readonly data: Data;
  /** Where it stands: topic/partition/offset. What answers it says so, and of equal requests only the first is answered. */
  readonly requestId: string;
  readonly eventId: string;
  /** Its answer is on the log already. */
  readonly isReplay: boolean;
}

export function toRunRequest<Data>(
  { record, envelope }: Decoded,
  data: Data,
  { publishedBelow }: Pick<Batch, 'publishedBelow'>,
): RunRequest<Data> {
  return {
    data,
    requestId: positionText(record),
    eventId: envelope.id,
    isReplay: record.offset < publishedBelow,
  };
}

/**
 * Any producer may ask, and Kafka carries any characters: what the database cannot keep would be tried for ever.
 * @throws BillingError REQUEST_INVALID
 */
export function requireText(
  ids: readonly (string | null)[],
  data: BillingRunRequested | BillingRunCancelRequested,
): void {
  if (!holdsOnlyText(data)) {
    throw new BillingError('REQUEST_INVALID', 'The request has characters that are no text.');
  }
  if (!ids.every((id) => id === null || isId(id))) {
    throw new BillingError('REQUEST_INVALID', `An id is longer than ${MAX_ID_LENGTH} characters.`);
  }
}
