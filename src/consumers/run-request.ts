/** A request of `run-requests` as it stands in the log. */
import type { Decoded } from '../adapters/codec.ts';
import type { Batch } from '../adapters/log.ts';
import { positionText } from '../domain/log-position.ts';

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
