/** What every register promises about carried credit: nothing of it is lost, and nothing is spent twice. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { NewDecision, Register } from '../../src/adapters/register.ts';
import { at, command, credit, decided, held, invoiced, OCTOBER, type RegisterWorld } from './register-given.ts';

export function registerCreditsContract(createWorld: () => Promise<RegisterWorld>): void {
  let register: Register;
  beforeEach(async () => {
    ({ register } = await createWorld());
  });

  const credits = async (shopId = 's1') =>
    (await register.load([{ runId: 'any', shopId, periodStartDate: OCTOBER, source: at(99) }]))[0]!.credits;
  const left = async (shopId = 's1') => (await credits(shopId)).map(({ remainingMinor }) => remainingMinor);
  const taken = async (...decisions: NewDecision[]) => {
    for (const decision of decisions) expect(await register.record([decision])).not.toContain(null);
  };
  /** The n-th month of the shop, decided by a run of its own. */
  const month = (n: number) => ({ runId: `run-${n}`, periodStartDate: `2026-0${n}-01`, expectedSequence: n - 1 });
  const spending = (amountMinor: bigint, billId = 'bill-run-1-s1') => ({ creditsUsed: [{ billId, amountMinor }] });

  describe('carried credit', () => {
    test('is what a bill below zero leaves, oldest first, each shop its own', async () => {
      await taken(credit(150n, month(1)), credit(70n, { ...month(2), currency: 'EUR' }));
      await taken(credit(9n, { shopId: 's2' }), decided({ shopId: 's3' }));

      expect(await credits()).toEqual([
        { billId: 'bill-run-1-s1', currency: 'USD', remainingMinor: 150n, sequence: 1 },
        { billId: 'bill-run-2-s1', currency: 'EUR', remainingMinor: 70n, sequence: 2 },
      ]);
      expect(await left('s2')).toEqual([9n]);
      expect(await left('s3')).toEqual([]);
    });

    test('is used by later bills until nothing is left', async () => {
      await taken(credit(150n, month(1)), invoiced({ ...month(2), ...spending(100n) }));
      expect(await left()).toEqual([50n]);

      await taken(decided({ ...month(3), ...spending(50n) }));

      expect(await left()).toEqual([]);
    });

    test.each(['void', 'reject'] as const)('is given back by a %s of the bill that used it', async (kind) => {
      const before = kind === 'void' ? invoiced : held;
      await taken(credit(150n, month(1)), before({ ...month(2), ...spending(150n) }));
      expect(await left()).toEqual([]);

      await taken(command(kind, { ...month(2), expectedSequence: 2, ...spending(-150n) }));

      expect(await left()).toEqual([150n]);
    });

    test.each([
      ['more than there is', spending(151n)],
      ['more than was used given back', spending(-1n)],
      ['one that never was', spending(1n, 'unknown')],
    ])('cannot be moved beyond its amount: %s', async (_, moved) => {
      await taken(credit(150n, month(1)));

      const refused = register.record([invoiced({ ...month(2), ...moved }), invoiced({ shopId: 's2' })]);

      await expect(refused).rejects.toMatchObject({ code: 'REGISTER_CONFLICT' });
      expect(await left()).toEqual([150n]);
      await taken(invoiced({ ...month(2), ...spending(150n) }));
    });

    test('is not used by a decision that was not taken', async () => {
      await taken(credit(150n, month(1)), decided(month(2)));

      const late = { ...month(3), expectedSequence: 1, ...spending(150n) };

      expect(await register.record([invoiced(late)])).toEqual([null]);
      expect(await left()).toEqual([150n]);
    });

    test('two months at once cannot both use it', async () => {
      await taken(credit(150n, month(1)));

      const results = await Promise.all(
        [2, 3].map((n) => register.record([invoiced({ ...month(n), expectedSequence: 1, ...spending(150n) })])),
      );

      expect(results.filter(([one]) => one !== null)).toHaveLength(1);
      expect(await left()).toEqual([]);
    });
  });
}
