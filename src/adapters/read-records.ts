/** Single records out of the log, by their places. */
import type { LogRecord, Log } from './log.ts';
import type { TopicName } from '../topics.ts';

export interface RecordPlace {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: bigint;
}

/** Places no further apart than this are read in one go: reading on is cheaper than asking again. */
const NEAR = 500n;

/** Aligned with the places; null where the log no longer has the record, or never had. */
export async function readRecords(
  log: Pick<Log, 'read'>,
  places: readonly RecordPlace[],
): Promise<(LogRecord | null)[]> {
  const found = new Map<string, LogRecord>();
  const wanted = new Set(places.map(nameOf));
  for (const range of rangesOf(places)) {
    for await (const records of log.read([range])) {
      for (const record of records) if (wanted.has(nameOf(record))) found.set(nameOf(record), record);
    }
  }
  return places.map((place) => found.get(nameOf(place)) ?? null);
}

function rangesOf(places: readonly RecordPlace[]): Parameters<Log['read']>[0][number][] {
  const ranges: { topic: TopicName; partition: number; from: bigint; to: bigint }[] = [];
  const sorted = places.toSorted(
    (a, b) =>
      (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition) || Number(a.offset - b.offset),
  );
  for (const { topic, partition, offset } of sorted) {
    const last = ranges.at(-1);
    if (last?.topic === topic && last.partition === partition && offset < last.to + NEAR) last.to = offset + 1n;
    else ranges.push({ topic, partition, from: offset, to: offset + 1n });
  }
  return ranges;
}

function nameOf({ topic, partition, offset }: RecordPlace): string {
  return `${topic}/${partition}/${offset}`;
}
