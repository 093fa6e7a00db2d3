/**
 * Facts on the log → the ledger. Each batch is appended together with the position behind it, so the ledger always
 * knows how far it came; what it cannot take goes to the dead letters of its topic, in the transaction that commits
 * the group's offset. See docs/decisions/0004.
 */
import type { Clock } from '../adapters/clock.ts';
import type { Codec, Decoded, Undecodable } from '../adapters/codec.ts';
import type { Ledger, LedgerEntry } from '../adapters/ledger.ts';
import type { BatchHandler, ConsumerOptions, Log, LogRecord } from '../adapters/log.ts';
import type { Logger } from '../adapters/logger.ts';
import { factProblem } from '../domain/fact-problem.ts';
import type { Fact } from '../domain/facts.ts';
import type { Pin } from '../domain/log-position.ts';
import type { Message } from '../domain/messages.ts';
import { FACT_TOPICS, TOPICS } from '../topics.ts';
import { decisionFailureOf, deadLetterOf, type MessageFailure } from './failure.ts';

export interface IngestFactsDependencies {
  readonly ledger: Pick<Ledger, 'append'>;
  readonly codec: Pick<Codec, 'decode'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Run it transactionally over FACT_TOPICS, with `startAt` of `ingestStart`. A batch that comes again appends nothing
 * new and finds the same faults; below `publishedBelow` their dead letters are on the log already.
 */
export function createIngestFacts({ ledger, codec, clock, logger }: IngestFactsDependencies): BatchHandler {
  return async function* ingestFacts(batch) {
    const { topic, partition, nextOffset, records, publishedBelow } = batch;
    const failures = new Map<bigint, MessageFailure>();
    const entries: LedgerEntry[] = [];
    for (const decoded of await codec.decode(records)) {
      const failure = failureIn(decoded);
      if (failure === null) entries.push(toEntry(decoded as Decoded));
      else failures.set(decoded.record.offset, failure);
    }
    // Also without entries: control records alone move the position, and somebody may be waiting for it.
    for (const { entry, message } of await ledger.append({ topic, partition, nextOffset, entries })) {
      failures.set(entry.position.offset, { code: 'FACT_CONFLICT', message });
    }
    const failed = records.filter(({ offset }) => offset >= publishedBelow && failures.has(offset));
    const publish = failed.map((record) => {
      const failure = failures.get(record.offset)!;
      logger.warn({ ...placeOf(record), code: failure.code }, `fact set aside: ${failure.message}`);
      return deadLetterOf(record, failure, clock.now());
    });
    yield { publish, advance: true };
  };
}

/**
 * Where an ingester begins in a partition: at the position of the ledger or at the offset its group committed, whichever
 * is lower. The offset is higher when the database lost its last appends in a crash, or was restored or emptied: those
 * facts must come again. The position is higher when a batch was appended but cut off before its dead letters were
 * published; appending it again changes nothing.
 */
export function ingestStart({
  ledger,
  log,
  group,
}: {
  readonly ledger: Pick<Ledger, 'positions'>;
  readonly log: Pick<Log, 'committedOffsets'>;
  readonly group: string;
}): NonNullable<ConsumerOptions['startAt']> {
  return async (topic, partition) => {
    const offsetIn = (pins: readonly Pin[]) =>
      pins.find((pin) => pin.topic === topic && pin.partition === partition)?.offset ?? 0n;
    const position = offsetIn(await ledger.positions());
    if (position === 0n) return 0n;
    const committed = offsetIn(await log.committedOffsets(group, [topic]));
    return committed < position ? committed : position;
  };
}

/** Whatever goes wrong with one fact alone is its own failure. */
function failureIn(decoded: Decoded | Undecodable): MessageFailure | null {
  try {
    return problemOf(decoded);
  } catch (error) {
    const failure = decisionFailureOf(error);
    if (failure === null) throw error;
    return failure;
  }
}

function problemOf(decoded: Decoded | Undecodable): MessageFailure | null {
  if ('problem' in decoded) return { code: 'RECORD_UNDECODABLE', message: decoded.problem };
  const { message, record } = decoded;
  if (!isFactOf(record, message)) {
    return { code: 'FACT_MALFORMED', message: `${message.type} is no message of topic ${record.topic}` };
  }
  const problem = factProblem(message);
  return problem === null ? null : { code: 'FACT_MALFORMED', message: problem };
}

function isFactOf({ topic }: LogRecord, message: Message): message is Fact {
  const known: readonly string[] = TOPICS[topic].messages;
  return FACT_TOPICS.some((factTopic) => factTopic === topic) && known.includes(message.type);
}

function toEntry({ record, message }: Decoded): LedgerEntry {
  return { fact: message as Fact, position: placeOf(record), recordedAt: record.timestamp };
}

function placeOf({ topic, partition, offset }: LogRecord) {
  return { topic, partition, offset };
}
