/** The port to the publication marks: how far each input partition's outputs are committed to the log. */
import type { TopicName } from '../topics.ts';

export interface PublicationMarks {
  /** 0n when nothing was published yet. */
  load(group: string, topic: TopicName, partition: number): Promise<bigint>;
  /** Moves the mark forward; never back. */
  advance(group: string, topic: TopicName, partition: number, offset: bigint): Promise<void>;
}
