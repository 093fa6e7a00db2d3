/** Records of several partitions in one order: by log timestamp, each partition in its own order. */
import type { LogRecord } from './log.ts';

/**
 * Merges what partitions tell. One shop's records may stand in two of them, where the number of partitions was raised:
 * the older ones come first.
 */
export async function* inTimeOrder(partitions: readonly AsyncIterable<LogRecord[]>[]): AsyncGenerator<LogRecord> {
  const heads: { records: LogRecord[]; next: number; rest: AsyncIterator<LogRecord[]> }[] = [];
  const advance = async (head: (typeof heads)[number]): Promise<boolean> => {
    head.next += 1;
    while (head.next >= head.records.length) {
      const following = await head.rest.next();
      if (following.done) return false;
      head.records = following.value;
      head.next = 0;
    }
    return true;
  };
  for (const partition of partitions) {
    const head = { records: [] as LogRecord[], next: 0, rest: partition[Symbol.asyncIterator]() };
    if (await advance(head)) heads.push(head);
  }
  while (heads.length > 0) {
    const oldest = heads.reduce((a, b) => (b.records[b.next]!.timestamp < a.records[a.next]!.timestamp ? b : a));
    yield oldest.records[oldest.next]!;
    if (!(await advance(oldest))) heads.splice(heads.indexOf(oldest), 1);
  }
}
