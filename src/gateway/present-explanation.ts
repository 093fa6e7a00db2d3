/** What was decided about a shop and month, and why, as the outside sees it. */
import type { BillExplained } from '../app.ts';
import { formatMinor } from '../domain/money.ts';
import { currencyExponent } from '../domain/currency.ts';
import { presentBill, presentObject, type Json } from './present-bill.ts';
import { presentPeriod, type PeriodJson } from './present-period.ts';

export interface ExplanationJson {
  readonly shop_id: string;
  readonly period: PeriodJson;
  readonly outcome: string;
  readonly run_id: string;
  readonly invoice_number: string | null;
  /** Everything that was decided about the shop and month, oldest first. */
  readonly history: readonly DecisionJson[];
  readonly pins: Json;
  readonly reproduction: Json;
  readonly bill: Json;
  readonly derivation: Json;
}

export interface DecisionJson {
  readonly shop_sequence: number;
  readonly kind: string;
  readonly outcome: string;
  readonly run_id: string;
  readonly decided_at: string;
  /** Place of the request in the log. */
  readonly request: Json;
  readonly invoice_number: string | null;
  readonly credit_note_number: string | null;
  readonly currency: string | null;
  readonly total: string | null;
  /** Why it was skipped, released, voided …; the code and message of a failure. */
  readonly reason: string | null;
  readonly actor: string | null;
}

export function presentExplanation({
  shopId,
  run,
  standing,
  decisions,
  bill,
  ...found
}: BillExplained): ExplanationJson {
  const { pins, reproduction, derivation } = found;
  return {
    shop_id: shopId,
    period: presentPeriod(run.period),
    outcome: standing.outcome,
    run_id: standing.runId,
    invoice_number: standing.invoiceNumber,
    history: decisions.map(presentDecision),
    pins: pins.map((pin) => presentObject(pin, 0)),
    reproduction: reproduction && presentObject(reproduction, 0),
    bill: bill && presentBill(bill),
    derivation: derivation && bill && presentObject(derivation, bill.currencyExponent),
  };
}

function presentDecision({ decision, events }: BillExplained['decisions'][number]): DecisionJson {
  const { shopSequence, kind, outcome, runId, decidedAt, source, invoiceNumber, issuedNumber, currency } = decision;
  const { totalMinor } = decision;
  return {
    shop_sequence: shopSequence,
    kind,
    outcome,
    run_id: runId,
    decided_at: new Date(decidedAt).toISOString(),
    request: presentObject(source, 0),
    invoice_number: invoiceNumber,
    credit_note_number: kind === 'credit-note' ? issuedNumber : null,
    currency,
    total: totalMinor === null || currency === null ? null : formatMinor(totalMinor, currencyExponent(currency)),
    ...whyOf(events),
  };
}

function whyOf(events: BillExplained['decisions'][number]['events']): Pick<DecisionJson, 'reason' | 'actor'> {
  for (const event of events) {
    switch (event.type) {
      case 'BillHoldReleased':
      case 'BillHoldRejected':
      case 'InvoiceVoided':
      case 'CreditNoteIssued':
        return { reason: event.data.reason, actor: event.data.actor };
      case 'ShopBillSkipped':
        return { reason: event.data.reason, actor: null };
      case 'ShopBillFailed':
        return { reason: `${event.data.code}: ${event.data.message}`, actor: null };
      case 'ShopBillCalculated':
      case 'FraudFlagged':
      case 'InvoiceCreated':
      case 'ShopBillDiverged':
        break;
      default:
        event satisfies never;
    }
  }
  return { reason: null, actor: null };
}
