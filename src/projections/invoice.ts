/** Invoices and credit notes as the read models keep them. */
import type { IssuedCreditNote, IssuedInvoice } from '../adapters/projection-store.ts';
import type { CreditNoteIssued, InvoiceCreated } from '../domain/events.ts';

export function toInvoice(data: InvoiceCreated): IssuedInvoice {
  const { invoiceId, invoiceNumber, shopId, shopDomain, planId, runId, period, currency, currencyExponent } = data;
  const { subtotalMinor, discountMinor, taxMinor, creditMinor, totalMinor, lines, status, issuedAt, dueAt } = data;
  return {
    ...{ invoiceId, invoiceNumber, shopId, shopDomain, planId, runId, period, currency, currencyExponent },
    ...{ subtotalMinor, discountMinor, taxMinor, creditMinor, totalMinor, lines, status, issuedAt, dueAt },
  };
}

/** @param requestId the event's causation id */
export function toCreditNote(data: CreditNoteIssued, requestId: string | null): IssuedCreditNote {
  const { creditNoteId, creditNoteNumber, invoiceId, amountMinor, reason, actor, issuedAt } = data;
  return { creditNoteId, creditNoteNumber, invoiceId, amountMinor, reason, actor, issuedAt, requestId };
}
