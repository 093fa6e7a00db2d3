/**
 * A projector before a log that is written by the test, batch by batch: what the consume loop does with its handler,
 * taken apart so that a test can stop anywhere.
 */
import { createProjector } from '../../src/projections/project.ts';
import { rebuildReadModels } from '../../src/projections/rebuild.ts';
import type { Clock } from '../../src/adapters/clock.ts';
import { silentLogger } from '../../src/adapters/logger.ts';
import type { LogRecord, OutRecord } from '../../src/adapters/log.ts';
import type { ProjectionStore } from '../../src/adapters/projection-store.ts';
import { uuidV5 } from '../../src/adapters/uuid.ts';
import type { BillingRunCompleted, RunEvent, ShopEvent } from '../../src/domain/events.ts';
import type { TopicName } from '../../src/topics.ts';
import { asRead, testCodec } from '../support/test-codec.ts';
import { NOVEMBER_1 } from '../projections/shop-events.ts';

const codec = testCodec();

export interface WrittenLog {
  /** Appends to a partition; returns the offset of the first. Events that are a dry run's go to `dry-run-events`. */
  writeShops(partition: number, ...events: ShopEvent[]): bigint;
  writeRuns(...events: RunEvent[]): bigint;
  write(topic: TopicName, partition: number, ...records: Pick<LogRecord, 'key' | 'value' | 'headers'>[]): bigint;
  end(topic: TopicName, partition: number): bigint;
  records(topic: TopicName, partition: number): readonly LogRecord[];
  partitions(): { topic: TopicName; partition: number; offset: bigint }[];
}

export function createWrittenLog(): WrittenLog {
  const partitions = new Map<string, LogRecord[]>();
  const recordsOf = (topic: TopicName, partition: number) => {
    const name = `${topic}/${partition}`;
    if (!partitions.has(name)) partitions.set(name, []);
    return partitions.get(name)!;
  };
  let events = 0;
  const encode = (topic: TopicName, key: string, { type, data }: ShopEvent | RunEvent, runId: string | null) =>
    codec.encode(topic, key, type, data, {
      id: uuidV5(`event ${(events += 1)}`),
      correlationId: runId,
      causationId: null,
      time: NOVEMBER_1,
    });
  const log: WrittenLog = {
    write(topic, partition, ...records) {
      const written = recordsOf(topic, partition);
      const first = BigInt(written.length);
      for (const record of records) {
        const place = { partition, offset: BigInt(written.length), timestamp: NOVEMBER_1 + written.length };
        written.push(asRead({ topic, ...record }, place));
      }
      return first;
    },
    writeShops(partition, ...shopEvents) {
      const topic = shopEvents[0]?.data.dryRun ? 'dry-run-events' : 'events';
      const records = shopEvents.map((event) => encode(topic, event.data.shopId, event, event.data.runId));
      return log.write(topic, partition, ...records);
    },
    writeRuns(...runEvents) {
      const records = runEvents.map((event) => {
        const runId = 'runId' in event.data ? event.data.runId : null;
        return encode('run-events', runId ?? '', event, runId);
      });
      return log.write('run-events', 0, ...records);
    },
    end: (topic, partition) => BigInt(recordsOf(topic, partition).length),
    records: recordsOf,
    partitions: () =>
      [...partitions].map(([name, records]) => {
        const [topic, partition] = name.split('/') as [TopicName, string];
        return { topic, partition: Number(partition), offset: BigInt(records.length) };
      }),
  };
  return log;
}

export interface BatchRange {
  readonly topic: TopicName;
  readonly partition?: number;
  readonly from?: bigint;
  readonly to?: bigint;
  readonly publishedBelow?: bigint;
}

/** One process: a projector with its own memory of where it is. */
export function projectorAt(log: WrittenLog, store: ProjectionStore, { clock = atNovember }: { clock?: Clock } = {}) {
  const reader = {
    async *read(ranges: readonly { topic: TopicName; partition: number; from: bigint; to: bigint }[]) {
      for (const { topic, partition, from, to } of ranges) {
        const records = log.records(topic, partition).slice(Number(from), Number(to));
        // In several pieces, as a broker would.
        for (let start = 0; start < records.length; start += 7) yield records.slice(start, start + 7);
      }
    },
    endOffsets: async () => log.partitions(),
  };
  const dependencies = { log: reader, store, codec, clock, logger: silentLogger, deterministicId: uuidV5 };
  const projector = createProjector(dependencies);

  /** Hands a batch to the projector and returns what it publishes; by default all there is from the checkpoint on. */
  async function project({ topic, partition = 0, from, to, publishedBelow }: BatchRange): Promise<OutRecord[]> {
    const start = from ?? (await store.checkpoint(topic, partition));
    const end = to ?? log.end(topic, partition);
    const published: OutRecord[] = [];
    const batch = {
      ...{ topic, partition, nextOffset: end, publishedBelow: publishedBelow ?? start, metadata: '' },
      records: log.records(topic, partition).slice(Number(start), Number(end)),
      heartbeat: async () => {},
      signal: new AbortController().signal,
    };
    for await (const step of projector.handler(batch)) published.push(...step.publish);
    return published;
  }

  return {
    startAt: projector.startAt,
    project,
    /** Projects everything and writes what is published back to the log, until nothing is left. */
    async settle(): Promise<BillingRunCompleted[]> {
      const completions: BillingRunCompleted[] = [];
      for (;;) {
        const behind = [];
        for (const { topic, partition, offset } of log.partitions()) {
          if ((await store.checkpoint(topic, partition)) < offset) behind.push({ topic, partition });
        }
        if (behind.length === 0) return completions;
        for (const place of behind) {
          const published = await project(place);
          completions.push(...(await completionsIn(published)));
          if (published.length > 0) log.write('run-events', 0, ...published);
        }
      }
    },
    rebuild: () => rebuildReadModels(dependencies),
  };
}

export async function completionsIn(records: readonly OutRecord[]): Promise<BillingRunCompleted[]> {
  const decoded = await codec.decode(records.map((record, index) => asRead(record, { offset: BigInt(index) })));
  return decoded.map((one) => {
    if ('problem' in one || one.message.type !== 'BillingRunCompleted') throw new Error('no completion');
    return one.message.data;
  });
}

const atNovember: Clock = { now: () => NOVEMBER_1 + 60_000, sleep: async () => {} };
