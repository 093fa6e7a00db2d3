/** Read models of shops ⇔ the log: results, invoices, held bills, credit notes. */
import type { Pool } from '../adapters/postgres.ts';
import { READ_MODELS_SCHEMA } from '../adapters/read-model-tables.ts';
import type { CreditNoteIssued } from '../domain/events.ts';
import { standingOf, type DecisionOnLog } from './history.ts';
import { text, type Findings } from './report.ts';
import { allRows, type Row } from './stored.ts';

const CHECK = 'read models';
const at = (table: string, key: string) => `table ${READ_MODELS_SCHEMA}.${table}, ${key}`;

/** @param runIds only results of these runs are looked at */
export function checkShopResults(
  findings: Findings,
  shopId: string,
  decisions: readonly DecisionOnLog[],
  rows: readonly Row[],
  runIds: ReadonlySet<string>,
): void {
  const left = new Map(rows.map((row) => [text(row['run_id']), row]));
  const newest = decisions.at(-1)?.shopSequence ?? 0;
  for (const [runId, { outcome, reason }] of standingOf(decisions)) {
    if (!runIds.has(runId)) continue;
    findings.examined(CHECK);
    const place = at('shop_results', `run ${runId}, shop ${shopId}`);
    const row = left.get(runId);
    left.delete(runId);
    if (row === undefined) {
      findings.add(CHECK, place, 'missing');
      continue;
    }
    if (Number(row['decided_sequence']) > newest) continue;
    const ofRun = decisions.filter((decision) => decision.runId === runId);
    const bill = ofRun.findLast((decision) => decision.bill !== null)?.bill;
    const invoice = ofRun.findLast((decision) => decision.invoice !== null)?.invoice;
    const columns = {
      ...{ outcome, reason, invoice_number: invoice?.invoiceNumber, invoice_id: invoice?.invoiceId },
      ...{ bill_total_minor: bill?.totalMinor, bill_attributed_minor: bill?.metrics.attributedMinor },
      ...{ bill_refunded_minor: bill?.metrics.refundedMinor, bill_currency: bill?.currency },
      ...{ invoice_total_minor: invoice?.totalMinor, invoice_currency: invoice?.currency },
      bill_shop_domain: bill?.shopDomain,
    };
    for (const [name, value] of Object.entries(columns)) findings.expectSame(CHECK, place, name, value, row[name]);
  }
  for (const runId of left.keys()) {
    findings.add(CHECK, at('shop_results', `run ${runId}, shop ${shopId}`), 'the log has no decision of it');
  }
}

/** @param since rows issued at or after this are newer than what was read of the log */
export function checkInvoiceRows(
  findings: Findings,
  decisions: readonly DecisionOnLog[],
  rows: readonly Row[],
  since: number,
): void {
  const left = new Map(rows.map((row) => [text(row['invoice_id']), row]));
  const voided = new Set(decisions.flatMap((decision) => decision.voided?.invoiceId ?? []));
  for (const { invoice } of decisions) {
    if (invoice === null) continue;
    findings.examined(CHECK);
    const place = at('invoices', `${invoice.invoiceNumber} (${invoice.invoiceId})`);
    const row = left.get(invoice.invoiceId);
    left.delete(invoice.invoiceId);
    if (row === undefined) {
      findings.add(CHECK, place, 'missing');
      continue;
    }
    const columns = {
      ...{ invoice_number: invoice.invoiceNumber, shop_id: invoice.shopId, run_id: invoice.runId },
      ...{
        shop_domain: invoice.shopDomain,
        plan_id: invoice.planId,
        currency: invoice.currency,
        status: invoice.status,
      },
      ...{ period_start_date: invoice.period.startDate, subtotal_minor: invoice.subtotalMinor },
      ...{ discount_minor: invoice.discountMinor, tax_minor: invoice.taxMinor, credit_minor: invoice.creditMinor },
      ...{ total_minor: invoice.totalMinor, issued_at_ms: invoice.issuedAt, due_at_ms: invoice.dueAt },
      ...{ lines: invoice.lines, voided: voided.has(invoice.invoiceId) },
    };
    for (const [name, value] of Object.entries(columns)) {
      const isNewer = name === 'voided' && row['voided'] === true;
      if (!isNewer || voided.has(invoice.invoiceId)) findings.expectSame(CHECK, place, name, value, row[name]);
      else findings.add(CHECK, place, 'is voided, and the log has no InvoiceVoided');
    }
  }
  for (const row of left.values()) {
    if (Number(row['issued_at_ms']) >= since) continue;
    const key = `${text(row['invoice_number'])} (${text(row['invoice_id'])})`;
    findings.add(CHECK, at('invoices', key), 'the log has no such invoice');
  }
}

export function checkHeldBills(
  findings: Findings,
  shopId: string,
  decisions: readonly DecisionOnLog[],
  rows: readonly Row[],
  since: number,
): void {
  const left = new Map(rows.map((row) => [text(row['bill_id']), row]));
  for (const { bill } of decisions) {
    if (bill?.outcome !== 'held') continue;
    findings.examined(CHECK);
    const place = at('held_bills', `shop ${shopId}, bill ${bill.billId}`);
    const row = left.get(bill.billId);
    left.delete(bill.billId);
    if (row === undefined) {
      findings.add(CHECK, place, 'missing');
      continue;
    }
    const decided = decisions.find(({ hold }) => hold?.billId === bill.billId);
    const action = decided === undefined ? null : decided.kind === 'release' ? 'released' : 'rejected';
    findings.expectSame(CHECK, place, 'total_minor', bill.totalMinor, row['total_minor']);
    findings.expectSame(CHECK, place, 'fraud_level', bill.fraud?.level, row['fraud_level']);
    findings.expectSame(CHECK, place, 'decided_as', action, row['decided_as']);
    findings.expectSame(CHECK, place, 'decided_reason', decided?.hold?.reason, row['decided_reason']);
  }
  for (const [billId, row] of left) {
    if (Number(row['held_at_ms']) >= since) continue;
    findings.add(CHECK, at('held_bills', `shop ${shopId}, bill ${billId}`), 'the log has no such held bill');
  }
}

/** There are few of them: all are compared at once. */
export async function checkCreditNotes(
  findings: Findings,
  pool: Pool,
  notes: readonly CreditNoteIssued[],
  since: number,
): Promise<void> {
  const rows = await allRows(pool, `select * from ${READ_MODELS_SCHEMA}.credit_notes`);
  const left = new Map(rows.map((row) => [text(row['credit_note_id']), row]));
  for (const note of notes) {
    findings.examined(CHECK);
    const place = at('credit_notes', note.creditNoteNumber);
    const row = left.get(note.creditNoteId);
    left.delete(note.creditNoteId);
    if (row === undefined) {
      findings.add(CHECK, place, 'missing');
      continue;
    }
    findings.expectSame(CHECK, place, 'credit_note_number', note.creditNoteNumber, row['credit_note_number']);
    findings.expectSame(CHECK, place, 'invoice_id', note.invoiceId, row['invoice_id']);
    findings.expectSame(CHECK, place, 'amount_minor', note.amountMinor, row['amount_minor']);
    findings.expectSame(CHECK, place, 'reason', note.reason, row['reason']);
  }
  for (const row of left.values()) {
    if (Number(row['issued_at_ms']) >= since) continue;
    findings.add(CHECK, at('credit_notes', text(row['credit_note_number'])), 'the log has no such credit note');
  }
}
