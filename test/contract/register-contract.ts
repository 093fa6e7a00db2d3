/** What every register promises. Run on memory and on Postgres. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { OutRecord } from '../../src/adapters/log.ts';
import type { Register } from '../../src/adapters/register.ts';
import type { Outcome } from '../../src/domain/events.ts';
import { registerCommandsContract } from './register-commands-contract.ts';
import { registerControlContract } from './register-control-contract.ts';
import { registerCreditsContract } from './register-credits-contract.ts';
import { registerFoldContract } from './register-fold-contract.ts';
import { registerHistoryContract } from './register-history-contract.ts';
import {
  at,
  command,
  decided,
  invoiced,
  NOVEMBER,
  numberedRecord,
  OCTOBER,
  record,
  type RegisterWorld,
} from './register-given.ts';

/** @param createWorld an empty register, a new one for each test */
export function registerContract(createWorld: () => Promise<RegisterWorld>): void {
  let register: Register;
  beforeEach(async () => {
    ({ register } = await createWorld());
  });

  const state = async (shopId = 's1', runId = 'run-1', periodStartDate = OCTOBER, source = at(7)) =>
    (await register.load([{ runId, shopId, periodStartDate, source }]))[0]!;
  const numberOf = async (shopId: string, runId = 'run-1') => (await state(shopId, runId)).decision?.invoiceNumber;

  describe('load', () => {
    test('tells of a shop nobody decided about, and of no shop', async () => {
      expect(await state()).toEqual({
        ...{ sequence: 0, own: null, decision: null, settledByRunId: null, invoicesIssued: 0 },
        ...{ credits: [], cancelled: false },
      });
      expect(await register.load([])).toEqual([]);
    });

    test('answers each key in its place, for other runs, periods and shops too', async () => {
      await register.record([invoiced(), decided({ shopId: 's2', outcome: 'failed' })]);

      const keys = [
        { runId: 'run-1', shopId: 's2', periodStartDate: OCTOBER, source: at(7) },
        { runId: 'run-2', shopId: 's1', periodStartDate: OCTOBER, source: at(7) },
        { runId: 'run-2', shopId: 's1', periodStartDate: NOVEMBER, source: at(7) },
        { runId: 'run-1', shopId: 's1', periodStartDate: OCTOBER, source: at(7) },
        { runId: 'run-1', shopId: 's1', periodStartDate: OCTOBER, source: at(7) },
      ];
      const seen = (await register.load(keys)).map((shop) => [
        shop.sequence,
        shop.decision?.outcome ?? null,
        shop.settledByRunId,
        shop.invoicesIssued,
      ]);

      expect(seen).toEqual([
        [1, 'failed', null, 0],
        [1, null, 'run-1', 1],
        [1, null, null, 0],
        [1, 'invoiced', 'run-1', 1],
        [1, 'invoiced', 'run-1', 1],
      ]);
    });

    test('tells everything that was decided about a shop and period, and nothing else', async () => {
      await register.record([decided({ outcome: 'failed' }), decided({ shopId: 's2' })]);
      await register.record([decided({ expectedSequence: 1, runId: 'run-2', source: at(8) })]);
      await register.record([
        decided({ expectedSequence: 2, runId: 'run-3', source: at(9), periodStartDate: NOVEMBER }),
      ]);

      const rows = await register.decisionsOf({ shopId: 's1', periodStartDate: OCTOBER });

      expect(rows.map((row) => [row.shopSequence, row.runId, row.outcome, row.records.length])).toEqual([
        [1, 'run-1', 'failed', 1],
        [2, 'run-2', 'zero', 1],
      ]);
      expect(await register.decisionsOf({ shopId: 'nobody', periodStartDate: OCTOBER })).toEqual([]);
    });

    test('gives a decision back exactly', async () => {
      const records: OutRecord[] = [
        record({ headers: {} }),
        record({ key: null, value: null, headers: { ünï: 'ç\u0000ø', empty: '', '': 'nameless' } }),
        record({ topic: 'shop-requests.retry-1', partition: 0, value: Buffer.alloc(0) }),
        record({ topic: 'shop-requests.dlq', partition: 300, key: '', value: Buffer.alloc(70_000, 200) }),
        record(),
      ];
      const pins = [
        { topic: 'usage', partition: 0, offset: 9_007_199_254_740_993n },
        { topic: 'shops', partition: 5, offset: 0n },
      ];

      const [published] = await register.record([invoiced({ records, pins })]);

      const all = [...records, numberedRecord('s1', 'INV-2026-000001')];
      expect(published).toEqual(all);
      expect((await state()).decision).toEqual({
        runId: 'run-1',
        shopId: 's1',
        shopSequence: 1,
        kind: 'bill',
        periodStartDate: OCTOBER,
        outcome: 'invoiced',
        source: at(7),
        pins,
        decidedAt: 1_790_000_000_000,
        billId: 'bill-run-1-s1',
        invoiceId: 'invoice-s1',
        invoiceNumber: 'INV-2026-000001',
        creditNoteId: null,
        issuedNumber: 'INV-2026-000001',
        currency: 'USD',
        totalMinor: 9_000n,
        records: all,
      });
    });
  });

  describe('record', () => {
    test('moves the head of each shop by one', async () => {
      await register.record([decided(), decided({ shopId: 's2' })]);
      await register.record([decided({ runId: 'run-2', periodStartDate: NOVEMBER, expectedSequence: 1 })]);

      expect((await state()).sequence).toBe(2);
      expect((await state('s2')).sequence).toBe(1);
      expect((await state('s1', 'run-2', NOVEMBER)).decision?.shopSequence).toBe(2);
    });

    test('numbers follow the order of the decisions, not of the shops, without gaps', async () => {
      await register.record([
        invoiced({ shopId: 'c' }),
        decided({ shopId: 'b' }),
        invoiced({ shopId: 'a' }),
        invoiced({ shopId: 'x' }, 'INV-2027'),
        invoiced({ shopId: 'd' }),
      ]);
      await register.record([invoiced({ shopId: 'e' })]);

      expect(await Promise.all(['c', 'a', 'd', 'e', 'x', 'b'].map((shopId) => numberOf(shopId)))).toEqual([
        'INV-2026-000001',
        'INV-2026-000002',
        'INV-2026-000003',
        'INV-2026-000004',
        'INV-2027-000001',
        null,
      ]);
    });

    test('leaves a shop whose head moved alone, takes no number for it, and records the others', async () => {
      await register.record([decided({ shopId: 'moved' })]);
      const before = await state('moved', 'run-2', NOVEMBER);

      const results = await register.record([
        invoiced({ shopId: 'a' }),
        invoiced({ shopId: 'moved', runId: 'run-2', periodStartDate: NOVEMBER }),
        invoiced({ shopId: 'ahead', expectedSequence: 1 }),
        invoiced({ shopId: 'z' }),
      ]);

      expect(results.map((result) => result !== null)).toEqual([true, false, false, true]);
      expect(await state('moved', 'run-2', NOVEMBER)).toEqual(before);
      expect(await state('ahead')).toMatchObject({ sequence: 0, decision: null });
      expect([await numberOf('a'), await numberOf('z')]).toEqual(['INV-2026-000001', 'INV-2026-000002']);
    });

    test('settles a period once, whatever run comes', async () => {
      await register.record([decided({ outcome: 'held' })]);

      const again = await register.record([invoiced({ runId: 'run-2', expectedSequence: 1 })]);

      expect(again).toEqual([null]);
      expect(await state('s1', 'run-2')).toMatchObject({ sequence: 1, decision: null, settledByRunId: 'run-1' });
      expect(await register.record([invoiced({ shopId: 's2' })])).not.toContain(null);
      expect(await numberOf('s2')).toBe('INV-2026-000001');
    });

    test.each<Outcome>(['skipped', 'failed'])(
      '%s can be said of a settled period, and settles nothing',
      async (outcome) => {
        await register.record([decided()]);
        const [skipped] = await register.record([decided({ runId: 'run-2', expectedSequence: 1, outcome })]);
        expect(skipped).not.toBeNull();
        expect((await state('s1', 'run-2')).settledByRunId).toBe('run-1');

        await register.record([decided({ shopId: 's2', outcome })]);
        expect((await state('s2')).settledByRunId).toBeNull();
      },
    );

    test('a failure is replaced by what comes later; nothing else is', async () => {
      await register.record([decided({ outcome: 'failed' })]);
      await register.record([decided({ outcome: 'failed', expectedSequence: 1 })]);
      const [published] = await register.record([invoiced({ expectedSequence: 2 })]);
      expect(published).toHaveLength(2);
      expect((await state()).decision).toMatchObject({ outcome: 'invoiced', shopSequence: 3, records: published });

      const later = await register.record([decided({ outcome: 'failed', expectedSequence: 3 })]);

      expect(later).toEqual([null]);
      expect(await state()).toMatchObject({ sequence: 3, decision: { outcome: 'invoiced' }, invoicesIssued: 1 });
    });

    test('a skipped shop is not decided again in its run', async () => {
      await register.record([decided({ outcome: 'skipped' })]);
      expect(await register.record([invoiced({ expectedSequence: 1 })])).toEqual([null]);
      expect(await register.record([invoiced({ runId: 'run-2', expectedSequence: 1 })])).not.toContain(null);
    });

    test('when finishing an invoice fails, nothing has happened and no number is lost', async () => {
      const broken = decided({
        shopId: 's2',
        outcome: 'invoiced',
        numbered: {
          series: 'INV-2026',
          finish: () => {
            throw new Error('cannot be encoded');
          },
        },
      });
      await expect(register.record([invoiced(), broken])).rejects.toThrow('cannot be encoded');
      expect(await state()).toMatchObject({ sequence: 0, decision: null });

      await register.record([invoiced({ shopId: 's3' })]);
      expect(await numberOf('s3')).toBe('INV-2026-000001');
    });

    test('refuses a shop twice in one call, and takes an empty call', async () => {
      await expect(register.record([decided(), decided({ runId: 'run-2' })])).rejects.toMatchObject({
        code: 'INTERNAL',
      });
      expect(await register.record([])).toEqual([]);
    });

    test.each([
      ['new shops', 0],
      ['known shops', 1],
    ])('of concurrent calls over the same %s exactly one wins each, and numbers have no gaps', async (_, heads) => {
      const shops = Array.from({ length: 40 }, (_, i) => `shop-${i}`);
      if (heads === 1) await register.record(shops.map((shopId) => decided({ shopId, periodStartDate: '2026-09-01' })));
      const calls = [0, 1, 2, 3].map((call) => {
        const ours = call % 2 === 0 ? shops : shops.toReversed();
        return ours.map((shopId) => invoiced({ shopId, runId: `october-${call}`, expectedSequence: heads }));
      });

      const results = await Promise.all(calls.map((call) => register.record(call)));

      const winners = shops.map((shopId) =>
        calls.flatMap((call, c) => {
          const place = call.findIndex((decision) => decision.shopId === shopId);
          return results[c]![place] === null ? [] : [`october-${c}`];
        }),
      );
      expect(winners.map((runs) => runs.length)).toEqual(shops.map(() => 1));
      const numbers = await Promise.all(shops.map((shopId, i) => numberOf(shopId, winners[i]![0])));
      expect(numbers.toSorted()).toEqual(shops.map((_, i) => `INV-2026-${String(i + 1).padStart(6, '0')}`));
    });
  });

  describe('billsOfPeriod', () => {
    test('lists what runs decided in a period by shop and sequence, page by page, corrections left out', async () => {
      for (const shopId of ['s2', 's10', 'é', '\u{1F600}']) {
        await register.record([decided({ shopId, periodStartDate: NOVEMBER, runId: 'run-0' })]);
        await register.record([invoiced({ shopId, expectedSequence: 1, source: at(8) })]);
        await register.record([decided({ shopId, runId: 'run-2', expectedSequence: 2, outcome: 'skipped' })]);
      }
      await register.record([command('void', { shopId: 's2', expectedSequence: 3, source: at(9) })]);

      const pages: string[][] = [];
      for (let after: { shopId: string; shopSequence: number } | null = null; ;) {
        const page = await register.billsOfPeriod({ periodStartDate: OCTOBER, after, limit: 3 });
        if (page.length === 0) break;
        pages.push(page.map(({ shopId, shopSequence, outcome }) => `${shopId} ${shopSequence} ${outcome}`));
        after = page.at(-1)!;
      }

      expect(pages.map(({ length }) => length)).toEqual([3, 3, 2]);
      expect(pages.flat()).toEqual(
        ['s10', 's2', 'é', '\u{1F600}'].flatMap((shopId) => [`${shopId} 2 invoiced`, `${shopId} 3 skipped`]),
      );
    });
  });

  registerCommandsContract(createWorld);
  registerCreditsContract(createWorld);
  registerFoldContract(createWorld);
  registerHistoryContract(createWorld);
  registerControlContract(createWorld);
}
