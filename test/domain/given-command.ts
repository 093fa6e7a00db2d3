/** A bill of the shop s1 that people ask something about. */
import type { CommandContext, StandingBill } from '../../src/domain/bill-command.ts';
import type { Outcome } from '../../src/domain/events.ts';
import { billOf, instant, plan, purchase, request } from './given.ts';

export const NOVEMBER_9 = instant('2026-11-09T10:00:00Z');

/** 100.00 × 3 % = 3.00, less 0.50 carried. */
export function standing(outcome: Outcome, over: Partial<StandingBill> = {}): StandingBill {
  const calculated = billOf({ plans: [plan()], purchases: [purchase('2026-10-05', { phoenix: '100.00' })] });
  const wasHeld = ['held', 'rejected'].includes(outcome);
  return {
    bill: {
      ...calculated,
      ...{ billId: 'bill-1', outcome: wasHeld ? 'held' : 'invoiced' },
      ...{ creditMinor: 50n, totalMinor: 250n, creditsApplied: [{ billId: 'old', amountMinor: 50n }] },
    },
    outcome,
    invoiceId: wasHeld ? null : 'invoice-1',
    invoiceNumber: wasHeld ? null : 'INV-2026-000007',
    creditedMinor: 0n,
    creditNoteIds: [],
    ...over,
  };
}

/** A bill that was held before it came to this. */
export function onceHeld(outcome: Outcome): StandingBill {
  const { bill, ...one } = standing(outcome);
  return { ...one, bill: { ...bill, outcome: 'held' } };
}

export const context: CommandContext = {
  sequence: 4,
  now: NOVEMBER_9,
  deterministicId: request().deterministicId,
};

export const asked = {
  ...{ shopId: 's1', billId: 'bill-1', invoiceId: 'invoice-1', invoiceNumber: 'INV-2026-000007' },
  ...{ reason: 'looked at it', actor: 'ann', requestedAt: NOVEMBER_9 - 1 },
};
