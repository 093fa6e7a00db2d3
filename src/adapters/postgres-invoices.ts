/** Invoices in Postgres, with the credit notes about them. */
import type { Period } from '../domain/events.ts';
import { excluded, type Column } from './columns.ts';
import { decodeCursor, pageOf } from './cursor.ts';
import { seriesOf } from './invoice-order.ts';
import { insertRows } from './postgres-insert.ts';
import { query, type Client, type Pool } from './postgres.ts';
import type { IssuedCreditNote, IssuedInvoice, ProjectionTransaction } from './projection-store.ts';
import { creditNotesFromJson, linesFromJson, toJson } from './read-model-json.ts';
import type { InvoiceView, ReadModels } from './read-models.ts';

const INVOICES: Column<IssuedInvoice>[] = [
  ['invoice_id', 'text', ({ invoiceId }) => invoiceId],
  ['voided', 'boolean', () => false],
  ['invoice_number', 'text', ({ invoiceNumber }) => invoiceNumber],
  ['series', 'text', ({ invoiceNumber }) => seriesOf(invoiceNumber)],
  ['number_length', 'int', ({ invoiceNumber }) => invoiceNumber.length],
  ['shop_id', 'text', ({ shopId }) => shopId],
  ['shop_domain', 'text', ({ shopDomain }) => shopDomain],
  ['plan_id', 'text', ({ planId }) => planId],
  ['run_id', 'text', ({ runId }) => runId],
  ['period_start_date', 'text', ({ period }) => period.startDate],
  ['period', 'json', ({ period }) => toJson(period)],
  ['currency', 'text', ({ currency }) => currency],
  ['currency_exponent', 'int', ({ currencyExponent }) => currencyExponent],
  ['subtotal_minor', 'bigint', ({ subtotalMinor }) => subtotalMinor],
  ['discount_minor', 'bigint', ({ discountMinor }) => discountMinor],
  ['tax_minor', 'bigint', ({ taxMinor }) => taxMinor],
  ['credit_minor', 'bigint', ({ creditMinor }) => creditMinor],
  ['total_minor', 'bigint', ({ totalMinor }) => totalMinor],
  ['lines', 'json', ({ lines }) => toJson(lines)],
  ['status', 'text', ({ status }) => status],
  ['issued_at_ms', 'bigint', ({ issuedAt }) => issuedAt],
  ['due_at_ms', 'bigint', ({ dueAt }) => dueAt],
];

const CREDIT_NOTES: Column<IssuedCreditNote>[] = [
  ['credit_note_id', 'text', ({ creditNoteId }) => creditNoteId],
  ['invoice_id', 'text', ({ invoiceId }) => invoiceId],
  ['credit_note_number', 'text', ({ creditNoteNumber }) => creditNoteNumber],
  ['amount_minor', 'bigint', ({ amountMinor }) => amountMinor],
  ['reason', 'text', ({ reason }) => reason],
  ['actor', 'text', ({ actor }) => actor],
  ['issued_at_ms', 'bigint', ({ issuedAt }) => issuedAt],
  ['request_id', 'text', ({ requestId }) => requestId],
];

export function invoiceWrites(
  client: Client,
  schema: string,
): Pick<ProjectionTransaction, 'saveInvoices' | 'voidInvoices' | 'saveCreditNotes'> {
  return {
    async saveInvoices(invoices) {
      const distinct = new Map(invoices.map((invoice) => [invoice.invoiceId, invoice]));
      const rows = [...distinct.values()].sort((a, b) => (a.invoiceId < b.invoiceId ? -1 : 1));
      await insertRows(
        client,
        `${schema}.invoices`,
        INVOICES,
        rows,
        `on conflict (invoice_id) do update set ${excluded(INVOICES, ['invoice_id', 'voided'])}
         where old.invoice_number is null`,
      );
    },

    async voidInvoices(invoiceIds) {
      await client.query(
        `insert into ${schema}.invoices (invoice_id, voided) select id, true from unnest($1::text[]) as id
         on conflict (invoice_id) do update set voided = true`,
        [[...new Set(invoiceIds)].sort()],
      );
    },

    async saveCreditNotes(creditNotes) {
      const rows = creditNotes.toSorted((a, b) => (a.creditNoteId < b.creditNoteId ? -1 : 1));
      await insertRows(client, `${schema}.credit_notes`, CREDIT_NOTES, rows, 'on conflict do nothing');
    },
  };
}

export function invoiceReads(pool: Pool, schema: string): Pick<ReadModels, 'listInvoices' | 'findInvoice'> {
  // Amounts as text: a JSON number is none of ours.
  const columns = `invoice_id, invoice_number, shop_id, shop_domain, plan_id, run_id, period, currency,
    currency_exponent, subtotal_minor, discount_minor, tax_minor, credit_minor, total_minor, lines::text,
    case when voided then 'voided' else status end as status, issued_at_ms, due_at_ms,
    (select json_agg(json_build_object('creditNoteId', credit_note_id, 'creditNoteNumber', credit_note_number,
       'amountMinor', amount_minor::text, 'reason', reason, 'actor', actor, 'issuedAt', c.issued_at_ms,
       'requestId', request_id) order by c.issued_at_ms, credit_note_number)::text
     from ${schema}.credit_notes c where c.invoice_id = i.invoice_id) as credit_notes`;
  return {
    async listInvoices({ periodStartDate, shopId, runId, cursor, limit }) {
      const after = decodeCursor(cursor, ['text'])?.[0];
      const values: unknown[] = [limit + 1];
      const where = ['invoice_number is not null'];
      const filter = (column: string, value: string | null) => {
        if (value !== null) where.push(`${column} = $${values.push(value)}`);
      };
      filter('period_start_date', periodStartDate);
      filter('shop_id', shopId);
      filter('run_id', runId);
      if (after !== undefined) {
        const place = [seriesOf(after), after.length, after].map((value) => `$${values.push(value)}`);
        where.push(`(series, number_length, invoice_number) > (${place.join(', ')})`);
      }
      const { rows } = await query<InvoiceRow>(
        pool,
        `select ${columns} from ${schema}.invoices i where ${where.join(' and ')}
         order by series, number_length, invoice_number limit $1`,
        values,
      );
      return pageOf(rows, limit, fromInvoiceRow, ({ invoiceNumber }) => [invoiceNumber]);
    },

    async findInvoice(invoiceNumber) {
      const { rows } = await query<InvoiceRow>(
        pool,
        `select ${columns} from ${schema}.invoices i
         where series = $1 and number_length = $2 and invoice_number = $3`,
        [seriesOf(invoiceNumber), invoiceNumber.length, invoiceNumber],
      );
      return rows[0] ? fromInvoiceRow(rows[0]) : null;
    },
  };
}

interface InvoiceRow {
  readonly invoice_id: string;
  readonly invoice_number: string;
  readonly shop_id: string;
  readonly shop_domain: string;
  readonly plan_id: string;
  readonly run_id: string;
  readonly period: Period;
  readonly currency: string;
  readonly currency_exponent: number;
  readonly subtotal_minor: bigint;
  readonly discount_minor: bigint;
  readonly tax_minor: bigint;
  readonly credit_minor: bigint;
  readonly total_minor: bigint;
  readonly lines: string;
  readonly status: string;
  readonly issued_at_ms: bigint;
  readonly due_at_ms: bigint;
  /** JSON text; null when there is none. */
  readonly credit_notes: string | null;
}

function fromInvoiceRow(row: InvoiceRow): InvoiceView {
  return {
    invoiceId: row.invoice_id,
    invoiceNumber: row.invoice_number,
    shopId: row.shop_id,
    shopDomain: row.shop_domain,
    planId: row.plan_id,
    runId: row.run_id,
    period: row.period,
    currency: row.currency,
    currencyExponent: row.currency_exponent,
    subtotalMinor: row.subtotal_minor,
    discountMinor: row.discount_minor,
    taxMinor: row.tax_minor,
    creditMinor: row.credit_minor,
    totalMinor: row.total_minor,
    lines: linesFromJson(row.lines),
    status: row.status,
    issuedAt: Number(row.issued_at_ms),
    dueAt: Number(row.due_at_ms),
    creditNotes: row.credit_notes === null ? [] : creditNotesFromJson(row.credit_notes),
  };
}
