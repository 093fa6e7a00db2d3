/** Where the product runs, as far as a comparison cares: in memory, or on real servers. */
import type { Decoded } from '../../../src/adapters/codec.ts';
import type { BillingRunRequested } from '../../../src/domain/requests.ts';
import type { OutRecord } from '../../../src/adapters/log.ts';
import type { MemoryWorld } from '../../support/memory-world.ts';

export type RunWish = Pick<
  BillingRunRequested,
  'period' | 'periodStart' | 'periodEnd' | 'shopIds' | 'dryRun' | 'force'
>;

export interface ProductHost {
  /** A request, encoded. */
  readonly message: MemoryWorld['message'];
  now(): number;
  /** Later than now. */
  moveTo(instant: number): void;
  /** Facts in NDJSON form. */
  tell(facts: readonly object[]): Promise<void>;
  /** Every event and dead letter of a run, when it is over; nothing where it was before. */
  run(wish: RunWish): Promise<readonly Decoded[]>;
  /** What came of a request about a bill: events, a dead letter, or nothing. */
  command(request: OutRecord): Promise<readonly Decoded[]>;
}
