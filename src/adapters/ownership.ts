/** The port between a partition's worker and the log: where the group stands, and how it is moved on. */
import type { OutRecord } from './log.ts';

/** Where the group stands in a partition. */
export interface Committed {
  readonly offset: bigint;
  readonly metadata: string;
}

/**
 * The group whose offsets are the publication marks, committed in the same transaction as the group's own. It never has
 * a member, and whoever sets the group back does not know of it.
 */
export const publishedGroup = (group: string): string => `${group}.published`;

/** Which of two marks counts: the one that was kept elsewhere, or the one on the log. */
export function higherMark(kept: bigint, published: Committed | null): Committed {
  return published !== null && published.offset >= kept ? published : { offset: kept, metadata: '' };
}

/** The ownership of one partition, as far as the log decides it. An error of `claim` or `commit` means it is gone. */
export interface Ownership {
  /** Ends every earlier owner; only then asks where the group stands. Null: nowhere yet. */
  claim(): Promise<Committed | null>;
  /** Publishes and commits, both or neither; `publishedBelow` becomes the publication mark with it, `metadata` beside it. */
  commit(step: {
    publish: readonly OutRecord[];
    offset: bigint;
    metadata: string;
    publishedBelow: bigint;
  }): Promise<void>;
  /** The publication mark; 0n when there is none. Asked after `claim`. May fail and be asked again. */
  mark(): Promise<Committed>;
  /** Keeps the publication mark where it outlives what the log keeps of it. May fail and be tried again. */
  advanceMark(offset: bigint): Promise<void>;
}
