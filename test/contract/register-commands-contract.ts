/** What every register promises about a bill after it was calculated: released, rejected, voided, credited. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { BillKey, NewDecision, Register } from '../../src/adapters/register.ts';
import { at, command, decided, held, invoiced, NOVEMBER, OCTOBER, type RegisterWorld } from './register-given.ts';

export function registerCommandsContract(createWorld: () => Promise<RegisterWorld>): void {
  let register: Register;
  beforeEach(async () => {
    ({ register } = await createWorld());
  });

  const state = async (runId = 'run-1', source = at(99)) =>
    (await register.load([{ runId, shopId: 's1', periodStartDate: OCTOBER, source }]))[0]!;
  const billState = async (over: Partial<BillKey> = { billId: 'bill-run-1-s1' }) =>
    (await register.loadBills([{ shopId: 's1', source: at(99), ...over }]))[0]!;
  const taken = async (...decisions: NewDecision[]) => {
    for (const decision of decisions) expect(await register.record([decision])).not.toContain(null);
  };

  describe('a bill', () => {
    test('is found by its id and by the number of its invoice, with what stands of it', async () => {
      await taken(invoiced(), decided({ runId: 'run-2', expectedSequence: 1, outcome: 'skipped' }));

      const byId = await billState();
      const byNumber = await billState({ invoiceNumber: 'INV-2026-000001' });

      expect(byNumber).toEqual(byId);
      expect(byId).toMatchObject({
        sequence: 2,
        own: null,
        bill: { shopSequence: 1, billId: 'bill-run-1-s1', records: [{}, {}] },
        decision: { shopSequence: 1, invoiceNumber: 'INV-2026-000001' },
        invoicesIssued: 1,
        creditedMinor: 0n,
        creditNoteIds: [],
      });
    });

    test('is not found where there is none, nor at another shop', async () => {
      await taken(invoiced(), decided({ shopId: 's2', outcome: 'failed' }));

      const nothing = {
        own: null,
        bill: null,
        decision: null,
        invoicesIssued: 0,
        creditedMinor: 0n,
        creditNoteIds: [],
      };
      expect(await billState({ billId: 'other' })).toEqual({ sequence: 1, ...nothing });
      expect(await billState({ invoiceNumber: 'INV-2026-000009' })).toEqual({ sequence: 1, ...nothing });
      expect(await billState({ shopId: 's2', invoiceNumber: 'INV-2026-000001' })).toEqual({ sequence: 1, ...nothing });
      expect(await billState({ shopId: 'new', billId: 'bill-run-1-s1' })).toEqual({ sequence: 0, ...nothing });
      expect(await register.loadBills([])).toEqual([]);
    });

    test('is told in the place it was asked for', async () => {
      await taken(held(), held({ shopId: 's2' }));
      const keys = ['s2', 'nobody', 's1'].map((shopId) => ({ shopId, source: at(9), billId: `bill-run-1-${shopId}` }));

      const found = await register.loadBills(keys);

      expect(found.map(({ bill }) => bill?.shopId)).toEqual(['s2', undefined, 's1']);
    });
  });

  describe('what follows on a decision', () => {
    test('a release takes its place, issues the next number, and both rows remain', async () => {
      await taken(held());

      const [published] = await register.record([command('release')]);

      expect(published!.at(-1)!.value).toEqual(Buffer.from('INV-2026-000001'));
      expect(await state()).toMatchObject({
        sequence: 2,
        decision: { kind: 'release', outcome: 'invoiced', issuedNumber: 'INV-2026-000001', records: published },
        settledByRunId: 'run-1',
        invoicesIssued: 1,
      });
      expect(await state('run-1', at(7))).toMatchObject({ own: { kind: 'bill', outcome: 'held', shopSequence: 1 } });
      expect(await billState()).toMatchObject({ bill: { outcome: 'held' }, decision: { kind: 'release' } });
      expect(await billState({ invoiceNumber: 'INV-2026-000001' })).toMatchObject({ bill: { outcome: 'held' } });
    });

    test('a request finds its own decision, also when another one stands by now', async () => {
      await taken(held(), command('release'), command('void', { source: at(9), expectedSequence: 2 }));

      expect((await billState({ source: at(8), billId: 'bill-run-1-s1' })).own).toMatchObject({ kind: 'release' });
      expect((await billState({ source: at(9), billId: 'unknown' })).own).toMatchObject({ kind: 'void' });
      expect((await billState({ source: { ...at(9), partition: 4 } })).own).toBeNull();
      expect(await state('run-1', at(7))).toMatchObject({ own: { outcome: 'held' }, decision: { outcome: 'voided' } });
      expect(await state('run-2', at(7))).toMatchObject({ own: null, decision: null });
    });

    test('a rejected bill still settles its period', async () => {
      await taken(held(), command('reject'));

      expect(await state()).toMatchObject({ decision: { outcome: 'rejected' }, settledByRunId: 'run-1' });
      expect(await register.record([invoiced({ runId: 'run-2', expectedSequence: 2 })])).toEqual([null]);
    });

    test('a voided invoice leaves the period free, and the next one has the next ordinal', async () => {
      await taken(invoiced(), command('void'));
      expect(await state()).toMatchObject({ settledByRunId: null, invoicesIssued: 1 });

      await taken(invoiced({ runId: 'run-2', expectedSequence: 2, invoiceId: 'invoice-2' }));

      expect(await state()).toMatchObject({
        decision: { outcome: 'voided', invoiceNumber: 'INV-2026-000001', issuedNumber: null },
        settledByRunId: 'run-2',
        invoicesIssued: 2,
      });
      expect(await billState({ billId: 'bill-run-2-s1' })).toMatchObject({ invoicesIssued: 2 });
    });

    test('credit notes have a series of their own, and leave the invoice as it is', async () => {
      await taken(invoiced(), invoiced({ shopId: 's2' }));

      await taken(
        command('credit-note', { totalMinor: 100n }),
        command('credit-note', { totalMinor: 50n, creditNoteId: 'note-2', source: at(9), expectedSequence: 2 }),
        command('credit-note', { shopId: 's2', totalMinor: 7n, creditNoteId: 'note-3' }),
      );

      const numbers = await Promise.all(
        [at(8), at(9)].map(async (source) => (await billState({ source, billId: 'bill-run-1-s1' })).own!.issuedNumber),
      );
      expect(numbers).toEqual(['CN-2026-000001', 'CN-2026-000002']);
      const seen = await billState();
      expect(seen).toMatchObject({
        ...{ creditedMinor: 150n, invoicesIssued: 1 },
        decision: { outcome: 'invoiced', invoiceNumber: 'INV-2026-000001', totalMinor: 50n },
      });
      expect(seen.creditNoteIds.toSorted()).toEqual(['note-1', 'note-2']);
      expect(await state()).toMatchObject({ settledByRunId: 'run-1', invoicesIssued: 1 });
      await taken(invoiced({ shopId: 's3' }));
      expect(await billState({ shopId: 's3', invoiceNumber: 'INV-2026-000003' })).toMatchObject({ invoicesIssued: 1 });
    });

    test.each([
      ['release', invoiced()],
      ['reject', invoiced()],
      ['void', held()],
      ['credit-note', held()],
      ['release', decided({ outcome: 'failed' })],
    ] as const)('a %s of what cannot be is not taken', async (kind, before) => {
      await taken(before);

      expect(await register.record([command(kind)])).toEqual([null]);

      expect((await state()).sequence).toBe(1);
      await taken(invoiced({ shopId: 's2' }), command('credit-note', { shopId: 's2' }));
    });

    test('of a release and a rejection that race, one is taken', async () => {
      const shops = Array.from({ length: 20 }, (_, index) => `shop-${index}`);
      await register.record(shops.map((shopId) => held({ shopId })));

      const [released, rejected] = await Promise.all([
        register.record(shops.map((shopId) => command('release', { shopId, invoiceId: shopId }))),
        register.record(shops.map((shopId) => command('reject', { shopId, source: at(9) })).toReversed()),
      ]);

      const wins = shops.map((_, i) => [released[i], rejected.toReversed()[i]].filter((one) => one !== null).length);
      expect(wins).toEqual(shops.map(() => 1));
    });

    test('a decision about another period of the shop changes nothing of this one', async () => {
      await taken(held(), invoiced({ runId: 'run-2', periodStartDate: NOVEMBER, expectedSequence: 1 }));

      await taken(command('release', { expectedSequence: 2 }));

      expect(await state()).toMatchObject({ settledByRunId: 'run-1', invoicesIssued: 1 });
    });
  });
}
