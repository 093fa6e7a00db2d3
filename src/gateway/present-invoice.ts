/** An invoice as the outside sees it. Amounts are decimal strings in major units of `currency`. */
import type { InvoiceView } from '../adapters/read-models.ts';
import { dateOf } from '../domain/calendar.ts';
import type { BillLine } from '../domain/events.ts';
import { formatMinor } from '../domain/money.ts';
import { presentPeriod, type PeriodJson } from './present-period.ts';

export interface InvoiceLineJson {
  readonly kind: BillLine['kind'];
  readonly description: string;
  readonly channel: string | null;
  readonly quantity: number | null;
  readonly amount: string;
}

export interface InvoiceJson {
  readonly invoice_id: string;
  readonly invoice_number: string;
  readonly shop_id: string;
  readonly shop_domain: string;
  readonly plan_id: string;
  readonly run_id: string;
  readonly period: PeriodJson;
  readonly currency: string;
  readonly subtotal: string;
  readonly discount: string;
  readonly tax: string;
  readonly credit: string;
  readonly total: string;
  readonly lines: readonly InvoiceLineJson[];
  readonly status: string;
  readonly issued_at: string;
  /** Date in the billing time zone. */
  readonly due_date: string;
  /** In the order in which they were issued. */
  readonly credit_notes: readonly CreditNoteJson[];
}

export interface CreditNoteJson {
  readonly credit_note_id: string;
  readonly credit_note_number: string;
  readonly amount: string;
  readonly reason: string;
  readonly actor: string | null;
  readonly issued_at: string;
}

export function presentInvoice(view: InvoiceView): InvoiceJson {
  const money = (minor: bigint) => formatMinor(minor, view.currencyExponent);
  return {
    invoice_id: view.invoiceId,
    invoice_number: view.invoiceNumber,
    shop_id: view.shopId,
    shop_domain: view.shopDomain,
    plan_id: view.planId,
    run_id: view.runId,
    period: presentPeriod(view.period),
    currency: view.currency,
    subtotal: money(view.subtotalMinor),
    discount: money(view.discountMinor),
    tax: money(view.taxMinor),
    credit: money(view.creditMinor),
    total: money(view.totalMinor),
    lines: view.lines.map((line) => ({
      kind: line.kind,
      description: line.description,
      channel: line.channel,
      quantity: line.quantity,
      amount: money(line.amountMinor),
    })),
    status: view.status,
    issued_at: new Date(view.issuedAt).toISOString(),
    due_date: dateOf(view.dueAt, view.period.timeZone),
    credit_notes: view.creditNotes.map((note) => ({
      credit_note_id: note.creditNoteId,
      credit_note_number: note.creditNoteNumber,
      amount: money(note.amountMinor),
      reason: note.reason,
      actor: note.actor,
      issued_at: new Date(note.issuedAt).toISOString(),
    })),
  };
}
