/** What can be asked for, shaped exactly as in schemas/*.avsc. Instants are epoch milliseconds. */

export type TriggerSource = 'api' | 'cron' | 'github' | 'cli' | 'producer';

export interface Trigger {
  readonly source: TriggerSource;
  readonly actor: string | null;
  readonly deliveryId: string | null;
}

/** Either `period`, or `periodStart` and `periodEnd` (inclusive dates), or neither: the month before now. */
export interface BillingRunRequested {
  readonly runId: string | null;
  readonly period: string | null;
  readonly periodStart: string | null;
  readonly periodEnd: string | null;
  /** Null: every billable shop. */
  readonly shopIds: readonly string[] | null;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly trigger: Trigger;
  readonly requestedAt: number;
}

export interface BillingRunCancelRequested {
  readonly runId: string;
  readonly reason: string;
  readonly actor: string | null;
  readonly requestedAt: number;
}

export interface ShopBillRequested {
  readonly runId: string;
  readonly shopId: string;
}

export interface HoldDecisionRequested {
  readonly shopId: string;
  readonly billId: string;
  readonly reason: string;
  readonly actor: string | null;
  readonly requestedAt: number;
}

export interface InvoiceVoidRequested {
  readonly shopId: string;
  readonly invoiceId: string;
  readonly invoiceNumber: string;
  readonly reason: string;
  readonly actor: string | null;
  readonly requestedAt: number;
}

export interface CreditNoteRequested extends InvoiceVoidRequested {
  readonly currency: string;
  readonly currencyExponent: number;
  readonly amountMinor: bigint;
}

export interface RequestByType {
  BillingRunRequested: BillingRunRequested;
  BillingRunCancelRequested: BillingRunCancelRequested;
  ShopBillRequested: ShopBillRequested;
  HoldReleaseRequested: HoldDecisionRequested;
  HoldRejectRequested: HoldDecisionRequested;
  InvoiceVoidRequested: InvoiceVoidRequested;
  CreditNoteRequested: CreditNoteRequested;
}

export type RequestType = keyof RequestByType;
