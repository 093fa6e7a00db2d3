/** Bills and invoices against each other and in themselves; the period is settled once. */
import type { BillAmounts, ShopBillCalculated } from '../domain/events.ts';
import { part, rounded, total } from './exact.ts';
import { SETTLING, standingOf, type DecisionOnLog } from './history.ts';
import { placeOf, type ShopOnLog } from './read-log.ts';
import type { Findings } from './report.ts';

const PPM = 1_000_000n;

export function checkBill(findings: Findings, bill: ShopBillCalculated, place: string): void {
  findings.examined('bills');
  const same = (what: string, expected: unknown, actual: unknown) =>
    findings.expectSame('bills', place, what, expected, actual);
  for (const [index, { feeMinor }] of bill.segments.entries()) {
    const lines = bill.lines.filter(({ kind, segment }) => kind === 'fee' && segment === index);
    same(`fee of segment ${index}`, total(lines.map(({ amountMinor }) => amountMinor)), feeMinor);
  }
  const amountsOf = (kind: string) =>
    bill.lines.filter((line) => line.kind === kind).map(({ amountMinor }) => amountMinor);
  const adjusted = total(bill.adjustments.map(({ amountMinor }) => amountMinor));
  same('sum of its adjustments', total(amountsOf('adjustment')), adjusted);
  same('subtotalMinor', total(bill.segments.map(({ feeMinor }) => feeMinor)) + adjusted, bill.subtotalMinor);
  const discount = rounded(part(bill.subtotalMinor * BigInt(bill.discountRatePpm), PPM));
  same('discountMinor', discount, bill.discountMinor);
  same('taxMinor', rounded(part((bill.subtotalMinor - discount) * BigInt(bill.taxRatePpm), PPM)), bill.taxMinor);
  same('creditMinor', total(bill.creditsApplied.map(({ amountMinor }) => amountMinor)), bill.creditMinor);
  const owed = bill.subtotalMinor - bill.discountMinor + bill.taxMinor - bill.creditMinor;
  same('totalMinor', owed, bill.totalMinor);
  const sign = bill.totalMinor > 0n ? ['invoiced', 'held'] : bill.totalMinor < 0n ? ['credit'] : ['zero', 'trial'];
  if (!sign.includes(bill.outcome)) findings.add('bills', place, `${bill.outcome}, with a total of ${bill.totalMinor}`);
}

const COPIED = [
  ...['subtotalMinor', 'discountRatePpm', 'discountMinor', 'taxRatePpm', 'taxMinor', 'creditMinor', 'totalMinor'],
] as readonly (keyof BillAmounts)[];

/** Invoices of the period ⇔ bills that are to be invoiced, or were released. */
export function checkInvoices(findings: Findings, decisions: readonly DecisionOnLog[], periodStartDate: string): void {
  const bills = new Map(decisions.flatMap(({ bill }) => (bill === null ? [] : [[bill.billId, bill] as const])));
  const invoiced = new Map<string, string>();
  for (const { invoice, bill: own, kind, place, hold } of inPeriod(decisions, periodStartDate)) {
    if (invoice === null) {
      if (own?.outcome === 'invoiced' || kind === 'release') {
        findings.add('invoices', place, 'a bill that is invoiced, without its InvoiceCreated');
      }
      continue;
    }
    findings.examined('invoices');
    const at = `${place} (${invoice.invoiceNumber})`;
    const bill = own ?? bills.get(hold?.billId ?? '') ?? null;
    if (bill === null) {
      findings.add('invoices', at, `no bill ${invoice.billId} is on the log`);
      continue;
    }
    for (const field of COPIED) findings.expectSame('invoices', at, field, bill[field], invoice[field]);
    findings.expectSame('invoices', at, 'billId', bill.billId, invoice.billId);
    findings.expectSame('invoices', at, 'currency', bill.currency, invoice.currency);
    findings.expectSame('invoices', at, 'lines', bill.lines, invoice.lines);
    const before = invoiced.get(invoice.billId);
    if (before !== undefined) findings.add('invoices', at, `bill ${invoice.billId} was invoiced at ${before} before`);
    invoiced.set(invoice.billId, place);
  }
}

export function checkSettlement(
  findings: Findings,
  shop: ShopOnLog,
  decisions: readonly DecisionOnLog[],
  periodStartDate: string,
): void {
  findings.examined('settlement');
  const settling = [...standingOf(inPeriod(decisions, periodStartDate)).values()].filter(({ outcome }) =>
    SETTLING.includes(outcome),
  );
  if (settling.length > 1) {
    const places = settling.map(({ place }) => place).join(', ');
    findings.add('settlement', `shop ${shop.shopId}`, `the period was settled ${settling.length} times: ${places}`);
  }
  const seen = new Map<string, string>();
  for (const { record, message } of shop.events) {
    if (message.type === 'ShopBillDiverged') continue;
    const name = `${message.type} of decision ${message.data.shopSequence}`;
    const before = seen.get(name);
    if (before !== undefined) findings.add('settlement', placeOf(record), `${name} was published at ${before} before`);
    seen.set(name, placeOf(record));
  }
}

const inPeriod = (decisions: readonly DecisionOnLog[], periodStartDate: string) =>
  decisions.filter((decision) => decision.periodStartDate === periodStartDate);
