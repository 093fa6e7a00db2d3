/** What people decided about bills: each on what stood then, none lost, and an invoice exactly as its bill. */
import type { SeenDecision } from './decisions.ts';
import { grouped, key, type Bill, type Observed, type Seen } from './observed.ts';

interface Standing {
  readonly bill: Bill;
  outcome: string;
  invoiceId: string | null;
  credited: bigint;
}

/** On which outcome a decision may follow. */
const FOLLOWS: Readonly<Record<string, string>> = {
  release: 'held',
  reject: 'held',
  void: 'invoiced',
  'credit-note': 'invoiced',
};

export function checkCommands(observed: Observed, live: readonly SeenDecision[]): string[] {
  const bills = new Map<string, Standing>();
  const violations = [...grouped(live, ({ shopId }) => shopId).values()].flatMap((decisions) =>
    decisions.toSorted((a, b) => a.sequence - b.sequence).flatMap((decision) => follow(decision, bills)),
  );
  return [...violations, ...unanswered(observed, live, [...bills.values()])];
}

function follow(decision: SeenDecision, bills: Map<string, Standing>): string[] {
  const { kind, bill, invoice, outcome, credited } = decision;
  if (kind === 'bill') {
    if (bill !== null) {
      bills.set(bill.billId, { bill, outcome: outcome!, invoiceId: invoice?.invoiceId ?? null, credited: 0n });
    }
    return [];
  }
  const name = `the ${kind} of ${decision.shopId} at ${decision.sequence}`;
  const standing = bills.get(decision.billId ?? '');
  if (standing === undefined) return [`${name} is about no bill`];
  const before = { ...standing };
  if (outcome !== null) standing.outcome = outcome;
  if (invoice !== null) standing.invoiceId = invoice.invoiceId;
  standing.credited += credited;
  return [
    ...(before.outcome === FOLLOWS[kind] ? [] : [`${name} follows on ${before.outcome}`]),
    ...(kind === 'void' && before.credited > 0n ? [`${name} is of an invoice with credit notes`] : []),
    ...(standing.credited > standing.bill.totalMinor ? [`${name} credits more than was charged`] : []),
    ...(kind === 'credit-note' && credited <= 0n ? [`${name} credits nothing`] : []),
    ...(kind === 'release' && !isInvoiceOf(invoice, standing.bill) ? [`${name} does not invoice what was held`] : []),
  ];
}

function isInvoiceOf(invoice: SeenDecision['invoice'], bill: Bill): boolean {
  const amounts = ({ lines, totalMinor }: Pick<Bill, 'lines' | 'totalMinor'>) =>
    [totalMinor, ...lines.map(({ amountMinor }) => amountMinor)].join();
  return invoice !== null && invoice.billId === bill.billId && amounts(invoice) === amounts(bill);
}

const WANTED: Readonly<Record<string, string>> = {
  HoldReleaseRequested: 'invoiced',
  HoldRejectRequested: 'rejected',
  InvoiceVoidRequested: 'voided',
};

/** A request is decided, set aside, or says again what was said before. */
function unanswered(observed: Observed, live: readonly SeenDecision[], bills: readonly Standing[]): string[] {
  const decided = new Set(live.map(({ source }) => source));
  const setAside = new Set(
    observed
      .records('shop-requests.dlq')
      .map(({ headers: h }) => `${h['original-topic']}/${h['original-partition']}/${h['original-offset']}`),
  );
  const requests = observed.of('shop-requests').filter(({ message: { type } }) => type !== 'ShopBillRequested');
  const placeOf = ({ record: { topic, partition, offset } }: Seen) => `${topic}/${partition}/${offset}`;
  const isAnswered = (request: Seen) => decided.has(placeOf(request)) || setAside.has(placeOf(request));
  const answeredIds = new Set(requests.filter(isAnswered).map(({ id }) => id));
  return requests.flatMap((request) => {
    const { type, data } = request.message;
    const { billId, invoiceId } = data as { billId?: string; invoiceId?: string };
    const isSaidAgain = bills.some(
      (standing) =>
        (standing.bill.billId === billId || (invoiceId !== undefined && standing.invoiceId === invoiceId)) &&
        // Released, and voided later, it was released all the same.
        (standing.outcome === WANTED[type] || (type === 'HoldReleaseRequested' && standing.outcome === 'voided')),
    );
    const isDone = answeredIds.has(request.id) || isSaidAgain;
    return isDone ? [] : [`${type} ${key(placeOf(request), billId ?? invoiceId ?? '')} came to nothing`];
  });
}
