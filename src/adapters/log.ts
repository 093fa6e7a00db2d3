/** The port to the log. Implementations: kafka-log.ts and memory-log.ts, held to one contract by test/contract. */
import type { TopicName } from '../topics.ts';
import type { Pin } from '../domain/log-position.ts';

/** A record as read: bytes untouched, headers as UTF-8 strings. */
export interface LogRecord {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: bigint;
  /** Log timestamp, epoch milliseconds. */
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** A record to be written. Without `partition` the key decides (murmur2, as Java). */
export interface OutRecord {
  readonly topic: TopicName;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly partition?: number;
}

/** Committed records of one partition, in order; possibly none, when only control records were passed over. */
export interface Batch {
  readonly topic: TopicName;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /** Position after this batch, control records included. */
  readonly nextOffset: bigint;
  /**
   * Everything below this offset of the partition has had its outputs committed to the log: what is met there
   * again is a replay, what is met at or above it for the second time was cut off before its outputs were published.
   */
  readonly publishedBelow: bigint;
  /** Keeps the membership alive during long work; throws when the partition was lost. */
  heartbeat(): Promise<void>;
  /** Aborts when the consumer stops or loses the partition. */
  readonly signal: AbortSignal;
  /** Free text committed beside the group's offset of this partition (see `Step.metadata`); '' when none. */
  readonly metadata: string;
}

/**
 * One Kafka transaction: records to publish, atomically with the progress. Without `advance` the offset stays where
 * it is and only `metadata` is committed with it, so that long work can be published in parts and resumed.
 */
export interface Step {
  readonly publish: readonly OutRecord[];
  readonly advance: boolean;
  readonly metadata?: string;
}

/** A handler yields steps; the last one must have `advance: true`. Errors it throws are sorted by the consume loop. */
export type BatchHandler = (batch: Batch) => AsyncIterable<Step>;

export interface ConsumerOptions {
  /** Without TOPIC_PREFIX. */
  readonly group: string;
  readonly topics: readonly TopicName[];
  readonly handler: BatchHandler;
  /** Records handed to one call of the handler at most. */
  readonly maxBatch: number;
  /** False: the handler keeps its own position and publishes nothing; offsets are committed without a transaction. */
  readonly transactional: boolean;
  /** Where a partition begins when the group has no offset, and where it must resume at the earliest (own checkpoint). */
  readonly startAt?: (topic: TopicName, partition: number) => Promise<bigint | null>;
  /**
   * When a record may be handed over at the earliest, epoch milliseconds; null: at once. Until then it waits, and what
   * is behind it in its partition; other partitions go on, and nothing is reported as a problem.
   */
  readonly dueAt?: (record: LogRecord) => number | null;
}

export interface ConsumerState {
  readonly group: string;
  /** Partitions assigned to this member now. */
  readonly assigned: readonly { readonly topic: TopicName; readonly partition: number }[];
  /** Why it cannot go on just now; null when healthy. */
  readonly problem: string | null;
  /** Epoch milliseconds of the last finished step or empty fetch. */
  readonly lastProgressAt: number;
  /**
   * Of batches that a handler has in hand, the one without step or heartbeat for longest: when its last was, epoch
   * milliseconds. Null when none is in hand. Waiting for due records or for a server that is away is no silence.
   */
  readonly silentSince: number | null;
}

export interface RunningConsumer {
  state(): ConsumerState;
  /** Rejects when the consumer stopped for good (broken invariant); resolves after `stop`. */
  readonly finished: Promise<void>;
  /** Finishes or abandons the batch in hand, leaves the group. Idempotent. */
  stop(): Promise<void>;
}

export interface Log {
  /** Waits until the consumer has joined its group. */
  consume(options: ConsumerOptions): Promise<RunningConsumer>;
  /** Publishes all or nothing is not promised; each record is written once (idempotent producer). */
  publish(records: readonly OutRecord[]): Promise<void>;
  /**
   * Publishes what `work` returns in one transaction: all of it or, when anything throws, nothing. Of those who publish
   * under one name at the same time the last to begin ends the others, and `work` is called only then: what it reads
   * from the log is all that anybody published under this name. Nothing to publish: no transaction.
   * @throws BillingError UNAVAILABLE when somebody else began meanwhile, or when it is not known what became of it
   */
  publishTogether(name: string, work: () => Promise<readonly OutRecord[]>): Promise<void>;
  /** Ends of all partitions of the topics: read_committed, exclusive. */
  endOffsets(topics: readonly TopicName[]): Promise<Pin[]>;
  /** Offsets committed by a group; partitions without one are left out. */
  committedOffsets(group: string, topics: readonly TopicName[]): Promise<Pin[]>;
  /** Reads committed records from `from` (inclusive) to `to` (exclusive) of each partition; ends there. No group. */
  read(
    ranges: readonly { topic: TopicName; partition: number; from: bigint; to: bigint }[],
  ): AsyncIterable<LogRecord[]>;
  /** True when the group has at least one live member. */
  hasMembers(group: string): Promise<boolean>;
  /** @throws BillingError CLUSTER_CHANGED when it is not the one that answered before; consumers stop with it for good */
  clusterId(): Promise<string>;
  close(): Promise<void>;
}
