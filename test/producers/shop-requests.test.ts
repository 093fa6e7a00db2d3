/** What people ask about bills and invoices, as it stands on the log. */
import { describe, expect, test } from 'vitest';
import type { OutRecord } from '../../src/adapters/log.ts';
import { createDecideHold } from '../../src/producers/request-hold-decision.ts';
import { createCreditInvoice, createVoidInvoice } from '../../src/producers/request-invoice-change.ts';
import { creditNoteView, heldBillView, invoiceView } from '../gateway/views.ts';
import { asRead, testCodec } from '../support/test-codec.ts';

const NOW = Date.parse('2026-11-05T12:00:00Z');
const codec = testCodec();

function world() {
  const published: OutRecord[] = [];
  const decision = { action: 'rejected', reason: 'bots', actor: 'ann', decidedAt: NOW } as const;
  const holds = [heldBillView('s1'), heldBillView('s2', { decision })];
  const invoices = [
    invoiceView(1),
    invoiceView(2, { status: 'voided' }),
    invoiceView(3, { creditNotes: [creditNoteView(1), creditNoteView(2)] }),
    invoiceView(4, { currency: 'JPY', currencyExponent: 0 }),
  ];
  const dependencies = {
    codec,
    log: { publish: async (records: readonly OutRecord[]) => void published.push(...records) },
    clock: { now: () => NOW, sleep: async () => {} },
    randomId: () => 'request-1',
    readModels: {
      findHeldBill: async (billId: string) => holds.find((hold) => hold.billId === billId) ?? null,
      findInvoice: async (number: string) => invoices.find(({ invoiceNumber }) => invoiceNumber === number) ?? null,
    },
  };
  return {
    decideHold: createDecideHold(dependencies),
    voidInvoice: createVoidInvoice(dependencies),
    creditInvoice: createCreditInvoice(dependencies),
    published,
    messages: async () => {
      const decoded = await codec.decode(published.map((record) => asRead(record)));
      return decoded.map((one) => ('message' in one ? { key: one.record.key, ...one.envelope, ...one.message } : one));
    },
  };
}

const told = { reason: 'looked at it', actor: 'ann' };
const envelope = { key: 's1', id: 'request-1', correlationId: 'run-1', time: NOW };

describe('a hold', () => {
  test.each([
    ['release', 'HoldReleaseRequested'],
    ['reject', 'HoldRejectRequested'],
  ] as const)('%s is a %s', async (action, type) => {
    const { decideHold, messages } = world();

    const { requestId, hold } = await decideHold({ billId: 'bill-s1', action, ...told });

    expect({ requestId, shopId: hold.shopId }).toEqual({ requestId: 'request-1', shopId: 's1' });
    const data = { shopId: 's1', billId: 'bill-s1', ...told, requestedAt: NOW };
    expect(await messages()).toMatchObject([{ ...envelope, type, data }]);
  });

  test.each([
    ['bill-s9', 'looked at it', 'NOT_FOUND'],
    ['bill-s2', 'looked at it', 'HOLD_ALREADY_DECIDED'],
    ['bill-s1', ' ', 'USAGE'],
  ])('%s for %j is refused: %s', async (billId, reason, code) => {
    const { decideHold, published } = world();

    const attempt = decideHold({ billId, action: 'release', reason, actor: null });

    await expect(attempt).rejects.toMatchObject({ code });
    expect(published).toEqual([]);
  });
});

describe('an invoice', () => {
  const invoiceNumber = 'INV-2026-000001';

  test('is voided by an InvoiceVoidRequested', async () => {
    const { voidInvoice, messages } = world();

    await voidInvoice({ invoiceNumber, ...told });

    const data = { shopId: 's1', invoiceId: 'invoice-1', invoiceNumber, ...told, requestedAt: NOW };
    expect(await messages()).toMatchObject([{ ...envelope, type: 'InvoiceVoidRequested', data }]);
  });

  test.each([
    ['INV-2026-000009', 'NOT_FOUND'],
    ['INV-2026-000002', 'INVOICE_VOIDED'],
    ['INV-2026-000003', 'INVOICE_CREDITED'],
  ])('%s is not voided: %s', async (number, code) => {
    const { voidInvoice, published } = world();

    await expect(voidInvoice({ invoiceNumber: number, ...told })).rejects.toMatchObject({ code });
    expect(published).toEqual([]);
  });

  test.each([
    ['10', invoiceNumber, 1_000n],
    ['0.01', invoiceNumber, 1n],
    ['95.00', invoiceNumber, 9_500n],
    ['75.00', 'INV-2026-000003', 7_500n],
    ['9500', 'INV-2026-000004', 9_500n],
  ])('%s of %s is credited by a CreditNoteRequested', async (amount, number, amountMinor) => {
    const { creditInvoice, messages } = world();

    await creditInvoice({ invoiceNumber: number, amount, ...told });

    const data = { invoiceNumber: number, amountMinor, ...told, requestedAt: NOW };
    expect(await messages()).toMatchObject([{ type: 'CreditNoteRequested', data }]);
  });

  test.each([
    ['95.01', invoiceNumber, 'CREDIT_EXCEEDS_INVOICE', '95.00 USD left'],
    ['75.01', 'INV-2026-000003', 'CREDIT_EXCEEDS_INVOICE', '75.00 USD left'],
    ['1.00', 'INV-2026-000002', 'INVOICE_VOIDED', 'voided'],
    ['1.00', 'INV-2026-000009', 'NOT_FOUND', 'no invoice'],
    ['0', invoiceNumber, 'USAGE', 'above zero'],
    ['-5.00', invoiceNumber, 'USAGE', 'above zero'],
    ['1.001', invoiceNumber, 'USAGE', 'finer'],
    ['1.5', 'INV-2026-000004', 'USAGE', 'finer'],
    ['a lot', invoiceNumber, 'USAGE', 'no decimal number'],
  ])('%s of %s is not credited: %s', async (amount, number, code, message) => {
    const { creditInvoice, published } = world();

    const attempt = creditInvoice({ invoiceNumber: number, amount, ...told });

    await expect(attempt).rejects.toMatchObject({ code, message: expect.stringContaining(message) as string });
    expect(published).toEqual([]);
  });
});
