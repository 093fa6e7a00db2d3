import { describe, expect, it } from 'vitest';
import { issueCreditNote } from '../../src/domain/credit-note.ts';
import { asked, context, NOVEMBER_9, standing } from './given-command.ts';

const code = (name: string) => expect.objectContaining({ code: name }) as Error;
const request = (over = {}) => ({ ...asked, currency: 'USD', currencyExponent: 2, amountMinor: 100n, ...over });
const issue = (
  over = {},
  bill: Parameters<typeof issueCreditNote>[1] = standing('invoiced'),
  requestId = 'request-1',
) => issueCreditNote(request(over), bill, { ...context, requestId });

function noteOf(decision: ReturnType<typeof issue>): string {
  if (decision?.numbered?.type !== 'CreditNoteIssued') throw new Error('No credit note was issued.');
  return decision.numbered.data.creditNoteId;
}

describe('a credit note', () => {
  it('credits a part of an invoice, and leaves what became of the bill', () => {
    expect(issue()).toMatchObject({
      ...{ outcome: 'invoiced', events: [], creditsReturned: [] },
      numbered: {
        type: 'CreditNoteIssued',
        data: {
          ...{ runId: 'run-1', shopId: 's1', shopSequence: 5, dryRun: false, invoiceId: 'invoice-1' },
          ...{ invoiceNumber: 'INV-2026-000007', currency: 'USD', currencyExponent: 2, amountMinor: 100n },
          ...{ reason: 'looked at it', actor: 'ann', issuedAt: NOVEMBER_9, creditNoteNumber: '' },
        },
      },
    });
  });

  it('is one however often its request comes, and another for another request', () => {
    const first = noteOf(issue());
    const issued = standing('invoiced', { creditedMinor: 100n, creditNoteIds: [first] });

    expect(issue({}, issued)).toBeNull();
    expect(noteOf(issue({}, issued, 'request-2'))).not.toBe(first);
  });

  it('never goes beyond what is left of the invoice', () => {
    const credited = standing('invoiced', { creditedMinor: 200n });
    expect(issue({ amountMinor: 250n })).not.toBeNull();
    expect(issue({ amountMinor: 50n }, credited)).not.toBeNull();
    expect(() => issue({ amountMinor: 251n })).toThrow(code('CREDIT_EXCEEDS_INVOICE'));
    expect(() => issue({ amountMinor: 51n }, credited)).toThrow('0.50 USD can still be credited');
  });

  it.each([
    ['nothing', { amountMinor: 0n }],
    ['less than nothing', { amountMinor: -1n }],
    ['another currency', { currency: 'EUR' }],
    ['other decimals', { currencyExponent: 3 }],
  ])('is not for %s', (_, over) => {
    expect(() => issue(over)).toThrow(code('REQUEST_INVALID'));
  });

  it('needs an invoice that stands', () => {
    expect(() => issue({}, null)).toThrow(code('INVOICE_NOT_FOUND'));
    expect(() => issue({}, standing('held'))).toThrow(code('INVOICE_NOT_FOUND'));
    expect(() => issue({}, standing('voided'))).toThrow(code('INVOICE_VOIDED'));
  });

  it('of an invoice voided since is still the one that was issued', () => {
    expect(issue({}, standing('voided', { creditNoteIds: [noteOf(issue())] }))).toBeNull();
  });
});
