/** The stores in memory and the real codec, for tests that drive a handler batch by batch. */
import { createAvroCodec, subjectOf } from '../../src/adapters/avro-codec.ts';
import type { Clock } from '../../src/adapters/clock.ts';
import type { Batch, LogRecord, OutRecord, Step } from '../../src/adapters/log.ts';
import { silentLogger } from '../../src/adapters/logger.ts';
import { createMemoryLedger } from '../../src/adapters/memory-ledger.ts';
import { createMemoryOpenRuns } from '../../src/adapters/memory-open-runs.ts';
import { createMemoryProjectionStore } from '../../src/adapters/memory-projection-store.ts';
import { createMemoryRunControl } from '../../src/adapters/memory-run-control.ts';
import { createMemoryRegister } from '../../src/adapters/memory-register.ts';
import { createMemoryRuns } from '../../src/adapters/memory-runs.ts';
import { loadSchemaFiles } from '../../src/adapters/schema-files.ts';
import { uuidV5 } from '../../src/adapters/uuid.ts';
import type { MessageByType, MessageType } from '../../src/domain/messages.ts';
import { parseFact } from '../../src/producers/parse-fact.ts';
import { toRecord } from '../../src/producers/publish-facts.ts';
import { TOPIC_NAMES, TOPICS, type TopicName } from '../../src/topics.ts';

/** A clock that stands still until it is told to move; sleeping moves it. */
export function createTestClock(now: number = Date.UTC(2026, 10, 1, 2)): Clock & { set(now: number): void } {
  return {
    now: () => now,
    set: (value) => void (now = value),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      now += ms;
    },
  };
}

const subjects = TOPIC_NAMES.flatMap((topic) => TOPICS[topic].messages.map((type) => subjectOf('', topic, type)));

export function createMemoryWorld() {
  const clock = createTestClock();
  const codec = createAvroCodec({
    schemas: loadSchemaFiles(),
    subjectIds: new Map(subjects.map((subject, index) => [subject, index + 1])),
    fetchForeign: async () => null,
    topicPrefix: '',
  });
  const ledger = createMemoryLedger();
  const runs = createMemoryRuns();
  /** Runs of which every shop has an outcome: what a test says. */
  const finishedRuns = new Set<string>();
  const control = createMemoryRunControl({ runs, isFinished: ({ runId }) => finishedRuns.has(runId) });
  const projections = createMemoryProjectionStore();
  const world = {
    clock,
    codec,
    ledger,
    register: createMemoryRegister({ control }),
    /** The log ends where the ledger is. */
    log: { endOffsets: () => ledger.positions() },
    runs,
    control,
    finishedRuns,
    projections,
    openRuns: createMemoryOpenRuns({ runs, control, store: projections }),
    stalledAfterMs: 300_000,
    logger: silentLogger,
    deterministicId: (name: string) => uuidV5(name),
    timeZone: 'UTC',
    invoicePrefix: 'INV',
    retryDelaysMs: [5_000, 30_000, 120_000],
  };
  const offsets = new Map<string, bigint>();
  return {
    ...world,
    /** Facts in NDJSON form go to partition 0 of their topics. */
    async tell(...facts: readonly object[]): Promise<void> {
      for (const json of facts) {
        const fact = parseFact(json);
        const { topic } = toRecord(codec, fact);
        const offset = offsets.get(topic) ?? 0n;
        offsets.set(topic, offset + 1n);
        await ledger.append({
          topic,
          partition: 0,
          nextOffset: offset + 1n,
          entries: [{ fact, position: { topic, partition: 0, offset }, recordedAt: Number(offset) }],
        });
      }
    },
    pins: () => ledger.positions(),
    message<T extends MessageType>(
      topic: TopicName,
      key: string,
      type: T,
      data: MessageByType[T],
      id = 'm1',
    ): OutRecord {
      return codec.encode(topic, key, type, data, { id, correlationId: null, causationId: null, time: clock.now() });
    },
  };
}

export type MemoryWorld = ReturnType<typeof createMemoryWorld>;

/** A batch of partition 0 as the log would hand it over. */
export function batchOf(
  records: readonly OutRecord[],
  { from = 0n, publishedBelow = 0n, metadata = '' }: { from?: bigint; publishedBelow?: bigint; metadata?: string } = {},
): Batch {
  const read = records.map((record, index): LogRecord => ({
    ...record,
    partition: 0,
    offset: from + BigInt(index),
    timestamp: 0,
  }));
  return {
    topic: records[0]?.topic ?? 'shop-requests',
    partition: 0,
    records: read,
    nextOffset: from + BigInt(records.length),
    publishedBelow,
    metadata,
    heartbeat: async () => {},
    signal: new AbortController().signal,
  };
}

export async function steps(of: AsyncIterable<Step>): Promise<Step[]> {
  const list: Step[] = [];
  for await (const step of of) list.push(step);
  return list;
}
