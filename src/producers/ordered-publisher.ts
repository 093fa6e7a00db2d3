/** Publishes a long stream of records in order and in constant memory: one part under way while the next is filled. */
import type { Log, OutRecord } from '../adapters/log.ts';

const MAX_RECORDS = 2_000;
/** Below the megabyte a broker takes in one batch, were all records of a part for one partition. */
const MAX_BYTES = 640 * 1_024;
/** Estimate of what a record weighs beside its value: key, headers, framing. */
const RECORD_BYTES = 450;

export interface OrderedPublisher<Mark> {
  /** Waits, while the part before is not published and this one is full. Throws what a publish before threw. */
  add(record: OutRecord, mark: Mark): Promise<void> | undefined;
  /** Resolves when everything added is published. */
  flush(): Promise<void>;
  /** The mark given with the last record that is known to be published; null when there is none. */
  published(): Mark | null;
}

/**
 * Parts follow one another, never side by side, so records with one key keep their order. After an error nothing more
 * is published, and the error is thrown again by whatever is called next.
 */
export function createOrderedPublisher<Mark>({ log }: { log: Pick<Log, 'publish'> }): OrderedPublisher<Mark> {
  let filling: OutRecord[] = [];
  let bytes = 0;
  let lastMark: Mark | null = null;
  let publishedMark: Mark | null = null;
  let underWay: Promise<void> = Promise.resolve();

  async function send(): Promise<void> {
    await underWay;
    const records = filling;
    const mark = lastMark;
    filling = [];
    bytes = 0;
    if (records.length === 0) return;
    underWay = log.publish(records).then(() => {
      publishedMark = mark;
    });
    underWay.catch(() => {}); // Thrown where it is awaited, by the next call.
  }

  return {
    add(record, mark) {
      filling.push(record);
      lastMark = mark;
      bytes += (record.value?.length ?? 0) + RECORD_BYTES;
      return filling.length >= MAX_RECORDS || bytes >= MAX_BYTES ? send() : undefined;
    },
    async flush() {
      await send();
      await underWay;
    },
    published: () => publishedMark,
  };
}
