import { describe, expect, it } from 'vitest';
import { rejectHold, releaseHold } from '../../src/domain/hold.ts';
import { DAY_MS } from '../../src/domain/calendar.ts';
import { asked, context, NOVEMBER_9, onceHeld, standing } from './given-command.ts';

const release = (...[bill]: [Parameters<typeof releaseHold>[1]]) =>
  releaseHold(asked, bill, { ...context, invoicesIssued: 2 });
const reject = (...[bill]: [Parameters<typeof rejectHold>[1]]) => rejectHold(asked, bill, context);
const head = { runId: 'run-1', shopId: 's1', shopSequence: 5, dryRun: false };

describe('a held bill', () => {
  it('is released as it was calculated, with what belongs to the day of its release', () => {
    const held = standing('held');

    const decision = release(held)!;

    expect(decision).toMatchObject({
      outcome: 'invoiced',
      events: [{ type: 'BillHoldReleased', data: { ...head, billId: 'bill-1', reason: 'looked at it', actor: 'ann' } }],
      creditsReturned: [],
    });
    const { lines, subtotalMinor, creditMinor, totalMinor, period, currency } = held.bill;
    expect(decision.numbered!.data).toMatchObject({
      ...{ ...head, billId: 'bill-1', ordinal: 3, lines, subtotalMinor, creditMinor, totalMinor, period, currency },
      ...{ issuedAt: NOVEMBER_9, dueAt: NOVEMBER_9 + 30 * DAY_MS, invoiceNumber: '' },
    });
  });

  it('is rejected without an invoice, and gives back the credit it used', () => {
    expect(reject(standing('held'))).toEqual({
      outcome: 'rejected',
      events: [
        {
          type: 'BillHoldRejected',
          data: {
            ...{ ...head, period: standing('held').bill.period, billId: 'bill-1' },
            ...{ reason: 'looked at it', actor: 'ann', rejectedAt: NOVEMBER_9 },
          },
        },
      ],
      numbered: null,
      creditsReturned: [{ billId: 'old', amountMinor: 50n }],
    });
  });
});

describe('a hold that was decided', () => {
  it('stays decided when the same is asked again', () => {
    expect(release(onceHeld('invoiced'))).toBeNull();
    expect(release(onceHeld('voided'))).toBeNull();
    expect(reject(standing('rejected'))).toBeNull();
  });

  it('cannot be decided the other way', () => {
    const already = expect.objectContaining({ code: 'HOLD_ALREADY_DECIDED' }) as Error;
    expect(() => release(standing('rejected'))).toThrow(already);
    expect(() => reject(onceHeld('invoiced'))).toThrow(already);
    expect(() => reject(onceHeld('voided'))).toThrow(already);
  });
});

it('a bill that was never held, or never was, is no hold', () => {
  const missing = expect.objectContaining({ code: 'HOLD_NOT_FOUND' }) as Error;
  for (const bill of [null, standing('invoiced'), standing('voided'), standing('zero')]) {
    expect(() => release(bill)).toThrow(missing);
    expect(() => reject(bill)).toThrow(missing);
  }
});
