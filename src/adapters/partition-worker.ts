/**
 * Works one assigned partition off, in order: cuts what was fetched into batches, runs the handler, has each of its
 * steps committed. Knows nothing of Kafka: kafka-log.ts and memory-log.ts both run it.
 */
import { BillingError } from '../errors.ts';
import type { TopicName } from '../topics.ts';
import { backoffMs } from './backoff.ts';
import type { Clock } from './clock.ts';
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
  /** Why it does not get on; null when it does. */
  problem(): string | null;
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
  /** End of the worker before it in this process: handlers of one partition never overlap. */
  readonly after: Promise<void> | undefined;
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

/** Thrown to leave the loops; never seen outside. */
const ABANDONED = new Error('The batch was abandoned.');

export function startPartitionWorker(options: PartitionWorkerOptions): PartitionWorker {
  const { topic, partition, consumer, ownership, clock, logger } = options;
  const queue: Fetched[] = [];
  const aborter = new AbortController();
  const stopped = () => aborter.signal.aborted;
  let wake: () => void = () => {};
  let lost = false;
  let seeking = false;
  let inHand = 0;
  let problem: string | null = null;
  let position = 0n;
  let metadata = '';
  let publishedBelow = 0n;

  async function run(): Promise<void> {
    if (options.after) {
      problem = `${topic}/${partition}: an earlier batch is still in hand`;
      await options.after;
      problem = null;
    }
    // Without records to come nobody would notice that the checkpoint lies behind the group's offset.
    let claimed = consumer.startAt !== undefined;
    if (claimed) await claim(null);
    for (;;) {
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
    const committed = await orLost(ownership.claim());
    const checkpoint = await untilItWorks(
      'checkpoint',
      async () => (await consumer.startAt?.(topic, partition)) ?? null,
    );
    const mark = await untilItWorks('publication mark', () => ownership.mark());
    position = checkpoint ?? committed?.offset ?? firstFetched ?? 0n;
    metadata = committed?.offset === position ? committed.metadata : '';
    publishedBelow = committed && committed.offset > mark ? committed.offset : mark;
    if (committed && committed.offset > position) await seekPosition();
  }

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
    for (let start = 0; start === 0 || start < records.length; start += consumer.maxBatch) {
      if (stopped()) throw ABANDONED;
      const piece = records.slice(start, start + consumer.maxBatch);
      const isLast = start + consumer.maxBatch >= records.length;
      await handle(piece, isLast ? fetched.nextOffset : piece.at(-1)!.offset + 1n);
    }
  }

  async function handle(records: readonly LogRecord[], nextOffset: bigint): Promise<void> {
    await untilItWorks(`batch to ${nextOffset}`, async () => {
      let advanced = false;
      for await (const step of consumer.handler(batchOf(records, nextOffset))) {
        if (advanced) throw misuse('went on after its last step');
        if (!consumer.transactional && step.publish.length > 0) throw misuse('publishes without being transactional');
        if (step.advance) await commit(step.publish, nextOffset, step.metadata ?? '');
        else await commit(step.publish, position, step.metadata ?? metadata);
        advanced = step.advance;
      }
      if (!advanced) throw misuse('ended without advancing');
    });
  }

  const misuse = (what: string) => new BillingError('INTERNAL', `The handler of ${consumer.group} ${what}.`);

  const batchOf = (records: readonly LogRecord[], nextOffset: bigint): Batch => ({
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
    },
  });

  async function commit(publish: readonly OutRecord[], offset: bigint, nextMetadata: string): Promise<void> {
    if (lost) throw ABANDONED;
    await orLost(ownership.commit({ publish, offset, metadata: nextMetadata }));
    metadata = nextMetadata;
    const advanced = offset > position;
    position = offset;
    if (offset > publishedBelow) publishedBelow = offset;
    options.onProgress();
    if (advanced) await untilItWorks('publication mark', () => ownership.advanceMark(offset));
  }

  async function orLost<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!lost) options.onLost(error);
      throw ABANDONED;
    }
  }

  /** Tries again in place, for ever; ends by success, by a broken invariant or with the ownership. */
  async function untilItWorks<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; failures += 1) {
      try {
        const result = await attempt();
        problem = null;
        return result;
      } catch (error) {
        if (error === ABANDONED || stopped()) throw ABANDONED;
        if (error instanceof BillingError && error.kind === 'invariant') {
          options.onFatal(error);
          throw ABANDONED;
        }
        const message = error instanceof Error ? error.message : String(error);
        const waitMs = backoffMs(failures, options.spread);
        problem = `${topic}/${partition}: ${message}`;
        logger.warn({ topic, partition, err: error, failures, waitMs }, `${what} failed, tried again: ${message}`);
        await clock.sleep(waitMs, aborter.signal).catch(() => undefined);
        if (stopped()) throw ABANDONED;
      }
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
    problem: () => problem,
    abandon() {
      lost = true;
      stop();
    },
    finish: stop,
    ended: run().catch((error: unknown) => {
      // Only ABANDONED is expected; anything else must not vanish.
      if (error !== ABANDONED) options.onLost(error);
    }),
  };
}
