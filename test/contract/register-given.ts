/** Decisions to be recorded: what a test does not say is something ordinary. */
import type { OutRecord } from '../../src/adapters/log.ts';
import type { DecisionKind, NewDecision, Register } from '../../src/adapters/register.ts';

export const OCTOBER = '2026-10-01';
export const NOVEMBER = '2026-11-01';

/** A register with nothing in it, and the two things an operator decides. */
export interface RegisterWorld {
  readonly register: Register;
  cancelRun(runId: string): Promise<void>;
  setPaused(paused: boolean): Promise<void>;
}

/** The request at this offset. */
export const at = (offset: number) => ({ topic: 'shop-requests', partition: 3, offset: BigInt(offset) });

export const record = (over: Partial<OutRecord> = {}): OutRecord => ({
  topic: 'events',
  key: 's1',
  value: Buffer.from([0, 1, 2, 255]),
  headers: { ce_id: 'e1', ce_type: 'ShopBillCalculated' },
  ...over,
});

export const decided = (over: Partial<NewDecision> = {}): NewDecision => ({
  runId: 'run-1',
  shopId: 's1',
  kind: 'bill',
  periodStartDate: OCTOBER,
  expectedSequence: 0,
  outcome: 'zero',
  source: at(7),
  pins: null,
  decidedAt: 1_790_000_000_000,
  billId: null,
  invoiceId: null,
  invoiceNumber: null,
  creditNoteId: null,
  currency: null,
  totalMinor: null,
  creditsUsed: [],
  knowsCancelled: false,
  records: [record({ key: over.shopId ?? 's1' })],
  numbered: null,
  ...over,
});

export const numberedRecord = (shopId: string, number: string): OutRecord =>
  record({ key: shopId, value: Buffer.from(number), headers: { ce_type: 'InvoiceCreated' } });

/** One that issues something. */
export const issuing = (over: Partial<NewDecision>, series: string): NewDecision =>
  decided({ ...over, numbered: { series, finish: (number) => numberedRecord(over.shopId ?? 's1', number) } });

const bill = ({ runId = 'run-1', shopId = 's1' }: Partial<NewDecision>) => ({
  billId: `bill-${runId}-${shopId}`,
  currency: 'USD',
  totalMinor: 9_000n,
});

export const invoiced = (over: Partial<NewDecision> = {}, series = 'INV-2026'): NewDecision =>
  issuing({ ...bill(over), invoiceId: `invoice-${over.shopId ?? 's1'}`, outcome: 'invoiced', ...over }, series);

export const held = (over: Partial<NewDecision> = {}): NewDecision =>
  decided({ ...bill(over), outcome: 'held', ...over });

/** A bill below zero: its amount is carried. */
export const credit = (amountMinor: bigint, over: Partial<NewDecision> = {}): NewDecision =>
  decided({ ...bill(over), totalMinor: -amountMinor, outcome: 'credit', ...over });

const OUTCOMES = { release: 'invoiced', reject: 'rejected', void: 'voided', 'credit-note': 'invoiced' } as const;

/** What a person asked for about the bill of run-1. */
export function command(kind: Exclude<DecisionKind, 'bill'>, over: Partial<NewDecision> = {}): NewDecision {
  const common = { ...bill(over), kind, outcome: OUTCOMES[kind], source: at(8), expectedSequence: 1, ...over };
  const invoiceId = `invoice-${over.shopId ?? 's1'}`;
  switch (kind) {
    case 'release':
      return issuing({ invoiceId, ...common }, 'INV-2026');
    case 'reject':
      return decided(common);
    case 'void':
      return decided({ invoiceId, invoiceNumber: 'INV-2026-000001', ...common });
    case 'credit-note':
      return issuing({ invoiceId, invoiceNumber: 'INV-2026-000001', creditNoteId: 'note-1', ...common }, 'CN-2026');
  }
}
