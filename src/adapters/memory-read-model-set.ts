/** One set of read models in memory: what the Postgres schema of the read models is there. */
import type { TopicName } from '../topics.ts';
import type {
  DeadLetterEntry,
  DeadLetterPosition,
  OutcomeCount,
  RunState,
  ShopResultState,
} from './projection-store.ts';
import type { HeldBillView, InvoiceView } from './read-models.ts';

export interface ReadModelSet {
  readonly checkpoints: Map<string, { topic: TopicName; partition: number; offset: bigint; newestAt: number | null }>;
  /** By run, then shop. */
  readonly shopResults: Map<string, Map<string, ShopResultState>>;
  /** By run, then outcome and currency. */
  readonly outcomes: Map<string, Map<string, OutcomeCount>>;
  readonly runs: Map<string, RunState>;
  readonly heldBills: Map<string, HeldBillView>;
  readonly invoices: Map<string, InvoiceView>;
  readonly voidedInvoiceIds: Set<string>;
  readonly deadLetters: Map<string, DeadLetterEntry>;
  readonly settledDeadLetters: Set<string>;
}

export function emptyReadModelSet(): ReadModelSet {
  return {
    checkpoints: new Map(),
    shopResults: new Map(),
    outcomes: new Map(),
    runs: new Map(),
    heldBills: new Map(),
    invoices: new Map(),
    voidedInvoiceIds: new Set(),
    deadLetters: new Map(),
    settledDeadLetters: new Set(),
  };
}

export function deadLetterIdOf({ topic, partition, offset }: DeadLetterPosition): string {
  return `${topic}/${partition}/${offset}`;
}
