/** The events of the log sorted into decisions: what was said about one shop at one place of its sequence. */
import { grouped, key, type Bill, type Invoice, type Observed, type Pins, type Seen } from './observed.ts';

export interface SeenDecision {
  readonly kind: 'bill' | 'release' | 'reject' | 'void' | 'credit-note';
  readonly runId: string;
  readonly shopId: string;
  readonly sequence: number;
  readonly startDate: string;
  readonly endDate: string;
  readonly dryRun: boolean;
  /** The request it answers: topic/partition/offset. */
  readonly source: string;
  /** Those it looked at; null: the run's. */
  readonly pins: Pins | null;
  readonly bill: Bill | null;
  /** The bill it is about. */
  readonly billId: string | null;
  readonly invoice: Invoice | null;
  /** The invoice it issued, voided or credited. */
  readonly invoiceId: string | null;
  /** By a credit note. */
  readonly credited: bigint;
  readonly skipReason: string | null;
  readonly failureCode: string | null;
  /** The outcome of (run, shop) after it; null: it says nothing about that. */
  readonly outcome: string | null;
  readonly events: readonly Seen[];
}

type ShopEventData = Pick<Bill, 'runId' | 'shopId' | 'shopSequence' | 'dryRun' | 'period'>;

export function decisionsOf(observed: Observed, topic: 'events' | 'dry-run-events'): SeenDecision[] {
  const events = observed.of(topic);
  const data = (seen: Seen) => seen.message.data as ShopEventData;
  const keyOf = (seen: Seen) => {
    const { runId, shopId, shopSequence } = data(seen);
    // A repeated request of a dry run is answered anew, and may find another head.
    return topic === 'events' ? key(shopId, shopSequence) : key(runId, shopId, shopSequence);
  };
  const decisions = [...grouped(events, keyOf).values()].map((group): SeenDecision => {
    const { runId, shopId, shopSequence, dryRun, period } = data(group[0]!);
    const find = <T>(type: string) =>
      (group.find(({ message }) => message.type === type)?.message.data ?? null) as T | null;
    const bill = find<Bill>('ShopBillCalculated');
    const invoice = find<Invoice>('InvoiceCreated');
    const skipReason = find<{ reason: string }>('ShopBillSkipped')?.reason ?? null;
    const failureCode = find<{ code: string }>('ShopBillFailed')?.code ?? null;
    return {
      ...{ runId, shopId, dryRun, bill, invoice, skipReason, failureCode },
      kind: kindOf(group),
      billId: told<string>(group, 'billId'),
      invoiceId: told<string>(group, 'invoiceId'),
      credited: find<{ amountMinor: bigint }>('CreditNoteIssued')?.amountMinor ?? 0n,
      source: group[0]!.record.headers['request-position'] ?? '',
      pins: told<Pins>(group, 'pins'),
      sequence: shopSequence,
      startDate: period.startDate,
      endDate: period.endDate,
      outcome: outcomeOf({ bill, invoice, skipReason, failureCode, types: group.map(({ message }) => message.type) }),
      events: group,
    };
  });
  // Voids and credit notes tell their bill by its invoice.
  const billOf = new Map(decisions.flatMap(({ invoice }) => (invoice ? [[invoice.invoiceId, invoice.billId]] : [])));
  return decisions.map((one) => ({ ...one, billId: one.billId ?? billOf.get(one.invoiceId ?? '') ?? null }));
}

const KINDS: Readonly<Record<string, SeenDecision['kind']>> = {
  BillHoldReleased: 'release',
  BillHoldRejected: 'reject',
  InvoiceVoided: 'void',
  CreditNoteIssued: 'credit-note',
};

const kindOf = (events: readonly Seen[]): SeenDecision['kind'] =>
  events.reduce<SeenDecision['kind']>((kind, { message: { type } }) => KINDS[type] ?? kind, 'bill');

/** What one of the events says; null when none does. */
function told<T>(events: readonly Seen[], field: string): T | null {
  const values = events.map(({ message: { data } }) => (data as unknown as Record<string, T | null>)[field] ?? null);
  return values.find((value) => value !== null) ?? null;
}

function outcomeOf({
  bill,
  invoice,
  skipReason,
  failureCode,
  types,
}: Pick<SeenDecision, 'bill' | 'invoice' | 'skipReason' | 'failureCode'> & { types: readonly string[] }):
  string | null {
  if (types.includes('InvoiceVoided')) return 'voided';
  if (types.includes('BillHoldRejected')) return 'rejected';
  if (invoice !== null) return 'invoiced';
  if (skipReason !== null) return 'skipped';
  if (failureCode !== null) return 'failed';
  return bill === null ? null : bill.outcome;
}

/** Of each (run, shop) the newest decision that says something about its outcome, with the bill it is about. */
export function standing(decisions: readonly SeenDecision[]): Map<string, SeenDecision> {
  const last = new Map<string, SeenDecision>();
  for (const decision of decisions.toSorted((a, b) => a.sequence - b.sequence)) {
    const place = key(decision.runId, decision.shopId);
    const bill = decision.bill ?? last.get(place)?.bill ?? null;
    if (decision.outcome !== null) last.set(place, { ...decision, bill });
  }
  return last;
}
