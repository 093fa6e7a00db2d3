/** Where a record stands in the log. `topic` is the name without prefix, as in topics.ts. */
export interface LogPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** `topic/partition/offset`. */
export const positionText = ({ topic, partition, offset }: LogPosition): string => `${topic}/${partition}/${offset}`;

/** How far a partition may be read: `offset` is exclusive. A run's pins bind all its decisions. */
export type Pin = LogPosition;

/** A fact together with where and when the log took it: what "first" and "later recorded" are decided by. */
export interface Recorded {
  readonly position: LogPosition;
  /** Log timestamp, epoch milliseconds. */
  readonly recordedAt: number;
}

/** Orders by (log timestamp, partition, offset): negative when `a` was recorded before `b`. */
export function compareRecorded(a: Recorded, b: Recorded): number {
  return (
    a.recordedAt - b.recordedAt ||
    a.position.partition - b.position.partition ||
    (a.position.offset < b.position.offset ? -1 : a.position.offset > b.position.offset ? 1 : 0)
  );
}

/** The position in a text of `positionText`; null in any other. */
export function parsePosition(text: string): LogPosition | null {
  const match = /^([^/]+)\/(\d{1,9})\/(\d{1,18})$/.exec(text);
  return match && { topic: match[1]!, partition: Number(match[2]), offset: BigInt(match[3]!) };
}
