/** One set of read models in memory: what the Postgres schema of the read models is there. */
import type { TopicName } from '../topics.ts';
import type {
  DeadLetterEntry,
  DecidedHold,
  HeldBill,
  IssuedCreditNote,
  IssuedInvoice,
  OutcomeCount,
  RunState,
  SettledDeadLetter,
  ShopResultState,
} from './projection-store.ts';

export interface ReadModelSet {
  readonly checkpoints: Map<string, { topic: TopicName; partition: number; offset: bigint; newestAt: number | null }>;
  /** By run, then shop. */
  readonly shopResults: Map<string, Map<string, ShopResultState>>;
  /** By run, then outcome and currency. */
  readonly outcomes: Map<string, Map<string, OutcomeCount>>;
  readonly runs: Map<string, RunState>;
  readonly heldBills: Map<string, HeldBill>;
  readonly decidedHolds: Map<string, DecidedHold>;
  readonly invoices: Map<string, IssuedInvoice>;
  readonly voidedInvoiceIds: Set<string>;
  readonly creditNotes: Map<string, IssuedCreditNote>;
  readonly deadLetters: Map<string, DeadLetterEntry>;
  readonly settledDeadLetters: Map<string, SettledDeadLetter>;
}

export function emptyReadModelSet(): ReadModelSet {
  return {
    checkpoints: new Map(),
    shopResults: new Map(),
    outcomes: new Map(),
    runs: new Map(),
    heldBills: new Map(),
    decidedHolds: new Map(),
    invoices: new Map(),
    voidedInvoiceIds: new Set(),
    creditNotes: new Map(),
    deadLetters: new Map(),
    settledDeadLetters: new Map(),
  };
}
