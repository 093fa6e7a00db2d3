/** Where partitions begin and end, and where groups stand. */
import type { Cluster } from 'kafkajs';
import { BillingError } from '../errors.ts';

export interface PartitionOffset {
  /** With prefix. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

export interface CommittedOffset extends PartitionOffset {
  readonly metadata: string;
}

/** Partition numbers per topic, as of now. @throws BillingError SETUP_MISSING for a topic that is not there */
export async function partitionsOf(cluster: Cluster, topics: readonly string[]): Promise<Map<string, number[]>> {
  await cluster.addMultipleTargetTopics([...topics]);
  await cluster.refreshMetadata();
  return new Map(
    topics.map((topic) => {
      const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
      if (partitions.length === 0) {
        throw new BillingError('SETUP_MISSING', `Topic ${topic} is missing: run "billing topics apply".`);
      }
      return [topic, partitions.sort((a, b) => a - b)] as const;
    }),
  );
}

/** First offsets, or ends: read_committed, exclusive. */
export async function edgesOf(
  cluster: Cluster,
  topics: readonly string[],
  edge: 'start' | 'end',
): Promise<PartitionOffset[]> {
  const partitions = await partitionsOf(cluster, topics);
  const found = await cluster.fetchTopicsOffset(
    [...partitions].map(([topic, ids]) => ({
      topic,
      partitions: ids.map((partition) => ({ partition })),
      fromBeginning: edge === 'start',
    })),
  );
  return found
    .flatMap(({ topic, partitions: offsets }) =>
      offsets.map(({ partition, offset }) => ({ topic, partition, offset: BigInt(offset) })),
    )
    .sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition));
}

interface OffsetFetchAnswer {
  readonly responses: readonly {
    readonly topic: string;
    readonly partitions: readonly { partition: number; offset: string; metadata?: string | null }[];
  }[];
}

/** What a group has committed; partitions without an offset are left out. */
export async function committedOf(
  cluster: Cluster,
  group: string,
  topics: readonly string[],
): Promise<CommittedOffset[]> {
  const partitions = await partitionsOf(cluster, topics);
  const coordinator = await cluster.findGroupCoordinator({ groupId: group });
  // kafkajs's types ask for offsets in the question, and know of no metadata in the answer.
  const question = [...partitions].map(([topic, ids]) => ({
    topic,
    partitions: ids.map((partition) => ({ partition, offset: '-1' })),
  }));
  const answer: unknown = await coordinator.offsetFetch({ groupId: group, topics: question });
  const { responses } = answer as OffsetFetchAnswer;
  return responses.flatMap(({ topic, partitions: offsets }) =>
    offsets
      .map(({ partition, offset, metadata }) => ({
        topic,
        partition,
        offset: BigInt(offset),
        metadata: metadata ?? '',
      }))
      .filter(({ offset }) => offset >= 0n),
  );
}

/** True when the group has at least one member the coordinator believes alive. */
export async function groupHasMembers(cluster: Cluster, group: string): Promise<boolean> {
  const coordinator = await cluster.findGroupCoordinator({ groupId: group });
  const { groups } = (await coordinator.describeGroups({ groupIds: [group] })) as {
    groups: { groupId: string; members: unknown[] }[];
  };
  return groups.some(({ groupId, members }) => groupId === group && members.length > 0);
}
