/** An issued invoice is voided: its period may be billed again (DOMAIN "Corrections"). */
import { commandHead, type CommandContext, type CommandDecision, type StandingBill } from './bill-command.ts';
import type { InvoiceVoidRequested } from './requests.ts';
import { RuleError } from './rule-error.ts';

/**
 * Voids an invoice; the credits its bill used are free again. Null when it was voided before.
 *
 * @param standing null: the shop has no such invoice
 * @throws RuleError INVOICE_NOT_FOUND; INVOICE_CREDITED when a part of it was credited
 */
export function voidInvoice(
  request: InvoiceVoidRequested,
  standing: StandingBill | null,
  context: CommandContext,
): CommandDecision | null {
  const { bill, outcome, creditedMinor } = requireInvoice(request, standing);
  const { invoiceId, invoiceNumber, reason, actor } = request;
  if (outcome === 'voided') return null;
  if (creditedMinor > 0n) {
    throw new RuleError(
      'INVOICE_CREDITED',
      `Invoice ${invoiceNumber} has credit notes: credit what is left of it instead of voiding it.`,
    );
  }
  const data = { ...commandHead(standing!, context), invoiceId, invoiceNumber, reason, actor, voidedAt: context.now };
  return {
    outcome: 'voided',
    events: [{ type: 'InvoiceVoided', data }],
    numbered: null,
    creditsReturned: bill.creditsApplied,
  };
}

/** The bill of the invoice that is named, by number and id. @throws RuleError INVOICE_NOT_FOUND */
export function requireInvoice(
  { shopId, invoiceId, invoiceNumber }: Pick<InvoiceVoidRequested, 'shopId' | 'invoiceId' | 'invoiceNumber'>,
  standing: StandingBill | null,
): StandingBill {
  if (standing === null) {
    throw new RuleError('INVOICE_NOT_FOUND', `Shop ${shopId} has no invoice ${invoiceNumber}.`);
  }
  if (standing.invoiceNumber !== invoiceNumber || standing.invoiceId !== invoiceId) {
    throw new RuleError(
      'INVOICE_NOT_FOUND',
      `Invoice ${invoiceNumber} of shop ${shopId} does not have the id ${invoiceId}.`,
    );
  }
  return standing;
}
