/** What every register promises about the past of a shop: which bills stand, without their bytes. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { NewDecision, Register } from '../../src/adapters/register.ts';
import { at, command, credit, decided, held, invoiced, type RegisterWorld } from './register-given.ts';

export function registerHistoryContract(createWorld: () => Promise<RegisterWorld>): void {
  let register: Register;
  beforeEach(async () => {
    ({ register } = await createWorld());
  });

  const taken = async (...decisions: NewDecision[]) => {
    for (const decision of decisions) expect(await register.record([decision])).not.toContain(null);
  };
  const historyOf = async (shopId = 's1') => (await register.loadHistories([shopId]))[0]!;
  const sequences = async () => (await historyOf()).bills.map(({ sequence }) => sequence);
  /** The n-th decision of the shop, by a run and for a month of its own. */
  const month = (n: number) => ({ runId: `run-${n}`, periodStartDate: `2026-0${n}-01`, expectedSequence: n - 1 });
  const pins = [{ topic: 'usage', partition: 1, offset: 9_007_199_254_740_993n }];

  describe('the past of a shop', () => {
    test('is what stands of it, oldest decision first, with what each bill looked at', async () => {
      await taken(
        invoiced({ ...month(1), pins }),
        credit(5n, { ...month(2), currency: 'EUR' }),
        held(month(3)),
        invoiced({ shopId: 's2' }),
      );

      expect(await register.loadHistories(['s2', 'nobody', 's1'])).toEqual([
        { bills: [{ runId: 'run-1', sequence: 1, currency: 'USD', pins: null }], lastUndone: 0 },
        { bills: [], lastUndone: 0 },
        {
          bills: [
            { runId: 'run-1', sequence: 1, currency: 'USD', pins },
            { runId: 'run-2', sequence: 2, currency: 'EUR', pins: null },
            { runId: 'run-3', sequence: 3, currency: 'USD', pins: null },
          ],
          lastUndone: 0,
        },
      ]);
      expect(await register.loadHistories([])).toEqual([]);
    });

    test('leaves out what made no bill', async () => {
      await taken(decided({ ...month(1), outcome: 'skipped' }), decided({ ...month(2), outcome: 'failed' }));

      expect(await historyOf()).toEqual({ bills: [], lastUndone: 0 });
    });

    test('names the decision that calculated a bill, also after it was released and credited, or failed before', async () => {
      await taken(
        decided({ outcome: 'failed' }),
        held({ expectedSequence: 1, source: at(8), pins }),
        command('release', { expectedSequence: 2, source: at(9) }),
        command('credit-note', { expectedSequence: 3, source: at(10) }),
      );

      expect(await historyOf()).toEqual({
        bills: [{ runId: 'run-1', sequence: 2, currency: 'USD', pins }],
        lastUndone: 0,
      });
    });

    test('tells when a bill was last made to stand no more', async () => {
      await taken(held(), command('reject', { expectedSequence: 1 }));
      expect(await historyOf()).toEqual({ bills: [], lastUndone: 2 });

      const second = { runId: 'run-2', billId: 'bill-2', periodStartDate: '2026-11-01' };
      await taken(
        invoiced({ ...second, expectedSequence: 2 }),
        invoiced({ ...month(4) }),
        command('void', { ...second, expectedSequence: 4 }),
      );

      expect(await sequences()).toEqual([4]);
      expect((await historyOf()).lastUndone).toBe(5);
    });
  });

  test('decisions are found by their places', async () => {
    await taken(invoiced(month(1)), held(month(2)), invoiced({ shopId: 's2' }));

    const found = await register.loadDecisions([
      { shopId: 's2', sequence: 1 },
      { shopId: 's1', sequence: 3 },
      { shopId: 's1', sequence: 2 },
    ]);

    expect(found.map(({ shopId, shopSequence, outcome }) => [shopId, shopSequence, outcome]).sort()).toEqual([
      ['s1', 2, 'held'],
      ['s2', 1, 'invoiced'],
    ]);
    expect(found.every(({ records }) => records.length > 0)).toBe(true);
  });
}
