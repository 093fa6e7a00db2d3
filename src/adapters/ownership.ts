/** The port between a partition's worker and the log: where the group stands, and how it is moved on. */
import type { OutRecord } from './log.ts';

/** Where the group stands in a partition. */
export interface Committed {
  readonly offset: bigint;
  readonly metadata: string;
}

/** The ownership of one partition, as far as the log decides it. An error of `claim` or `commit` means it is gone. */
export interface Ownership {
  /** Ends every earlier owner; only then asks where the group stands. Null: nowhere yet. */
  claim(): Promise<Committed | null>;
  /** Publishes and commits, both or neither. */
  commit(step: { publish: readonly OutRecord[]; offset: bigint; metadata: string }): Promise<void>;
  /** The publication mark; 0n when there is none. May fail and be asked again. */
  mark(): Promise<bigint>;
  /** Moves the publication mark forward. May fail and be tried again. */
  advanceMark(offset: bigint): Promise<void>;
}
