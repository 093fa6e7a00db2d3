/** A part of an issued invoice is credited (DOMAIN "Corrections"). The invoice itself never changes. */
import { commandHead, type CommandContext, type CommandDecision, type StandingBill } from './bill-command.ts';
import { creditNoteIdName } from './ids.ts';
import { formatMinor } from './money.ts';
import type { CreditNoteRequested } from './requests.ts';
import { RuleError } from './rule-error.ts';
import { requireInvoice } from './void-invoice.ts';

/** The prefix of the series credit notes are numbered in, `CN-2026-000001`. */
export const CREDIT_NOTE_PREFIX = 'CN';

/**
 * Issues a credit note, without its number. Null when this very request was carried out before, from wherever it came
 * again.
 *
 * @param standing null: the shop has no such invoice
 * @param requestId of the request as an event
 * @throws RuleError INVOICE_NOT_FOUND, INVOICE_VOIDED, CREDIT_EXCEEDS_INVOICE; REQUEST_INVALID when the amount is none
 */
export function issueCreditNote(
  request: CreditNoteRequested,
  standing: StandingBill | null,
  context: CommandContext & { readonly requestId: string },
): CommandDecision | null {
  const found = requireInvoice(request, standing);
  const { invoiceId, invoiceNumber, currency, currencyExponent, amountMinor, reason, actor } = request;
  const creditNoteId = context.deterministicId(creditNoteIdName({ invoiceId, requestId: context.requestId }));
  if (found.creditNoteIds.includes(creditNoteId)) return null;
  if (found.outcome === 'voided') {
    throw new RuleError('INVOICE_VOIDED', `Invoice ${invoiceNumber} was voided: there is nothing to credit.`);
  }
  requireAmount(request, found);
  const data = {
    ...commandHead(found, context),
    ...{ creditNoteId, invoiceId, invoiceNumber, currency, currencyExponent, amountMinor, reason, actor },
    issuedAt: context.now,
    creditNoteNumber: '',
  };
  return {
    outcome: found.outcome,
    events: [],
    numbered: { type: 'CreditNoteIssued', data },
    creditsReturned: [],
  };
}

function requireAmount(request: CreditNoteRequested, { bill, creditedMinor }: StandingBill): void {
  const { invoiceNumber, currency, currencyExponent, amountMinor } = request;
  if (currency !== bill.currency || currencyExponent !== bill.currencyExponent) {
    const asked = `${currency} with ${currencyExponent} decimals`;
    throw new RuleError('REQUEST_INVALID', `Invoice ${invoiceNumber} is in ${bill.currency}, not in ${asked}.`);
  }
  if (amountMinor <= 0n) throw new RuleError('REQUEST_INVALID', 'A credit note needs an amount above zero.');
  const leftMinor = bill.totalMinor - creditedMinor;
  if (amountMinor > leftMinor) {
    throw new RuleError(
      'CREDIT_EXCEEDS_INVOICE',
      `Of invoice ${invoiceNumber}, ${formatMinor(leftMinor, currencyExponent)} ${currency} can still be credited.`,
    );
  }
}
