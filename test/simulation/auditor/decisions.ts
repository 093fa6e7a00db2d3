/** The events of the log sorted into decisions: what was said about one shop at one place of its sequence. */
import { grouped, key, type Bill, type Invoice, type Observed, type Pins, type Seen } from './observed.ts';

export interface SeenDecision {
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
    return topic === 'events' ? key(shopId, shopSequence) : key(runId, shopId);
  };
  return [...grouped(events, keyOf).values()].map((group) => {
    const { runId, shopId, shopSequence, dryRun, period } = data(group[0]!);
    const find = <T>(type: string) =>
      (group.find(({ message }) => message.type === type)?.message.data ?? null) as T | null;
    const bill = find<Bill>('ShopBillCalculated');
    const invoice = find<Invoice>('InvoiceCreated');
    const skipReason = find<{ reason: string }>('ShopBillSkipped')?.reason ?? null;
    const failureCode = find<{ code: string }>('ShopBillFailed')?.code ?? null;
    return {
      ...{ runId, shopId, dryRun, bill, invoice, skipReason, failureCode },
      billId: idOf(group),
      source: group[0]!.record.headers['request-position'] ?? '',
      pins: pinsOf(group),
      sequence: shopSequence,
      startDate: period.startDate,
      endDate: period.endDate,
      outcome: outcomeOf({ bill, invoice, skipReason, failureCode, types: group.map(({ message }) => message.type) }),
      events: group,
    };
  });
}

/** Voids and credit notes tell it by the invoice. */
function idOf(events: readonly Seen[]): string | null {
  const [told] = events.flatMap(({ message: { data } }) => ('billId' in data ? [data.billId] : []));
  return told ?? null;
}

function pinsOf(events: readonly Seen[]): Pins | null {
  return events.reduce<Pins | null>(
    (found, { message: { data } }) => found ?? ('pins' in data ? (data.pins ?? null) : null),
    null,
  );
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

/** Of each (run, shop) the newest decision that says something about its outcome. */
export function standing(decisions: readonly SeenDecision[]): Map<string, SeenDecision> {
  const last = new Map<string, SeenDecision>();
  for (const decision of decisions.toSorted((a, b) => a.sequence - b.sequence)) {
    if (decision.outcome !== null) last.set(key(decision.runId, decision.shopId), decision);
  }
  return last;
}
