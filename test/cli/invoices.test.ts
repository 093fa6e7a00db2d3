import { describe, expect, it } from 'vitest';
import { renderInvoices, type InvoiceFormat } from '../../src/cli/invoices.ts';
import type { InvoiceJson } from '../../src/gateway/present-invoice.ts';

function anInvoice(number: string, fields: Partial<InvoiceJson> = {}): InvoiceJson {
  return {
    invoice_id: `id-${number}`,
    invoice_number: number,
    shop_id: 's1',
    shop_domain: 's1.example',
    plan_id: 'p1',
    run_id: 'run-1',
    period: { start_date: '2026-10-01', end_date: '2026-10-31' },
    currency: 'USD',
    subtotal: '90.00',
    discount: '0.00',
    tax: '0.00',
    credit: '0.00',
    total: '90.00',
    lines: [
      { kind: 'fee', description: 'Fee, "plus"', channel: 'phoenix', quantity: null, amount: '60.00' },
      { kind: 'fee', description: 'Fee', channel: null, quantity: 3, amount: '30.00' },
    ],
    status: 'pending',
    issued_at: '2026-11-01T02:00:00.000Z',
    due_date: '2026-12-01',
    credit_notes: [],
    ...fields,
  };
}

async function render(format: InvoiceFormat, pages: readonly (readonly InvoiceJson[])[]): Promise<string> {
  async function* all() {
    yield* pages;
  }
  let text = '';
  for await (const part of renderInvoices(all(), format, null)) text += part;
  return text;
}

describe('invoices', () => {
  const pages = [[anInvoice('INV-1'), anInvoice('INV-2')], [anInvoice('INV-3', { lines: [] })]];

  it('are one JSON array over all pages', async () => {
    expect(JSON.parse(await render('json', pages))).toEqual(pages.flat());
  });

  it('are an empty JSON array when there are none', async () => {
    expect(await render('json', [])).toBe('[]\n');
  });

  it('are one JSON document a line as NDJSON', async () => {
    const lines = (await render('ndjson', pages)).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(pages.flat());
  });

  it('are one CSV row per line, quoted as RFC 4180 says', async () => {
    const rows = (await render('csv', pages)).split('\r\n');
    expect(rows[0]).toMatch(/^invoice_number,invoice_id,shop_id,.*,line_amount,credited$/);
    expect(rows[1]).toContain(',1,fee,"Fee, ""plus""",phoenix,,60.00,0.00');
    expect(rows[2]).toContain(',2,fee,Fee,,3,30.00,0.00');
    expect(rows[5]).toMatch(/^INV-3,.*,2026-12-01,,,,,,,0\.00$/);
    expect(rows).toHaveLength(7);
    const columns = rows[0]!.split(',').length;
    expect(rows[5]!.split(',')).toHaveLength(columns);
  });

  it('have what was credited beside them', async () => {
    const note = { credit_note_id: 'c', reason: 'goodwill', actor: 'ann', issued_at: '2026-11-02T02:00:00.000Z' };
    const credited = anInvoice('INV-4', {
      credit_notes: [
        { ...note, credit_note_number: 'CN-2026-000001', amount: '10.50' },
        { ...note, credit_note_number: 'CN-2026-000002', amount: '0.25' },
      ],
    });

    expect((await render('csv', [[credited]])).split('\r\n')[1]).toMatch(/,10\.75$/);
    const table = await render('table', [[credited]]);
    expect(table).toMatch(/Credited: CN-2026-000001, goodwill +-10\.50/);
    expect(table).toMatch(/Credited: CN-2026-000002, goodwill +-0\.25/);
  });

  it('are said to be none instead of an empty table', async () => {
    expect(await render('table', [])).toBe('There are no such invoices.\n');
  });

  it('have their total and lines in the table', async () => {
    const table = await render('table', pages);
    expect(table).toContain('INV-1');
    expect(table).toMatch(/ {2}Fee, "plus" +60\.00/);
  });
});
