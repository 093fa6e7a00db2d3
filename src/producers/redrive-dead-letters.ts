/** Dead letters → the topics they came from, as they were, together with DeadLetterRedriven. */
import type { LogRecord, OutRecord } from '../adapters/log.ts';
import { readRecords } from '../adapters/read-records.ts';
import type { DeadLetterAsk, RedriveDeadLetters, RedrivenDeadLetter } from '../app.ts';
import { BillingError } from '../errors.ts';
import { TOPICS, type TopicName } from '../topics.ts';
import {
  settleDeadLetters,
  type OpenDeadLetter,
  type SettleDependencies,
  type Settling,
} from './settle-dead-letters.ts';

/** Sent back more often than this, a record will not get better by itself. */
export const MAX_REDRIVES = 10;

/**
 * Original bytes and key; its headers too, with `redrive-count` one higher. Where the original topic is sharded, the
 * key decides the partition as it did for the producer.
 */
export function createRedriveDeadLetters(dependencies: SettleDependencies): RedriveDeadLetters {
  const { log, codec, clock } = dependencies;
  return (ask) =>
    settleDeadLetters(dependencies, ask, async (open) => {
      const now = clock.now();
      const records = await readRecords(
        log,
        open.map(({ position }) => position),
      );
      return open.map((one, index): Settling<RedrivenDeadLetter> => {
        const record = records[index] ?? null;
        if (record === null) return { open: one, refusal: bytesGone(one) };
        const redriveCount = countOf(record) + 1;
        if (redriveCount > MAX_REDRIVES) return { open: one, refusal: sentBackTooOften(one) };
        const topic = originalTopic(record.topic);
        return {
          open: one,
          publish: [
            sentBack(record, topic, redriveCount),
            eventOf({ codec, ask, open: one, topic, redriveCount, now }),
          ],
          done: { deadLetterId: one.letter.deadLetterId, topic, key: record.key, redriveCount },
        };
      });
    });
}

/** `shop-requests.dlq` → `shop-requests`: what failed on a retry topic goes back to the beginning too. */
function originalTopic(topic: TopicName): TopicName {
  const name = topic.replace(/\.dlq$/, '');
  if (!(name in TOPICS)) throw new TypeError(`${topic} has no original topic`);
  return name as TopicName;
}

function countOf({ headers }: LogRecord): number {
  const text = headers['redrive-count'] ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) : 0;
}

function sentBack({ key, value, headers }: LogRecord, topic: TopicName, redriveCount: number): OutRecord {
  return { topic, key, value, headers: { ...headers, 'redrive-count': String(redriveCount) } };
}

function eventOf({
  codec,
  ask: { reason, actor },
  open: { letter, eventId },
  topic,
  redriveCount,
  now,
}: {
  codec: SettleDependencies['codec'];
  ask: DeadLetterAsk;
  open: OpenDeadLetter;
  topic: TopicName;
  redriveCount: number;
  now: number;
}): OutRecord {
  const { deadLetterId, runId, code } = letter;
  return codec.encode(
    'run-events',
    runId ?? deadLetterId,
    'DeadLetterRedriven',
    { deadLetterId, originalTopic: topic, runId, failureCode: code, reason, actor, redriveCount, redrivenAt: now },
    { id: eventId, correlationId: runId, causationId: letter.eventId, time: now },
  );
}

function bytesGone({ letter: { deadLetterId } }: OpenDeadLetter): BillingError {
  return new BillingError(
    'NOT_FOUND',
    `The record of dead letter ${deadLetterId} is no longer on the log, so it cannot be sent back: discard it.`,
  );
}

function sentBackTooOften({ letter: { deadLetterId } }: OpenDeadLetter): BillingError {
  return new BillingError(
    'REDRIVE_LIMIT',
    `Dead letter ${deadLetterId} was sent back ${MAX_REDRIVES} times: find out why it fails, then discard it.`,
  );
}
