/** What a cluster keeps, in memory: records, control records, group offsets, who owns what. Everything is synchronous. */
import { TOPIC_NAMES, partitionCount } from '../topics.ts';
import type { TopicName } from '../topics.ts';
import type { LogRecord, OutRecord } from './log.ts';
import { partitionOf } from './murmur2.ts';
import { publishedGroup } from './ownership.ts';
import type { Committed } from './ownership.ts';

/** By offset; null is the control record that ends a transaction. */
type Entries = (LogRecord | null)[];

export interface MemoryBroker {
  readonly id: string;
  partitions(topic: TopicName): number;
  /** The end of a partition, exclusive. */
  end(topic: TopicName, partition: number): bigint;
  /** What stands from `from` to `to`, without control records. */
  slice(topic: TopicName, partition: number, from: bigint, to: bigint): LogRecord[];
  /** Appends outside of any transaction. */
  append(records: readonly OutRecord[]): void;
  committed(group: string, topic: TopicName, partition: number): Committed | null;
  /** Makes the caller the holder of a name and ends the one before; the function returned is one transaction. */
  takeName(name: string): (records: readonly OutRecord[]) => void;
  /** Makes the caller the owner of a group's partition and ends the one before. */
  claim(group: string, topic: TopicName, partition: number): MemoryOwner;
  /** As an operator does it while no member is there. */
  resetOffset(group: string, topic: TopicName, partition: number, offset: bigint): void;
  /** Calls back after every append. */
  onAppend(listener: () => void): () => void;
  /** The members of a group, in the order in which they joined; kept here because processes share it. */
  members(group: string): MemoryMember[];
}

export interface MemoryOwner {
  /** One transaction, `publishedBelow` included. Throws when somebody else has claimed the partition since; then nothing has happened. */
  commit(records: readonly OutRecord[], committed: Committed & { readonly publishedBelow: bigint }): void;
}

export interface MemoryMember {
  readonly topics: readonly TopicName[];
  assign(places: readonly { readonly topic: TopicName; readonly partition: number }[]): void;
}

/**
 * @param partitions of every sharded topic
 * @param now log time
 */
export function createMemoryBroker({
  partitions,
  now,
  id = 'memory',
}: {
  partitions: number;
  now: () => number;
  id?: string;
}): MemoryBroker {
  const entries = new Map<TopicName, Entries[]>(
    TOPIC_NAMES.map((topic) => [topic, Array.from({ length: partitionCount(topic, partitions) }, (): Entries => [])]),
  );
  const offsets = new Map<string, Committed>();
  const epochs = new Map<string, number>();
  const groups = new Map<string, MemoryMember[]>();
  const listeners = new Set<() => void>();
  const key = (group: string, topic: TopicName, partition: number) => `${group}/${topic}/${partition}`;

  function write(records: readonly OutRecord[]): Set<Entries> {
    const touched = new Set<Entries>();
    for (const { topic, key: recordKey, value, headers, partition: given } of records) {
      const all = entries.get(topic)!;
      const partition = given ?? partitionOf(recordKey, all.length);
      const into = all[partition]!;
      const offset = BigInt(into.length);
      into.push({ topic, partition, offset, timestamp: now(), key: recordKey, value, headers });
      touched.add(into);
    }
    return touched;
  }

  /** A claim on a place, which the next one ends; the function returned throws when that has happened. */
  function claimPlace(place: string): () => void {
    const epoch = (epochs.get(place) ?? 0) + 1;
    epochs.set(place, epoch);
    return () => {
      if (epochs.get(place) !== epoch) throw new Error(`another member owns ${place} now`);
    };
  }

  function writeTransaction(records: readonly OutRecord[]): void {
    for (const touched of write(records)) touched.push(null);
  }

  const appended = () => listeners.forEach((listener) => listener());

  return {
    id,
    partitions: (topic) => entries.get(topic)!.length,
    end: (topic, partition) => BigInt(entries.get(topic)![partition]!.length),
    slice: (topic, partition, from, to) =>
      entries
        .get(topic)!
        [partition]!.slice(Number(from), Number(to))
        .filter((entry) => entry !== null),
    append(records) {
      write(records);
      appended();
    },
    committed: (group, topic, partition) => offsets.get(key(group, topic, partition)) ?? null,
    takeName(name) {
      const requireMine = claimPlace(`name ${name}`);
      return (records) => {
        requireMine();
        writeTransaction(records);
        appended();
      };
    },
    claim(group, topic, partition) {
      const place = key(group, topic, partition);
      const requireMine = claimPlace(place);
      return {
        commit(records, { publishedBelow, ...committed }) {
          requireMine();
          writeTransaction(records);
          offsets.set(place, committed);
          offsets.set(key(publishedGroup(group), topic, partition), { ...committed, offset: publishedBelow });
          if (records.length > 0) appended();
        },
      };
    },
    resetOffset(group, topic, partition, offset) {
      offsets.set(key(group, topic, partition), { offset, metadata: '' });
    },
    onAppend(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    members(group) {
      const members = groups.get(group) ?? [];
      groups.set(group, members);
      return members;
    },
  };
}

/** Shares the partitions of each topic out among those who want it, round robin. */
export function rebalance(broker: MemoryBroker, group: string): void {
  const members = [...broker.members(group)];
  const shares = new Map(members.map((member) => [member, [] as { topic: TopicName; partition: number }[]]));
  for (const topic of TOPIC_NAMES) {
    const interested = members.filter((member) => member.topics.includes(topic));
    for (let partition = 0; interested.length > 0 && partition < broker.partitions(topic); partition += 1) {
      shares.get(interested[partition % interested.length]!)!.push({ topic, partition });
    }
  }
  // First everybody loses what they had, as in Kafka's eager protocol.
  for (const member of members) member.assign([]);
  for (const member of members) if (broker.members(group).includes(member)) member.assign(shares.get(member)!);
}
