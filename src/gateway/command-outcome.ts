/** What became of a request about a shop: looked for in the read models, because the biller answers with events. */
import type { HeldBillView, InvoiceView, ReadModels } from '../adapters/read-models.ts';
import { BillingError, ERRORS, type ErrorCode } from '../errors.ts';

export interface DecidedHold {
  readonly hold: HeldBillView;
  /** Of a release. */
  readonly invoiceNumber: string | null;
}

/** Null while it is not decided, or its invoice not seen. @throws what the biller refused the request with */
export async function findDecidedHold(
  readModels: Pick<ReadModels, 'findHeldBill' | 'findShopResult' | 'listDeadLetters'>,
  { billId, requestId }: { readonly billId: string; readonly requestId: string | null },
): Promise<DecidedHold | null> {
  const hold = await readModels.findHeldBill(billId);
  if (hold === null || hold.decision === null) {
    await requireNotRefused(readModels, requestId);
    return null;
  }
  if (hold.decision.action === 'rejected') return { hold, invoiceNumber: null };
  const invoiceNumber = (await readModels.findShopResult(hold))?.invoiceNumber ?? null;
  return invoiceNumber === null ? null : { hold, invoiceNumber };
}

/** The invoice when it is voided; null until then. */
export async function findVoidedInvoice(
  readModels: Pick<ReadModels, 'findInvoice' | 'listDeadLetters'>,
  { invoiceNumber, requestId }: { readonly invoiceNumber: string; readonly requestId: string },
): Promise<InvoiceView | null> {
  const invoice = await readModels.findInvoice(invoiceNumber);
  if (invoice?.status === 'voided') return invoice;
  await requireNotRefused(readModels, requestId);
  return null;
}

/** The invoice when the credit note of this very request is there; null until then. */
export async function findCreditedInvoice(
  readModels: Pick<ReadModels, 'findInvoice' | 'listDeadLetters'>,
  { invoiceNumber, requestId }: { readonly invoiceNumber: string; readonly requestId: string },
): Promise<InvoiceView | null> {
  const invoice = await readModels.findInvoice(invoiceNumber);
  if (invoice?.creditNotes.some((note) => note.requestId === requestId)) return invoice;
  await requireNotRefused(readModels, requestId);
  return null;
}

/** A request that cannot be carried out is dead-lettered; its result would be waited for in vain. */
async function requireNotRefused(
  readModels: Pick<ReadModels, 'listDeadLetters'>,
  requestId: string | null,
): Promise<void> {
  if (requestId === null) return;
  const where = { topic: 'shop-requests.dlq', eventId: requestId } as const;
  const [refusal] = (await readModels.listDeadLetters({ where, cursor: null, limit: 1 })).items;
  if (refusal === undefined) return;
  const code = refusal.code in ERRORS ? (refusal.code as ErrorCode) : 'REQUEST_INVALID';
  throw new BillingError(code, `${refusal.message} (Dead letter ${refusal.deadLetterId}.)`, {
    details: { refused: true },
  });
}
