/**
 * What people decide about bills. DOMAIN "Fraud": "no invoice until a person releases it (issued exactly as calculated) or
 * rejects it". DOMAIN "Invoice": "An issued invoice never changes: corrections are adjustments, credit notes or
 * void-and-reissue". The sum of an invoice's credit notes is never above it; one with credit notes is not voided.
 */
import type { Command, CommandResult } from './actions.ts';
import type { Book, BookedBill } from './book.ts';

/** The same command again is a repeat and changes nothing. */
export function carryOut(command: Command, book: Book): CommandResult {
  const bill = book.bills[command.billNumber];
  switch (command.kind) {
    case 'release':
    case 'reject':
      return decideHold(command.kind === 'release' ? 'invoiced' : 'rejected', bill, book);
    case 'void':
      return voidInvoice(bill, book);
    case 'credit-note':
      return creditInvoice(command.amount, bill, book);
  }
}

function decideHold(to: 'invoiced' | 'rejected', bill: BookedBill | undefined, book: Book): CommandResult {
  if (bill?.wasHeld !== true) return 'HOLD_NOT_FOUND';
  // A released bill stays released, also when its invoice was voided since.
  const decided = bill.outcome === 'voided' ? 'invoiced' : bill.outcome;
  if (decided === to) return 'repeated';
  if (decided !== 'held') return 'HOLD_ALREADY_DECIDED';
  book.change(bill.number, { outcome: to });
  return 'done';
}

function voidInvoice(bill: BookedBill | undefined, book: Book): CommandResult {
  if (bill?.outcome === 'voided') return 'repeated';
  if (bill?.outcome !== 'invoiced') return 'INVOICE_NOT_FOUND';
  if (bill.credited > 0n) return 'INVOICE_CREDITED';
  book.change(bill.number, { outcome: 'voided' });
  return 'done';
}

function creditInvoice(amount: bigint, bill: BookedBill | undefined, book: Book): CommandResult {
  if (bill?.outcome === 'voided') return 'INVOICE_VOIDED';
  if (bill?.outcome !== 'invoiced') return 'INVOICE_NOT_FOUND';
  if (bill.credited + amount > bill.total) return 'CREDIT_EXCEEDS_INVOICE';
  book.change(bill.number, { credited: bill.credited + amount });
  return 'done';
}
