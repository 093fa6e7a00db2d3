/** Which dead letters are meant, as people say it. */
import type { DeadLetterFilter } from '../adapters/read-models.ts';
import { BillingError } from '../errors.ts';
import { DEAD_LETTER_TOPICS } from '../topics.ts';

export interface DeadLetterFilterText {
  readonly code?: string | undefined;
  readonly run?: string | undefined;
  /** A topic that is consumed, or its dead letter topic. */
  readonly topic?: string | undefined;
  /** An age, such as 30m, 2h or 7d. */
  readonly olderThan?: string | undefined;
  readonly newerThan?: string | undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @throws BillingError USAGE for a topic without dead letters or something that is no age */
export function parseDeadLetterFilter(
  { code, run, topic, olderThan, newerThan }: DeadLetterFilterText,
  now: number,
): Omit<DeadLetterFilter, 'settled'> {
  return {
    code,
    runId: run,
    topic: topic === undefined ? undefined : deadLetterTopic(topic),
    before: olderThan === undefined ? undefined : now - parseAgeMs(olderThan),
    from: newerThan === undefined ? undefined : now - parseAgeMs(newerThan),
  };
}

function deadLetterTopic(name: string): (typeof DEAD_LETTER_TOPICS)[number] {
  const found = DEAD_LETTER_TOPICS.find((topic) => topic === name || topic === `${name}.dlq`);
  if (found !== undefined) return found;
  const known = DEAD_LETTER_TOPICS.map((topic) => topic.replace(/\.dlq$/, '')).join(', ');
  throw new BillingError('USAGE', `Topic ${JSON.stringify(name)} has no dead letters: name one of ${known}.`);
}

function parseAgeMs(text: string): number {
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  if (match === null) {
    throw new BillingError('USAGE', `${JSON.stringify(text)} is no age: write it like 30m, 2h or 7d.`);
  }
  return Number(match[1]) * UNIT_MS[match[2]!]!;
}
