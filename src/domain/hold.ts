/** A held bill is released, exactly as it was calculated, or rejected (DOMAIN "Holds"). */
import { commandHead, type CommandContext, type CommandDecision, type StandingBill } from './bill-command.ts';
import { createInvoice } from './invoice.ts';
import type { HoldDecisionRequested } from './requests.ts';
import { RuleError } from './rule-error.ts';

/**
 * Issues the invoice of a held bill. Null when it was released before, whatever became of the invoice since.
 *
 * @param standing null: the shop has no such bill
 * @param invoicesIssued how many were ever issued for this shop and period
 * @throws RuleError HOLD_NOT_FOUND, HOLD_ALREADY_DECIDED
 */
export function releaseHold(
  request: HoldDecisionRequested,
  standing: StandingBill | null,
  context: CommandContext & { readonly invoicesIssued: number },
): CommandDecision | null {
  const held = requireHeld(request, standing);
  switch (held.outcome) {
    case 'held': {
      const { now, deterministicId, invoicesIssued } = context;
      const head = commandHead(held, context);
      const bill = { ...held.bill, ...head };
      const invoice = createInvoice({ bill, invoicesIssued, issuedAt: now, deterministicId });
      const { billId, reason, actor } = request;
      return {
        outcome: 'invoiced',
        events: [{ type: 'BillHoldReleased', data: { ...head, billId, reason, actor, releasedAt: now } }],
        numbered: { type: 'InvoiceCreated', data: invoice },
        creditsReturned: [],
      };
    }
    case 'rejected':
      throw new RuleError(
        'HOLD_ALREADY_DECIDED',
        `Bill ${request.billId} was rejected: it cannot be released any more.`,
      );
    default: // Invoiced, or voided after that.
      return null;
  }
}

/**
 * Leaves a held bill unbilled; the period stays settled, and the credits it used are free again. Null when it was
 * rejected before.
 *
 * @param standing null: the shop has no such bill
 * @throws RuleError HOLD_NOT_FOUND, HOLD_ALREADY_DECIDED
 */
export function rejectHold(
  request: HoldDecisionRequested,
  standing: StandingBill | null,
  context: CommandContext,
): CommandDecision | null {
  const held = requireHeld(request, standing);
  switch (held.outcome) {
    case 'held': {
      const { billId, reason, actor } = request;
      const data = { ...commandHead(held, context), billId, reason, actor, rejectedAt: context.now };
      return {
        outcome: 'rejected',
        events: [{ type: 'BillHoldRejected', data }],
        numbered: null,
        creditsReturned: held.bill.creditsApplied,
      };
    }
    case 'rejected':
      return null;
    default: // Invoiced, or voided after that.
      throw new RuleError('HOLD_ALREADY_DECIDED', `Bill ${request.billId} was released: void its invoice instead.`);
  }
}

function requireHeld({ shopId, billId }: HoldDecisionRequested, standing: StandingBill | null): StandingBill {
  if (standing === null) throw new RuleError('HOLD_NOT_FOUND', `Shop ${shopId} has no bill ${billId}.`);
  if (standing.bill.outcome !== 'held') throw new RuleError('HOLD_NOT_FOUND', `Bill ${billId} was never held.`);
  return standing;
}
