/** Invoices (DOMAIN "Invoice"): made of a bill, numbered by the register. */
import { dateOf, DAY_MS } from './calendar.ts';
import type { InvoiceCreated, ShopBillCalculated } from './events.ts';
import { invoiceIdName } from './ids.ts';

/** 30 × 24 hours, whatever the clocks do in between. */
const PAYMENT_TERM_MS = 30 * DAY_MS;

/**
 * The invoice of a bill, without its number.
 *
 * @param invoicesIssued how many were ever issued for this shop and period: a reissue is the next
 * @param issuedAt epoch milliseconds
 */
export function createInvoice({
  bill,
  invoicesIssued,
  issuedAt,
  deterministicId,
}: {
  readonly bill: ShopBillCalculated;
  readonly invoicesIssued: number;
  readonly issuedAt: number;
  readonly deterministicId: (name: string) => string;
}): InvoiceCreated {
  const { runId, shopId, shopSequence, dryRun, period, billId, shopDomain, planId, currency, currencyExponent } = bill;
  const { lines, subtotalMinor, discountRatePpm, discountMinor, taxRatePpm, taxMinor, creditMinor, totalMinor } = bill;
  const ordinal = invoicesIssued + 1;
  return {
    runId,
    shopId,
    shopSequence,
    dryRun,
    period,
    invoiceId: deterministicId(invoiceIdName({ shopId, period, ordinal })),
    billId,
    ordinal,
    shopDomain,
    planId,
    currency,
    currencyExponent,
    lines,
    subtotalMinor,
    discountRatePpm,
    discountMinor,
    taxRatePpm,
    taxMinor,
    creditMinor,
    totalMinor,
    status: 'pending',
    issuedAt,
    dueAt: issuedAt + PAYMENT_TERM_MS,
    invoiceNumber: '',
  };
}

/** The series an invoice is numbered in, `INV-2026`: one per year of issue in the billing time zone. */
export function invoiceSeries(prefix: string, issuedAt: number, timeZone: string): string {
  return `${prefix}-${dateOf(issuedAt, timeZone).slice(0, 4)}`;
}
