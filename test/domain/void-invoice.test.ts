import { describe, expect, it } from 'vitest';
import { voidInvoice } from '../../src/domain/void-invoice.ts';
import { asked, context, NOVEMBER_9, onceHeld, standing } from './given-command.ts';

const code = (name: string) => expect.objectContaining({ code: name }) as Error;

describe('an issued invoice', () => {
  it.each([standing('invoiced'), onceHeld('invoiced')])(
    'is voided, and its bill gives back the credit it used',
    (bill) => {
      expect(voidInvoice(asked, bill, context)).toEqual({
        outcome: 'voided',
        events: [
          {
            type: 'InvoiceVoided',
            data: {
              ...{ runId: 'run-1', shopId: 's1', shopSequence: 5, dryRun: false, period: bill.bill.period },
              ...{ invoiceId: 'invoice-1', invoiceNumber: 'INV-2026-000007' },
              ...{ reason: 'looked at it', actor: 'ann', voidedAt: NOVEMBER_9 },
            },
          },
        ],
        numbered: null,
        creditsReturned: [{ billId: 'old', amountMinor: 50n }],
      });
    },
  );

  it('is voided once', () => {
    expect(voidInvoice(asked, standing('voided'), context)).toBeNull();
  });

  it('cannot be voided when a part of it was credited', () => {
    const credited = standing('invoiced', { creditedMinor: 1n, creditNoteIds: ['note'] });
    expect(() => voidInvoice(asked, credited, context)).toThrow(code('INVOICE_CREDITED'));
  });
});

it.each([
  ['another number', { invoiceNumber: 'INV-2026-000008' }],
  ['another id', { invoiceId: 'invoice-2' }],
])('an invoice named by %s is not found', (_, wrong) => {
  expect(() => voidInvoice({ ...asked, ...wrong }, standing('invoiced'), context)).toThrow(code('INVOICE_NOT_FOUND'));
});

it('a bill without an invoice has none to void', () => {
  expect(() => voidInvoice(asked, null, context)).toThrow(code('INVOICE_NOT_FOUND'));
  expect(() => voidInvoice(asked, standing('held'), context)).toThrow(code('INVOICE_NOT_FOUND'));
});
