/** The oracle's commands as the requests that the product takes. */
import type { OutRecord } from '../../../src/adapters/log.ts';
import type { MessageByType } from '../../../src/domain/messages.ts';
import type { Command } from '../actions.ts';
import type { ProductHost } from './product-host.ts';

export interface ProductBill {
  readonly shopId: string;
  readonly month: string;
  readonly billId: string;
  readonly currency: string;
  readonly currencyExponent: number;
  invoice: MessageByType['InvoiceCreated'] | null;
}

export function requestFor(host: ProductHost, command: Command, bill: ProductBill, id: string): OutRecord {
  const { shopId, billId, currency, currencyExponent, invoice } = bill;
  const why = { reason: 'the dice say so', actor: 'ann', requestedAt: host.now() };
  const invoiceId = invoice?.invoiceId ?? 'none';
  const invoiceNumber = invoice?.invoiceNumber ?? 'none';
  switch (command.kind) {
    case 'release':
      return host.message('shop-requests', shopId, 'HoldReleaseRequested', { shopId, billId, ...why }, id);
    case 'reject':
      return host.message('shop-requests', shopId, 'HoldRejectRequested', { shopId, billId, ...why }, id);
    case 'void':
      return host.message(
        'shop-requests',
        shopId,
        'InvoiceVoidRequested',
        { shopId, invoiceId, invoiceNumber, ...why },
        id,
      );
    case 'credit-note': {
      const what = { invoiceId, invoiceNumber, currency, currencyExponent, amountMinor: command.amount };
      return host.message('shop-requests', shopId, 'CreditNoteRequested', { shopId, ...what, ...why }, id);
    }
  }
}
