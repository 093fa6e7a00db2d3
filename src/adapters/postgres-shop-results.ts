/** Rows of shop_results and the states they hold. */
import type { Outcome } from '../domain/events.ts';
import type { Column } from './columns.ts';
import type { ShopResultState } from './projection-store.ts';

export interface ShopResultRow {
  readonly version: number;
  readonly run_id: string;
  readonly shop_id: string;
  readonly decided_sequence: number;
  readonly decided_rank: number;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  readonly error: string | null;
  readonly decided_shop_domain: string | null;
  readonly bill_sequence: number | null;
  readonly bill_shop_domain: string | null;
  readonly bill_currency: string | null;
  readonly bill_currency_exponent: number | null;
  readonly bill_total_minor: bigint | null;
  readonly bill_attributed_minor: bigint | null;
  readonly bill_refunded_minor: bigint | null;
  readonly invoice_sequence: number | null;
  readonly invoice_shop_domain: string | null;
  readonly invoice_currency: string | null;
  readonly invoice_currency_exponent: number | null;
  readonly invoice_total_minor: bigint | null;
  readonly invoice_id: string | null;
  readonly invoice_number: string | null;
}

export const SHOP_RESULT_COLUMNS: readonly Column<{ readonly state: ShopResultState; readonly version: number }>[] = [
  ['run_id', 'text', ({ state }) => state.runId],
  ['shop_id', 'text', ({ state }) => state.shopId],
  ['version', 'int', ({ version }) => version],
  ['decided_sequence', 'int', ({ state }) => state.decided.sequence],
  ['decided_rank', 'int', ({ state }) => state.decided.rank],
  ['outcome', 'text', ({ state }) => state.decided.outcome],
  ['reason', 'text', ({ state }) => state.decided.reason],
  ['error', 'text', ({ state }) => state.decided.error],
  ['decided_shop_domain', 'text', ({ state }) => state.decided.shopDomain],
  ['bill_sequence', 'int', ({ state }) => state.bill?.sequence],
  ['bill_shop_domain', 'text', ({ state }) => state.bill?.shopDomain],
  ['bill_currency', 'text', ({ state }) => state.bill?.currency],
  ['bill_currency_exponent', 'int', ({ state }) => state.bill?.currencyExponent],
  ['bill_total_minor', 'bigint', ({ state }) => state.bill?.totalMinor],
  ['bill_attributed_minor', 'bigint', ({ state }) => state.bill?.attributedMinor],
  ['bill_refunded_minor', 'bigint', ({ state }) => state.bill?.refundedMinor],
  ['invoice_sequence', 'int', ({ state }) => state.invoice?.sequence],
  ['invoice_shop_domain', 'text', ({ state }) => state.invoice?.shopDomain],
  ['invoice_currency', 'text', ({ state }) => state.invoice?.currency],
  ['invoice_currency_exponent', 'int', ({ state }) => state.invoice?.currencyExponent],
  ['invoice_total_minor', 'bigint', ({ state }) => state.invoice?.totalMinor],
  ['invoice_id', 'text', ({ state }) => state.invoice?.invoiceId],
  ['invoice_number', 'text', ({ state }) => state.invoice?.invoiceNumber],
];

export function fromShopResultRow(row: ShopResultRow): ShopResultState {
  return {
    runId: row.run_id,
    shopId: row.shop_id,
    decided: {
      sequence: row.decided_sequence,
      rank: row.decided_rank,
      outcome: row.outcome,
      reason: row.reason,
      error: row.error,
      shopDomain: row.decided_shop_domain,
    },
    bill:
      row.bill_sequence === null
        ? null
        : {
            sequence: row.bill_sequence,
            shopDomain: row.bill_shop_domain!,
            currency: row.bill_currency!,
            currencyExponent: row.bill_currency_exponent!,
            totalMinor: row.bill_total_minor!,
            attributedMinor: row.bill_attributed_minor!,
            refundedMinor: row.bill_refunded_minor!,
          },
    invoice:
      row.invoice_sequence === null
        ? null
        : {
            sequence: row.invoice_sequence,
            shopDomain: row.invoice_shop_domain!,
            currency: row.invoice_currency!,
            currencyExponent: row.invoice_currency_exponent!,
            totalMinor: row.invoice_total_minor!,
            invoiceId: row.invoice_id!,
            invoiceNumber: row.invoice_number!,
          },
  };
}
