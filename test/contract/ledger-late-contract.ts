/** What every ledger promises about facts that came late. Run on memory and on Postgres. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Ledger } from '../../src/adapters/ledger.ts';
import type { Pin } from '../../src/domain/log-position.ts';
import { at, batchOf, entry, interacted, OCTOBER, placed, purchased, refunded, usagePins } from './ledger-facts.ts';

/** @param createLedger an empty ledger, a new one for each test */
export function ledgerLateContract(createLedger: () => Promise<Ledger>): void {
  let ledger: Ledger;
  beforeEach(async () => {
    ledger = await createLedger();
  });

  const NOVEMBER = OCTOBER.end;
  const lateOf = async (from: readonly Pin[], pins: readonly Pin[], { shopId = 's1', before = NOVEMBER } = {}) =>
    (await ledger.loadLateFacts({ shops: [{ shopId, before, from }], pins }))[0]!;
  const offsets = async (...asked: Parameters<typeof lateOf>) =>
    (await lateOf(...asked)).map(({ position }) => [position.partition, Number(position.offset)]);

  describe('late facts', () => {
    test('are of every kind, behind a place and within the pins, in the order of the log', async () => {
      await ledger.append(
        batchOf(
          entry(at('usage', 0, 0), purchased({ orderId: 'before' })),
          entry(at('usage', 0, 1), interacted({ occurredAt: OCTOBER.start })),
          entry(at('usage', 0, 2), refunded({ occurredAt: NOVEMBER - 1 })),
          entry(at('usage', 0, 3), placed({ orderId: 'raw', occurredAt: 7 })),
          entry(at('usage', 0, 4), purchased({ orderId: 'behind' })),
        ),
      );

      expect(await lateOf(usagePins(1), usagePins(4))).toEqual([
        { position: at('usage', 0, 1), occurredAt: OCTOBER.start },
        { position: at('usage', 0, 2), occurredAt: NOVEMBER - 1 },
        { position: at('usage', 0, 3), occurredAt: 7 },
      ]);
      expect(await offsets(usagePins(4), usagePins(4))).toEqual([]);
    });

    test('occurred before the moment that is asked for, in this shop', async () => {
      await ledger.append(
        batchOf(
          entry(at('usage', 0, 0), purchased({ orderId: 'later', occurredAt: NOVEMBER })),
          entry(at('usage', 0, 1), purchased({ orderId: 'other', shopId: 's2' })),
          entry(at('usage', 0, 2), purchased({ orderId: 'own' })),
        ),
      );

      expect(await offsets([], usagePins(9))).toEqual([[0, 2]]);
      expect(await offsets([], usagePins(9), { before: NOVEMBER + 1 })).toEqual([
        [0, 0],
        [0, 2],
      ]);
      expect(await offsets([], usagePins(9), { shopId: 's3' })).toEqual([]);
    });

    test('each partition has a place of its own; one that is not named was never looked at', async () => {
      await ledger.append(batchOf(entry(at('usage', 0, 5), purchased({ orderId: 'a' }))));
      await ledger.append(batchOf(entry(at('usage', 2, 1), purchased({ orderId: 'b' }))));
      await ledger.append(batchOf(entry(at('usage', 1, 9), purchased({ orderId: 'c' }))));

      expect(await offsets([at('usage', 1, 9), at('usage', 0, 6)], usagePins(9, 10, 9))).toEqual([
        [1, 9],
        [2, 1],
      ]);
      expect(await offsets([at('usage', 1, 10), at('usage', 2, 1)], usagePins(6, 10))).toEqual([[0, 5]]);
    });

    test('a repeat in another partition is late only where the first one is', async () => {
      const [first, second] = [entry(at('usage', 0, 0), purchased(), 1), entry(at('usage', 1, 0), purchased(), 2)];
      await ledger.append(batchOf(first));
      await ledger.append(batchOf(second));

      expect(await offsets(usagePins(1, 0), usagePins(1, 1))).toEqual([]);
      expect(await offsets(usagePins(0, 0), usagePins(1, 1))).toEqual([[0, 0]]);
      expect(await offsets(usagePins(0, 0), usagePins(0, 1))).toEqual([[1, 0]]);
    });

    test('of many shops come aligned', async () => {
      await ledger.append(
        batchOf(
          entry(at('usage', 0, 0), purchased({ shopId: 's2' })),
          entry(at('usage', 0, 1), purchased({ shopId: 's1' })),
        ),
      );

      const shops = ['s1', 's3', 's2'].map((shopId) => ({ shopId, before: NOVEMBER, from: [] }));
      const found = await ledger.loadLateFacts({ shops, pins: usagePins(9) });

      expect(found.map((facts) => facts.map(({ position }) => Number(position.offset)))).toEqual([[1], [], [0]]);
      expect(await ledger.loadLateFacts({ shops: [], pins: [] })).toEqual([]);
    });
  });
}
