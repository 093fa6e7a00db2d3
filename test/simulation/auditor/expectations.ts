/** What should have come of the facts on the log: asked of the oracle, which shares nothing with src/. */
import { isbot } from 'isbot';
import { createOracle } from '../../oracle/oracle.ts';
import type { ShopOutcome } from '../../oracle/actions.ts';
import { createBook, type Book } from '../../oracle/book.ts';
import type { Bill, Observed, Pins } from './observed.ts';

export interface Expectations {
  /** Shops to be billed by a run over all. @param month `2026-10` */
  billable(month: string, pins: Pins): string[];
  /** A shop by itself: before carried credit, whether or not the month is settled. @param past of the shop, by then */
  alone(shopId: string, month: string, pins: Pins, past: readonly PastBill[]): ShopOutcome;
}

/** A live bill as the log told of it when another was made. */
export interface PastBill {
  readonly bill: Bill;
  readonly pins: Pins;
  readonly isUndone: boolean;
}

export function createExpectations({ facts, timeZone }: Observed): Expectations {
  const oracle = createOracle({
    facts: facts.map(({ line }) => line),
    positions: facts.map(({ position }) => position),
    timeZone,
    isBot: isbot,
  });
  const cutAt = (pins: Pins) =>
    new Map(pins.map(({ topic, partition, offset }) => [`${topic}/${partition}`, Number(offset)]));
  const bookOf = (past: readonly PastBill[]): Book => {
    const book = createBook();
    for (const { bill, pins, isUndone } of past) {
      const month = bill.period.startDate.slice(0, 7);
      book.add({
        ...{ shopId: bill.shopId, month, cut: cutAt(pins), currency: bill.currency },
        fees: bill.segments.reduce((sum, { feeMinor }) => sum + feeMinor, 0n),
        adjustments: new Map(bill.adjustments.map((one) => [one.periodStartDate.slice(0, 7), one.amountMinor])),
        // Carried credit is looked at by check-credits.ts.
        ...{ creditsUsed: new Map(), total: 0n, outcome: isUndone ? 'voided' : 'zero' },
      });
    }
    return book;
  };
  const outcomes = new Map<string, ShopOutcome>();
  return {
    billable: (period, pins) =>
      oracle
        .run({ kind: 'run', period, cut: cutAt(pins), isDry: true })
        .shops.map(({ shopId }) => shopId)
        .sort(),
    alone(shopId, period, pins, past) {
      const cut = cutAt(pins);
      const told = past.flatMap((one) => [one.bill.billId, one.isUndone]);
      const asked = [shopId, period, ...cut.values(), ...told].join();
      const run = { kind: 'run', period, cut, isDry: true, shopIds: [shopId] } as const;
      const known = outcomes.get(asked) ?? oracle.run(run, bookOf(past)).shops[0]!;
      outcomes.set(asked, known);
      return known;
    },
  };
}
