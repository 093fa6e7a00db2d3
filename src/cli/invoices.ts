/** `billing invoices`: invoices with their lines, as a table, JSON, NDJSON or CSV; any number of them, page by page. */
import { Option, type Command } from 'commander';
import { loadConfig } from '../config.ts';
import { monthDates } from '../domain/calendar.ts';
import { formatMinor, parseMinor } from '../domain/money.ts';
import { presentInvoice, type InvoiceJson } from '../gateway/present-invoice.ts';
import { toCsvRecord } from './csv.ts';
import { addInvoiceChangeCommands } from './invoice-changes.ts';
import { streamJsonList } from './json-stream.ts';
import { allPages, PAGE_SIZE } from './pages.ts';
import { withApp } from './servers.ts';
import { renderTable } from './table.ts';
import type { CliContext } from './terminal.ts';

const FORMATS = ['table', 'json', 'ndjson', 'csv'] as const;
export type InvoiceFormat = (typeof FORMATS)[number];

interface InvoiceOptions {
  readonly period?: string;
  readonly shopId?: string;
  readonly runId?: string;
  readonly format: InvoiceFormat;
}

export function addInvoicesCommand(program: Command, context: CliContext): void {
  const { terminal } = context;
  const invoices = program.command('invoices');
  // What stands behind a subcommand's name belongs to the subcommand.
  addInvoiceChangeCommands(invoices.enablePositionalOptions(), context);
  invoices
    .description('the invoices with their lines')
    .option('--period <month>', 'of one month, such as 2026-10')
    .option('--shop-id <id>', 'of one shop')
    .option('--run-id <id>', 'of one run')
    .addOption(new Option('--format <format>', 'how to print them').choices(FORMATS).default('table'))
    .addHelpText(
      'after',
      `
json is one array, ndjson one invoice a line, csv one row per invoice line.

Examples:
  billing invoices --period 2026-10
  billing invoices --period 2026-10 --format csv > october.csv
  billing invoices --shop-id s1 --format json`,
    )
    .action(async (options: InvoiceOptions) => {
      const config = loadConfig(undefined, { logLevel: 'warn' });
      const query = {
        periodStartDate: options.period === undefined ? null : monthDates(options.period).first,
        shopId: options.shopId ?? null,
        runId: options.runId ?? null,
      };
      await withApp({ context, config }, async ({ readModels }) => {
        const views = allPages((cursor) => readModels.listInvoices({ ...query, cursor, limit: PAGE_SIZE }));
        const pages = (async function* () {
          for await (const page of views) yield page.map(presentInvoice);
        })();
        for await (const text of renderInvoices(pages, options.format, terminal.width)) {
          if (!(await terminal.out(text))) return;
        }
      });
    });
}

/** @param width of the terminal, for tables */
export async function* renderInvoices(
  pages: AsyncIterable<readonly InvoiceJson[]>,
  format: InvoiceFormat,
  width: number | null,
): AsyncIterable<string> {
  switch (format) {
    case 'json':
      yield* streamJsonList(pages, '');
      yield '\n';
      return;
    case 'ndjson':
      for await (const invoices of pages) yield invoices.map((invoice) => `${JSON.stringify(invoice)}\n`).join('');
      return;
    case 'csv':
      yield toCsvRecord(CSV_FIELDS);
      for await (const invoices of pages) yield invoices.flatMap(toCsvRows).join('');
      return;
    case 'table':
      yield* invoiceTables(pages, width);
      return;
    default:
      format satisfies never;
  }
}

const CSV_FIELDS = [
  'invoice_number',
  'invoice_id',
  'shop_id',
  'shop_domain',
  'plan_id',
  'run_id',
  'period_start',
  'period_end',
  'currency',
  'subtotal',
  'discount',
  'tax',
  'credit',
  'total',
  'status',
  'issued_at',
  'due_date',
  'line',
  'line_kind',
  'line_description',
  'line_channel',
  'line_quantity',
  'line_amount',
  'credited',
];

/** An invoice without lines still has its row. */
function toCsvRows(invoice: InvoiceJson): string[] {
  const own = [
    invoice.invoice_number,
    invoice.invoice_id,
    invoice.shop_id,
    invoice.shop_domain,
    invoice.plan_id,
    invoice.run_id,
    invoice.period.start_date,
    invoice.period.end_date,
    invoice.currency,
    invoice.subtotal,
    invoice.discount,
    invoice.tax,
    invoice.credit,
    invoice.total,
    invoice.status,
    invoice.issued_at,
    invoice.due_date,
  ];
  const credited = creditedOf(invoice);
  if (invoice.lines.length === 0) return [toCsvRecord([...own, null, null, null, null, null, null, credited])];
  return invoice.lines.map((line, index) =>
    toCsvRecord([...own, index + 1, line.kind, line.description, line.channel, line.quantity, line.amount, credited]),
  );
}

/** What the credit notes of an invoice come to, in major units; its amounts have as many digits. */
function creditedOf({ total, credit_notes }: InvoiceJson): string {
  const exponent = total.split('.')[1]?.length ?? 0;
  return formatMinor(
    credit_notes.reduce((sum, { amount }) => sum + parseMinor(amount, exponent), 0n),
    exponent,
  );
}

async function* invoiceTables(pages: AsyncIterable<readonly InvoiceJson[]>, width: number | null) {
  let isEmpty = true;
  for await (const invoices of pages) {
    isEmpty = false;
    yield invoiceTable(invoices, width);
  }
  if (isEmpty) yield 'There are no such invoices.\n';
}

/** Each page is a table of its own: widths are not known before the last invoice is read. */
function invoiceTable(invoices: readonly InvoiceJson[], width: number | null): string {
  return renderTable({
    columns: [
      { title: 'Invoice' },
      { title: 'Shop', shrinks: true },
      { title: 'Period' },
      { title: 'Status' },
      { title: 'Due' },
      { title: 'Line', shrinks: true },
      { title: 'Amount', align: 'right' },
      { title: 'Currency' },
    ],
    rows: invoices.flatMap((invoice) => [
      [
        invoice.invoice_number,
        invoice.shop_id,
        invoice.period.start_date.slice(0, 7),
        invoice.status,
        invoice.due_date,
        'Total',
        invoice.total,
        invoice.currency,
      ],
      ...invoice.lines.map((line) => [null, null, null, null, null, `  ${line.description}`, line.amount, null]),
      ...invoice.credit_notes.map((note) => [
        ...[null, null, null, null, null, `Credited: ${note.credit_note_number}, ${note.reason}`],
        ...[`-${note.amount}`, null],
      ]),
    ]),
    width,
  });
}
