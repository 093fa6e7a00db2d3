/** A held bill as the outside sees it. Amounts are decimal strings in major units of `currency`. */
import type { HeldBillView } from '../adapters/read-models.ts';
import { formatMinor } from '../domain/money.ts';
import { presentPeriod, type PeriodJson } from './present-period.ts';

export interface HoldJson {
  readonly bill_id: string;
  readonly run_id: string;
  readonly shop_id: string;
  readonly shop_domain: string;
  readonly period: PeriodJson;
  readonly currency: string;
  readonly total: string;
  readonly fraud_level: string | null;
  /** Codes of the checks that triggered. */
  readonly fraud_codes: readonly string[];
  readonly held_at: string;
  /** Null while it waits. */
  readonly decision: HoldDecisionJson | null;
}

export interface HoldDecisionJson {
  readonly action: 'released' | 'rejected';
  readonly reason: string;
  readonly actor: string | null;
  readonly decided_at: string;
  /** Of the invoice that a release issued. */
  readonly invoice_number: string | null;
}

export function presentHold(view: HeldBillView, invoiceNumber: string | null = null): HoldJson {
  const { decision } = view;
  return {
    bill_id: view.billId,
    run_id: view.runId,
    shop_id: view.shopId,
    shop_domain: view.shopDomain,
    period: presentPeriod(view.period),
    currency: view.currency,
    total: formatMinor(view.totalMinor, view.currencyExponent),
    fraud_level: view.fraudLevel,
    fraud_codes: view.fraudCodes,
    held_at: new Date(view.heldAt).toISOString(),
    decision:
      decision === null
        ? null
        : {
            action: decision.action,
            reason: decision.reason,
            actor: decision.actor,
            decided_at: new Date(decision.decidedAt).toISOString(),
            invoice_number: invoiceNumber,
          },
  };
}
