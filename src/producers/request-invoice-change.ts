/** A person voids or credits an invoice: InvoiceVoidRequested or CreditNoteRequested on the log, checked before. */
import type { InvoiceView, ReadModels } from '../adapters/read-models.ts';
import type { CreditInvoice, VoidInvoice } from '../app.ts';
import { formatMinor, parseMinor } from '../domain/money.ts';
import { RuleError } from '../domain/rule-error.ts';
import { BillingError } from '../errors.ts';
import { publishShopRequest, type PublishShopRequestDependencies } from './publish-shop-request.ts';
import { checkReason } from './reason.ts';

export interface InvoiceChangeDependencies extends PublishShopRequestDependencies {
  readonly readModels: Pick<ReadModels, 'findInvoice'>;
}

/** As with holds, the biller has the last word. */
export function createVoidInvoice({ readModels, ...dependencies }: InvoiceChangeDependencies): VoidInvoice {
  return async function voidInvoice({ invoiceNumber, reason, actor }) {
    checkReason(reason);
    const invoice = await findInvoice(readModels, invoiceNumber);
    if (invoice.status === 'voided') throw voided(invoiceNumber);
    if (invoice.creditNotes.length > 0) {
      throw new BillingError(
        'INVOICE_CREDITED',
        `Invoice ${invoiceNumber} has credit notes, so it cannot be voided: credit the rest of it.`,
      );
    }
    const { shopId, invoiceId, runId } = invoice;
    const requestId = await publishShopRequest(dependencies, shopId, runId, 'InvoiceVoidRequested', (requestedAt) => ({
      ...{ shopId, invoiceId, invoiceNumber, reason, actor, requestedAt },
    }));
    return { requestId, invoice };
  };
}

export function createCreditInvoice({ readModels, ...dependencies }: InvoiceChangeDependencies): CreditInvoice {
  return async function creditInvoice({ invoiceNumber, amount, reason, actor }) {
    checkReason(reason);
    const invoice = await findInvoice(readModels, invoiceNumber);
    if (invoice.status === 'voided') throw voided(invoiceNumber);
    const amountMinor = amountOf(amount, invoice);
    const { shopId, invoiceId, runId, currency, currencyExponent } = invoice;
    const requestId = await publishShopRequest(dependencies, shopId, runId, 'CreditNoteRequested', (requestedAt) => ({
      ...{ shopId, invoiceId, invoiceNumber, currency, currencyExponent, amountMinor, reason, actor, requestedAt },
    }));
    return { requestId, invoice };
  };
}

async function findInvoice(readModels: Pick<ReadModels, 'findInvoice'>, invoiceNumber: string): Promise<InvoiceView> {
  const invoice = await readModels.findInvoice(invoiceNumber);
  if (invoice !== null) return invoice;
  throw new BillingError('NOT_FOUND', `There is no invoice ${JSON.stringify(invoiceNumber)}.`);
}

function voided(invoiceNumber: string): BillingError {
  return new BillingError('INVOICE_VOIDED', `Invoice ${invoiceNumber} was voided before.`);
}

/** Minor units of an amount in major units of the invoice's currency: above zero, and no more than is left. */
function amountOf(amount: string, { currency, currencyExponent, totalMinor, creditNotes }: InvoiceView): bigint {
  const minor = minorOf(amount, currencyExponent);
  if (minor <= 0n) throw new BillingError('USAGE', 'The amount to be credited must be above zero.');
  const left = creditNotes.reduce((rest, { amountMinor }) => rest - amountMinor, totalMinor);
  if (minor <= left) return minor;
  throw new BillingError(
    'CREDIT_EXCEEDS_INVOICE',
    `${amount} ${currency} is more than the ${formatMinor(left, currencyExponent)} ${currency} left of this invoice.`,
  );
}

function minorOf(amount: string, exponent: number): bigint {
  try {
    return parseMinor(amount, exponent);
  } catch (error) {
    if (error instanceof RuleError) throw new BillingError('USAGE', `The amount: ${error.message}`, { cause: error });
    throw error;
  }
}
