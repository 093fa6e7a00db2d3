/** Dead letters by name: `shop-requests.dlq/0/17`, their place in the log. The id that events and people use. */
import { TOPICS, type TopicName } from '../topics.ts';
import type { DeadLetterPosition } from './projection-store.ts';

export function deadLetterIdOf({ topic, partition, offset }: DeadLetterPosition): string {
  return `${topic}/${partition}/${offset}`;
}

/** Null when it names no dead letter topic. */
export function parseDeadLetterId(id: string): DeadLetterPosition | null {
  const match = /^(.+)\/(\d{1,9})\/(\d{1,18})$/.exec(id);
  if (!match || !match[1]!.endsWith('.dlq') || !(match[1]! in TOPICS)) return null;
  return { topic: match[1] as TopicName, partition: Number(match[2]), offset: BigInt(match[3]!) };
}
