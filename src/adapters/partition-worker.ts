/**
 * Works one assigned partition off, in order: cuts what was fetched into batches, runs the handler, has each of its
 * steps committed. Knows nothing of Kafka: kafka-log.ts and memory-log.ts both run it.
 */
import { BillingError } from '../errors.ts';
import type { TopicName } from '../topics.ts';
import type { Clock } from './clock.ts';
import { dueTogether, untilDue } from './due-records.ts';
import { ABANDONED, keepTrying } from './keep-trying.ts';
import type { Batch, ConsumerOptions, LogRecord, OutRecord } from './log.ts';
import type { Logger } from './logger.ts';
import type { Ownership } from './ownership.ts';

/** Records as fetched, possibly none. */
export interface Fetched {
  /** Where this fetch began. */
  readonly from: bigint;
  readonly records: readonly LogRecord[];
  /** Position after it, control records included. */
  readonly nextOffset: bigint;
}

export interface PartitionWorker {
  readonly topic: TopicName;
  readonly partition: number;
  /** Takes what was fetched next. */
  accept(fetched: Fetched): void;
  /** Fetched batches not worked off yet. */
  waiting(): number;
  /** True when it waits for records to come or to become due. */
  isResting(): boolean;
  /** Why it does not get on; null when it does. */
  problem(): string | null;
  /** Epoch milliseconds of the last sign of life of what is in hand; null when nothing is. Also after it was given up. */
  silentSince(): number | null;
  /** The partition was lost: nothing more is committed. */
  abandon(): void;
  /** The consumer stops: no further batch is begun, but a step under way may still be committed. */
  finish(): void;
  /** Resolves when the worker has ended, for whatever reason. */
  readonly ended: Promise<void>;
}

export interface PartitionWorkerOptions {
  readonly topic: TopicName;
  readonly partition: number;
  readonly consumer: ConsumerOptions;
  readonly ownership: Ownership;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Spread of the backoff, for those who need it repeatable. */
  readonly spread?: () => number;
  /** The worker before it in this process: handlers of one partition never overlap. */
  readonly after: PartitionWorker | undefined;
  /** Has the next fetch begin here, or at the first offset that is still there; resolves with where. */
  readonly seek: (offset: bigint) => Promise<bigint>;
  /** A fetched batch was worked off or thrown away: there is room for more. */
  readonly onTaken: () => void;
  /** A step was committed. */
  readonly onProgress: () => void;
  /** The ownership is gone: the member must join anew. */
  readonly onLost: (error: unknown) => void;
  /** A broken invariant: the consumer must stop for good. */
  readonly onFatal: (error: BillingError) => void;
}

/** The longest that any of them has been silent with something in hand: since when; null when none has. */
export function longestSilence(workers: Iterable<PartitionWorker>): number | null {
  const since = [...workers].map((worker) => worker.silentSince()).filter((one) => one !== null);
  return since.length === 0 ? null : Math.min(...since);
}

export function startPartitionWorker(options: PartitionWorkerOptions): PartitionWorker {
  const { topic, partition, consumer, ownership, clock, logger, after } = options;
  const place = `${topic}/${partition}`;
  const queue: Fetched[] = [];
  const aborter = new AbortController();
  const stopped = () => aborter.signal.aborted;
  let wake: () => void = () => {};
  let lost = false;
  let seeking = false;
  let inHand = 0;
  let waitsForEarlier = after !== undefined;
  let isWaitingForDue = false;
  let silentSince: number | null = null;
  let position = 0n;
  let publishedBelow = 0n;
  /** How far the batch at the mark was published in parts. */
  let metadata = '';
  const signOfLife = () => (silentSince = clock.now());
  const { untilItWorks, problem } = keepTrying({
    place,
    clock,
    logger: logger.child({ topic, partition }),
    spread: options.spread,
    signal: aborter.signal,
    onAttempt: signOfLife,
    onPause: () => (silentSince = null),
    onFatal: options.onFatal,
  });

  async function run(): Promise<void> {
    await after?.ended;
    waitsForEarlier = false;
    // Without records to come nobody would notice that the checkpoint lies behind the group's offset.
    let claimed = consumer.startAt !== undefined;
    if (claimed) await claim(null);
    for (;;) {
      silentSince = null;
      while (queue.length === 0 && !stopped()) await new Promise<void>((resolve) => (wake = resolve));
      if (stopped()) return;
      const fetched = queue.shift()!;
      inHand = 1;
      if (!claimed) await claim(fetched.from);
      claimed = true;
      await workOff(fetched);
      inHand = 0;
      options.onTaken();
    }
  }

  /** Everything the group committed was published before; after a reset of its offset only the mark knows how far. */
  async function claim(firstFetched: bigint | null): Promise<void> {
    signOfLife();
    const committed = await orLost(ownership.claim());
    const checkpoint = await untilItWorks(
      'checkpoint',
      async () => (await consumer.startAt?.(topic, partition)) ?? null,
    );
    const mark = await untilItWorks('publication mark', () => ownership.mark());
    position = checkpoint ?? committed?.offset ?? firstFetched ?? 0n;
    publishedBelow = committed && committed.offset > mark.offset ? committed.offset : mark.offset;
    // Setting the group back erases what stood beside its offset.
    metadata = [committed, mark].find((at) => at?.offset === publishedBelow && at.metadata !== '')?.metadata ?? '';
    if (publishedBelow > 0n) await advanceMark();
    if (committed && committed.offset > position) await seekPosition();
  }

  /** Kafka forgets the offsets of a group without members after some days, and with them the mark. */
  const advanceMark = () => untilItWorks('publication mark', () => ownership.advanceMark(publishedBelow));

  /** Nothing fetched before the seek may be taken for what comes at the position. */
  async function seekPosition(): Promise<void> {
    seeking = true;
    const begin = await orLost(options.seek(position));
    seeking = false;
    queue.length = 0;
    if (begin > position) {
      logger.warn({ topic, partition, position, begin }, 'records were deleted before they were read');
      position = begin;
    }
    options.onTaken();
  }

  async function workOff(fetched: Fetched): Promise<void> {
    if (fetched.from > position) return seekPosition();
    if (fetched.nextOffset <= position) return;
    const records = fetched.records.filter(({ offset }) => offset >= position);
    let start = 0;
    do {
      if (start < records.length) await rest(records[start]!);
      if (stopped()) throw ABANDONED;
      const piece = dueTogether(records, start, consumer.maxBatch, consumer.dueAt, clock.now());
      start += piece.length;
      await handle(piece, start >= records.length ? fetched.nextOffset : piece.at(-1)!.offset + 1n);
    } while (start < records.length);
  }

  /** Meanwhile nothing of this partition is in hand, and no more of it than is fetched ahead is asked for. */
  async function rest(record: LogRecord): Promise<void> {
    if (consumer.dueAt === undefined) return;
    silentSince = null;
    isWaitingForDue = true;
    await untilDue(record, consumer.dueAt, clock, aborter.signal).catch(() => undefined);
    isWaitingForDue = false;
  }

  async function handle(records: readonly LogRecord[], nextOffset: bigint): Promise<void> {
    await untilItWorks(`batch to ${nextOffset}`, async () => {
      let advanced = false;
      const isAtMark = (records[0]?.offset ?? nextOffset) >= publishedBelow;
      for await (const step of consumer.handler(batchOf(records, nextOffset, isAtMark ? metadata : ''))) {
        signOfLife();
        if (advanced) throw misuse('went on after its last step');
        if (!consumer.transactional && step.publish.length > 0) throw misuse('publishes without being transactional');
        const noted = step.metadata ?? (step.advance ? '' : metadata);
        await commit(step.publish, step.advance ? nextOffset : position, isAtMark ? noted : null);
        advanced = step.advance;
      }
      if (!advanced) throw misuse('ended without advancing');
    });
  }

  const misuse = (what: string) => new BillingError('INTERNAL', `The handler of ${consumer.group} ${what}.`);

  const batchOf = (records: readonly LogRecord[], nextOffset: bigint, metadata: string): Batch => ({
    topic,
    partition,
    records,
    nextOffset,
    publishedBelow,
    metadata,
    signal: aborter.signal,
    async heartbeat() {
      // Membership is kept beside the handler, as long as the event loop comes round.
      await new Promise((resolve) => setImmediate(resolve));
      aborter.signal.throwIfAborted();
      signOfLife();
    },
  });

  /** @param noted null below the mark, where nothing is noted and what is noted at the mark stays */
  async function commit(publish: readonly OutRecord[], offset: bigint, noted: string | null): Promise<void> {
    if (lost) throw ABANDONED;
    const advanced = offset > publishedBelow;
    const next = { publishedBelow: advanced ? offset : publishedBelow, metadata: noted ?? (advanced ? '' : metadata) };
    await orLost(ownership.commit({ publish, offset, ...next }));
    position = offset;
    ({ publishedBelow, metadata } = next);
    options.onProgress();
    if (advanced) await advanceMark();
  }

  async function orLost<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!lost) options.onLost(error);
      throw ABANDONED;
    }
  }

  function stop() {
    aborter.abort(new BillingError('UNAVAILABLE', 'The consumer stops, or lost the partition.'));
    wake();
  }

  return {
    topic,
    partition,
    accept(fetched) {
      if (stopped() || seeking) return;
      queue.push(fetched);
      wake();
    },
    waiting: () => queue.length + inHand,
    isResting: () => queue.length + inHand === 0 || isWaitingForDue,
    problem: () => (waitsForEarlier ? `${place}: an earlier batch is still in hand` : problem()),
    silentSince: () => (waitsForEarlier ? after!.silentSince() : silentSince),
    abandon() {
      lost = true;
      stop();
    },
    finish: stop,
    ended: run()
      .catch((error: unknown) => {
        // Only ABANDONED is expected; anything else must not vanish.
        if (error !== ABANDONED) options.onLost(error);
      })
      .finally(() => (silentSince = null)),
  };
}
