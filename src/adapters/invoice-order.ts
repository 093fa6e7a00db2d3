/** The order of invoices: by series, and within it as numbers count, because they may grow wider than their padding. */

/** `INV-2026` of `INV-2026-000001`. */
export function seriesOf(invoiceNumber: string): string {
  return invoiceNumber.slice(0, Math.max(0, invoiceNumber.lastIndexOf('-')));
}

/** Negative when `a` comes first. */
export function compareInvoiceNumbers(a: string, b: string): number {
  const [seriesA, seriesB] = [seriesOf(a), seriesOf(b)];
  if (seriesA !== seriesB) return seriesA < seriesB ? -1 : 1;
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
