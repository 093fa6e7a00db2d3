/** Where one dead letter is looked up: what is known of it, its record on the log, and what else that record left. */
import type { Codec, Decoded, Undecodable } from '../adapters/codec.ts';
import { parseDeadLetterId } from '../adapters/dead-letter-id.ts';
import type { Log, LogRecord } from '../adapters/log.ts';
import { readRecords } from '../adapters/read-records.ts';
import type { DeadLetterView, ReadModels } from '../adapters/read-models.ts';
import { BillingError } from '../errors.ts';
import { TOPICS, type TopicName } from '../topics.ts';

export interface FoundDeadLetter {
  readonly letter: DeadLetterView;
  /** Null: the log no longer keeps it. */
  readonly record: LogRecord | null;
  /** Null: there is no record. */
  readonly decoded: Decoded | Undecodable | null;
  /** Every dead letter of the same original record, this one too, oldest first. */
  readonly history: readonly DeadLetterView[];
}

/** @throws BillingError NOT_FOUND */
export async function findDeadLetter(
  {
    readModels,
    log,
    codec,
  }: {
    readonly readModels: Pick<ReadModels, 'findDeadLetters' | 'listDeadLettersOf'>;
    readonly log: Pick<Log, 'read'>;
    readonly codec: Pick<Codec, 'decode'>;
  },
  id: string,
): Promise<FoundDeadLetter> {
  const position = parseDeadLetterId(id);
  const letter = position === null ? null : ((await readModels.findDeadLetters([position])).letters[0] ?? null);
  if (position === null || letter === null) {
    throw new BillingError('NOT_FOUND', `There is no dead letter ${JSON.stringify(id)}: the list names them all.`);
  }
  const [record = null] = await readRecords(log, [position]);
  const { originalTopic, originalPartition, originalOffset } = letter;
  const history =
    originalPartition === null || originalOffset === null
      ? [letter]
      : await readModels.listDeadLettersOf({ originalTopic, originalPartition, originalOffset });
  return { letter, record, decoded: record === null ? null : await decode(codec, record), history };
}

/** Decoded as what it was before it failed. */
async function decode(codec: Pick<Codec, 'decode'>, record: LogRecord): Promise<Decoded | Undecodable> {
  const topic = record.topic.replace(/\.dlq$/, '');
  const [decoded] = await codec.decode([{ ...record, topic: topic in TOPICS ? (topic as TopicName) : record.topic }]);
  return decoded!;
}
