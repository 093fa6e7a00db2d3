/** The port to how far the log was compared with what is recorded. postgres-log-folds.ts, memory-log-folds.ts. */
import type { Pin } from '../domain/log-position.ts';

export interface LogFolds {
  /** Of each partition that was compared: exclusive. */
  positions(): Promise<Pin[]>;
  /** Moves positions forward; never back. A position lost in a crash costs a comparison. */
  move(positions: readonly Pin[]): Promise<void>;
}
