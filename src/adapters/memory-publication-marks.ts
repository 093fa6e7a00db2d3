/** Publication marks in memory: the same promises in the plainest way, for tests and the simulator. */
import type { TopicName } from '../topics.ts';
import type { PublicationMarks } from './publication-marks.ts';

export function createMemoryPublicationMarks(): PublicationMarks {
  const marks = new Map<string, bigint>();
  const key = (group: string, topic: TopicName, partition: number) => `${group}/${topic}/${partition}`;
  return {
    load: async (group, topic, partition) => marks.get(key(group, topic, partition)) ?? 0n,
    advance: async (group, topic, partition, offset) => {
      const place = key(group, topic, partition);
      if (offset > (marks.get(place) ?? 0n)) marks.set(place, offset);
    },
  };
}
