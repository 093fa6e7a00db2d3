/** What every projection store and its read models promise. Run on memory and on Postgres. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Ledger } from '../../src/adapters/ledger.ts';
import type { OutRecord } from '../../src/adapters/log.ts';
import type { ProjectionStore } from '../../src/adapters/projection-store.ts';
import type { DeadLetterFilter, InvoiceView, Page, ReadModels, RunView } from '../../src/adapters/read-models.ts';
import type { ShopEvent } from '../../src/domain/events.ts';
import type { TopicName } from '../../src/topics.ts';
import {
  calculated,
  creditNote,
  failed,
  invoiced,
  NOVEMBER_1,
  OCTOBER,
  rejected,
  released,
  runCancelled,
  runCompleted,
  runStarted,
  skipped,
  voided,
} from '../projections/shop-events.ts';
import { completionsIn, createWrittenLog, projectorAt, type WrittenLog } from './projector-at-log.ts';

export interface ReadModelsUnderTest {
  readonly store: ProjectionStore;
  readonly readModels: ReadModels;
  readonly ledger: Ledger;
}

const bill = (shopId: string, sequence = 1, attributedMinor = 300_000n): ShopEvent[] => [
  calculated('invoiced', { shopId, sequence }, { attributedMinor }),
  invoiced({ shopId, sequence }, { attributedMinor }),
];

/** @param createEmpty everything empty, for each test anew */
export function readModelsContract(createEmpty: () => Promise<ReadModelsUnderTest>): void {
  let store: ProjectionStore;
  let readModels: ReadModels;
  let log: WrittenLog;
  let projector: ReturnType<typeof projectorAt>;
  beforeEach(async () => {
    ({ store, readModels } = await createEmpty());
    log = createWrittenLog();
    projector = projectorAt(log, store);
  });

  const run = async (runId = 'run-1'): Promise<RunView> => (await readModels.findRun(runId))!;
  const results = async (outcome: string | null = null) =>
    (await readModels.listShopResults({ runId: 'run-1', outcome, cursor: null, limit: 1_000 })).items;
  const eventIds = (records: readonly OutRecord[]) => records.map(({ headers }) => headers['ce_id']);

  describe('a run', () => {
    test('is running, with what its shops came to so far', async () => {
      log.writeRuns(runStarted({ expectedShops: 4 }));
      log.writeShops(0, ...bill('s1'), skipped({ shopId: 's2' }));
      log.writeShops(1, calculated('zero', { shopId: 's3' }, { attributedMinor: 50n, currency: 'JPY' }));

      expect(await projector.settle()).toEqual([]);

      const { period, dryRun, trigger, startedAt, unbillableShopsWithUsage } = runStarted().data;
      expect(await run()).toEqual({
        ...{ runId: 'run-1', status: 'running', expectedShops: 4, completedAt: null, revision: 0 },
        ...{ period, dryRun, trigger, startedAt, unbillableShopsWithUsage },
        outcomes: { invoiced: 1, skipped: 1, zero: 1 },
        totals: [
          { currency: 'JPY', currencyExponent: 0, revenueMinor: 50n, feesMinor: 0n },
          { currency: 'USD', currencyExponent: 2, revenueMinor: 300_000n, feesMinor: 9_000n },
        ],
      });
    });

    test('is not there before it has started, and then knows the shops that came before', async () => {
      log.writeShops(0, ...bill('s1'));
      await projector.settle();
      expect(await readModels.findRun('run-1')).toBeNull();
      expect((await readModels.listRuns({ cursor: null, limit: 9 })).items).toEqual([]);

      log.writeRuns(runStarted());
      await projector.settle();

      expect(await run()).toMatchObject({ status: 'running', outcomes: { invoiced: 1 } });
    });

    test('cancelled stays cancelled when its outcomes add up', async () => {
      log.writeRuns(runStarted({ expectedShops: 1 }), runCancelled());
      log.writeShops(0, skipped());

      await projector.settle();

      expect(await run()).toMatchObject({ status: 'cancelled', revision: 1, outcomes: { skipped: 1 } });
    });

    test('takes only a higher revision', async () => {
      const twice = { status: 'completed_with_failures', revision: 2, completedAt: NOVEMBER_1 + 2 } as const;
      log.writeRuns(runStarted(), runCompleted(twice), runCompleted({ revision: 1, completedAt: NOVEMBER_1 + 1 }));

      await projector.settle();

      expect(await run()).toMatchObject(twice);
    });
  });

  describe('completion', () => {
    test('comes when the outcomes add up to the shops expected, once', async () => {
      log.writeRuns(runStarted({ expectedShops: 2 }));
      log.writeShops(0, calculated('invoiced', { shopId: 's1' }), failed({ shopId: 's2' }));
      expect(await projector.settle()).toEqual([]);

      log.writeShops(0, invoiced({ shopId: 's1' }));
      const completions = await projector.settle();

      expect(completions).toEqual([
        {
          ...{ runId: 'run-1', revision: 1, status: 'completed_with_failures', dryRun: false, expectedShops: 2 },
          outcomes: { failed: 1, invoiced: 1 },
          totals: [{ currency: 'USD', currencyExponent: 2, revenueMinor: 300_000n, feesMinor: 9_000n }],
          completedAt: NOVEMBER_1 + 60_000,
        },
      ]);
      expect(await run()).toMatchObject({ status: 'completed_with_failures', revision: 1 });
      log.writeShops(0, failed({ shopId: 's2' }), invoiced({ shopId: 's1' }));
      expect(await projector.settle()).toEqual([]);
    });

    test('of a run without shops comes with its start', async () => {
      log.writeRuns(runStarted({ expectedShops: 0 }));

      expect(await projector.settle()).toMatchObject([{ revision: 1, status: 'completed', outcomes: {}, totals: [] }]);
      expect(await run()).toMatchObject({ status: 'completed' });
    });

    test('comes with the start when all shops were seen before', async () => {
      log.writeShops(0, ...bill('s1'), ...bill('s2'));
      expect(await projector.settle()).toEqual([]);
      log.writeRuns(runStarted({ expectedShops: 2 }));

      expect(await projector.settle()).toMatchObject([{ revision: 1, outcomes: { invoiced: 2 } }]);
    });

    test('of a dry run comes from its own topic', async () => {
      const place = { dryRun: true, sequence: 0 };
      log.writeRuns(runStarted({ expectedShops: 1, dryRun: true }));
      log.writeShops(0, calculated('calculated', place), calculated('calculated', place));

      expect(await projector.settle()).toMatchObject([{ dryRun: true, outcomes: { calculated: 1 } }]);
    });

    test('is revised when a failed shop is redriven', async () => {
      log.writeRuns(runStarted({ expectedShops: 2 }));
      log.writeShops(0, ...bill('s1'), failed({ shopId: 's2' }));
      expect(await projector.settle()).toMatchObject([{ revision: 1, status: 'completed_with_failures' }]);

      log.writeShops(1, calculated('invoiced', { shopId: 's2', sequence: 2 }));
      expect(await projector.settle()).toEqual([]);
      expect(await run()).toMatchObject({ status: 'completed_with_failures', outcomes: { invoiced: 1 } });
      log.writeShops(1, invoiced({ shopId: 's2', sequence: 2 }));

      expect(await projector.settle()).toMatchObject([{ revision: 2, status: 'completed', outcomes: { invoiced: 2 } }]);
      expect(await run()).toMatchObject({ status: 'completed', revision: 2 });
    });

    test('is revised when held bills are decided, also before the last shop', async () => {
      log.writeRuns(runStarted({ expectedShops: 3 }));
      const [s1, s2] = [{ shopId: 's1' }, { shopId: 's2' }];
      log.writeShops(0, calculated('held', s1), calculated('held', s2), released({ ...s1, sequence: 2 }));
      log.writeShops(0, invoiced({ ...s1, sequence: 2 }));
      await projector.settle();
      expect((await run()).outcomes).toEqual({ held: 1, invoiced: 1 });
      log.writeShops(1, ...bill('s3'));
      expect(await projector.settle()).toMatchObject([{ revision: 1, outcomes: { held: 1, invoiced: 2 } }]);

      log.writeShops(0, rejected({ ...s2, sequence: 2 }), voided({ ...s1, sequence: 3 }));

      expect(await projector.settle()).toMatchObject([
        {
          revision: 2,
          outcomes: { invoiced: 1, rejected: 1, voided: 1 },
          totals: [{ currency: 'USD', revenueMinor: 300_000n, feesMinor: 9_000n }],
        },
      ]);
    });

    test('is revised when a bill brings its revenue after its invoice', async () => {
      log.writeRuns(runStarted({ expectedShops: 1 }));
      log.writeShops(0, invoiced());
      expect(await projector.settle()).toMatchObject([{ totals: [{ revenueMinor: 0n, feesMinor: 9_000n }] }]);
      log.writeShops(0, calculated('invoiced'));

      expect(await projector.settle()).toMatchObject([{ revision: 2, totals: [{ revenueMinor: 300_000n }] }]);
    });

    test.each(Array.from({ length: 10 }, (_, index) => index))(
      'comes once when two partitions finish a run at the same time (%i)',
      async () => {
        log.writeRuns(runStarted({ expectedShops: 4 }));
        await projector.settle();
        log.writeShops(0, ...bill('s1'), ...bill('s2'));
        log.writeShops(1, ...bill('s3'), ...bill('s4'));

        const published = await Promise.all([
          projectorAt(log, store).project({ topic: 'events', partition: 0 }),
          projectorAt(log, store).project({ topic: 'events', partition: 1 }),
        ]);

        expect(await completionsIn(published.flat())).toMatchObject([{ revision: 1, outcomes: { invoiced: 4 } }]);
      },
    );

    test.each(Array.from({ length: 10 }, (_, index) => index))(
      'comes once when the start and the last shop come at the same time (%i)',
      async () => {
        log.writeRuns(runStarted({ expectedShops: 1 }));
        log.writeShops(0, ...bill('s1'));

        const published = await Promise.all([
          projectorAt(log, store).project({ topic: 'run-events' }),
          projectorAt(log, store).project({ topic: 'events' }),
        ]);

        expect(await completionsIn(published.flat())).toMatchObject([{ revision: 1, outcomes: { invoiced: 1 } }]);
      },
    );
  });

  describe('a completion that was stored but perhaps not published', () => {
    beforeEach(async () => {
      log.writeRuns(runStarted({ expectedShops: 1 }));
      await projector.settle();
      log.writeShops(0, ...bill('s1'));
    });

    test('is published again, unchanged, when its batch is met again', async () => {
      const lost = await projector.project({ topic: 'events' });
      const later = { now: () => NOVEMBER_1 + 999_999, sleep: async () => {} };
      const next = projectorAt(log, store, { clock: later });
      expect(await next.startAt('events', 0)).toBe(1n);

      const again = await next.project({ topic: 'events', from: 0n, publishedBelow: 0n });

      expect(lost).toHaveLength(1);
      expect(again).toEqual(lost);
    });

    test('also by the same process, and in smaller batches', async () => {
      const lost = await projector.project({ topic: 'events' });

      expect(await projector.project({ topic: 'events', from: 0n, to: 1n, publishedBelow: 0n })).toEqual([]);
      expect(await projector.project({ topic: 'events', from: 1n, to: 2n, publishedBelow: 1n })).toEqual(lost);
    });

    test('is not published again below what is known to be published', async () => {
      await projector.project({ topic: 'events' });

      expect(await projectorAt(log, store).project({ topic: 'events', from: 0n, publishedBelow: 2n })).toEqual([]);
    });

    test('is not published again once it was seen on the log', async () => {
      const published = await projector.project({ topic: 'events' });
      log.write('run-events', 0, ...published);
      await projector.project({ topic: 'run-events' });

      expect(await projectorAt(log, store).project({ topic: 'events', from: 0n, publishedBelow: 0n })).toEqual([]);
      expect(await projector.startAt('events', 0)).toBe(2n);
    });

    test('has an id of its run and revision alone', async () => {
      const [id] = eventIds(await projector.project({ topic: 'events' }));

      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/);
      log.writeShops(0, voided({ sequence: 2 }));
      expect(eventIds(await projector.project({ topic: 'events' }))).not.toEqual([id]);
    });
  });

  describe('the checkpoint', () => {
    const step = { topic: 'events', partition: 0, from: 0n, to: 5n, newestAt: NOVEMBER_1 } as const;

    test('must stand where a step begins', async () => {
      expect(await projector.startAt('events', 0)).toBe(0n);
      expect(await store.advance(step, async () => 'done')).toEqual({ moved: true, value: 'done' });
      expect(await store.advance(step, async () => 'again')).toEqual({ moved: false });
      expect(await store.advance({ ...step, from: 4n }, async () => 'between')).toEqual({ moved: false });
      expect(await store.advance({ ...step, partition: 1, from: 5n }, async () => 'elsewhere')).toEqual({
        moved: false,
      });

      expect(await store.checkpoints()).toEqual([{ topic: 'events', partition: 0, offset: 5n }]);
    });

    test('does not move, nor does anything else, when a step fails', async () => {
      const work = store.advance(step, async (transaction) => {
        await transaction.loadShopResults([{ runId: 'run-1', shopId: 's1' }]);
        await transaction.addOutcomes([
          {
            ...{ runId: 'run-1', outcome: 'skipped', shops: 1 },
            ...{ currency: null, currencyExponent: null, revenueMinor: 0n, feesMinor: 0n },
          },
        ]);
        await transaction.voidInvoices(['invoice-run-1-s1']);
        throw new Error('out of luck');
      });

      await expect(work).rejects.toThrow('out of luck');
      expect(await store.checkpoint('events', 0)).toBe(0n);
      log.writeRuns(runStarted());
      await projector.settle();
      expect((await run()).outcomes).toEqual({});
    });

    test('makes two projectors of one partition count everything once', async () => {
      log.writeRuns(runStarted({ expectedShops: 3 }));
      await projector.settle();
      log.writeShops(0, ...bill('s1'), ...bill('s2'), ...bill('s3'));
      const other = projectorAt(log, store);

      const published = await Promise.all([
        projector.project({ topic: 'events', from: 0n, to: 4n }),
        other.project({ topic: 'events', from: 0n, to: 3n }),
      ]);
      published.push(await other.project({ topic: 'events', from: 3n, to: 6n }));

      expect((await run()).outcomes).toEqual({ invoiced: 3 });
      expect(await completionsIn(published.flat())).toMatchObject([{ revision: 1 }]);
    });

    test('has what lies before a batch folded first', async () => {
      log.writeRuns(runStarted({ expectedShops: 9 }));
      log.writeShops(0, ...bill('s1'), ...bill('s2'), ...bill('s3'), ...bill('s4'), ...bill('s5'));
      await projector.settle();
      log.writeShops(0, ...bill('s6'));

      await projectorAt(log, store).project({ topic: 'events', from: 11n, to: 12n });

      expect((await run()).outcomes).toEqual({ invoiced: 6 });
    });
  });

  describe('shop results', () => {
    test('are paged by shop id, and stay so while shops are added', async () => {
      log.writeShops(0, ...bill('s1'), skipped({ shopId: 's3' }), ...bill('s5'), failed({ shopId: 's7' }));
      await projector.settle();
      const query = { runId: 'run-1', outcome: null, limit: 2 };
      const first = await readModels.listShopResults({ ...query, cursor: null });
      log.writeShops(0, ...bill('s2'), ...bill('s6'));
      await projector.settle();

      const second = await readModels.listShopResults({ ...query, cursor: first.nextCursor });
      const third = await readModels.listShopResults({ ...query, cursor: second.nextCursor });

      const ids = [first, second, third].map(({ items }) => items.map(({ shopId }) => shopId));
      expect(ids).toEqual([['s1', 's3'], ['s5', 's6'], ['s7']]);
      expect(third.nextCursor).toBeNull();
    });

    test('are found by outcome, each with its amounts and reason', async () => {
      log.writeShops(0, ...bill('s1'), skipped({ shopId: 's3' }), failed({ shopId: 's7' }));
      await projector.settle();

      expect(await results('failed')).toMatchObject([{ shopId: 's7', reason: 'FX_RATE_MISSING', feeMinor: null }]);
      expect(await results('skipped')).toMatchObject([{ shopId: 's3', reason: 'no_plan', shopDomain: 's3.example' }]);
      expect(await results('invoiced')).toMatchObject([
        { shopId: 's1', attributedMinor: 300_000n, refundedMinor: 500n, feeMinor: 9_000n, currencyExponent: 2 },
      ]);
      expect(
        (await readModels.listShopResults({ runId: 'other', outcome: null, cursor: null, limit: 9 })).items,
      ).toEqual([]);
    });

    test('refuse a cursor they did not give out', async () => {
      for (const cursor of [
        '',
        'x',
        Buffer.from('["a","b"]').toString('base64url'),
        Buffer.from('[1]').toString('base64url'),
      ]) {
        const listed = readModels.listShopResults({ runId: 'run-1', outcome: null, cursor, limit: 2 });
        await expect(listed).rejects.toMatchObject({ code: 'USAGE' });
      }
      const text = Buffer.from('["1e9","run-1"]').toString('base64url');
      await expect(readModels.listRuns({ cursor: text, limit: 2 })).rejects.toMatchObject({ code: 'USAGE' });
    });
  });

  describe('invoices', () => {
    type Query = Parameters<ReadModels['listInvoices']>[0];
    const all: Query = { periodStartDate: null, shopId: null, runId: null, cursor: null, limit: 100 };
    const numbersOn = ({ items }: Page<InvoiceView>) => items.map(({ invoiceNumber }) => invoiceNumber);
    const numbers = async (query: Partial<Query>) => numbersOn(await readModels.listInvoices({ ...all, ...query }));

    test('carry their lines and all amounts', async () => {
      log.writeShops(0, ...bill('s1'));
      await projector.settle();

      const { data } = invoiced();
      const invoice = (await readModels.findInvoice('INV-2026-000001'))!;
      const { creditNotes, ...issued } = invoice;
      expect(data).toMatchObject(issued);
      expect(creditNotes).toEqual([]);
      expect(invoice).toMatchObject({ period: OCTOBER, lines: data.lines, status: 'pending', totalMinor: 9_000n });
      expect(await readModels.findInvoice('INV-2026-000002')).toBeNull();
    });

    test('come by series, then as numbers count', async () => {
      const counts = [1_000_000, 2, 999_999, 10];
      log.writeShops(0, ...counts.map((number) => invoiced({ shopId: `s${number}` }, { number })));
      await projector.settle();

      const ordered = ['INV-2026-000002', 'INV-2026-000010', 'INV-2026-999999', 'INV-2026-1000000'];
      expect(await numbers({})).toEqual(ordered);
      const first = await readModels.listInvoices({ ...all, limit: 3 });
      const second = await readModels.listInvoices({ ...all, limit: 3, cursor: first.nextCursor });
      expect([numbersOn(first), numbersOn(second)]).toEqual([ordered.slice(0, 3), ordered.slice(3)]);
      expect(second.nextCursor).toBeNull();
    });

    test('are found by period, shop and run, together as well', async () => {
      const second = invoiced({ shopId: 's2', runId: 'run-2' });
      log.writeShops(0, invoiced(), second, invoiced({ shopId: 's3', runId: 'run-2' }));
      await projector.settle();

      expect(await numbers({ shopId: 's2' })).toEqual(['INV-2026-000002']);
      expect(await numbers({ runId: 'run-2' })).toEqual(['INV-2026-000002', 'INV-2026-000003']);
      expect(await numbers({ runId: 'run-2', shopId: 's1' })).toEqual([]);
      expect(await numbers({ periodStartDate: '2026-10-01', runId: 'run-2', shopId: 's3' })).toEqual([
        'INV-2026-000003',
      ]);
      expect(await numbers({ periodStartDate: '2026-09-01' })).toEqual([]);
    });

    test.each([
      ['after', [invoiced(), voided({ sequence: 2 })]],
      ['before', [voided({ sequence: 2 }), invoiced()]],
    ])('are voided when the voiding is seen %s the invoice', async (_, events) => {
      for (const event of events) {
        log.writeShops(0, event);
        await projector.settle();
      }

      expect(await readModels.findInvoice('INV-2026-000001')).toMatchObject({ status: 'voided', totalMinor: 9_000n });
      expect(await results()).toMatchObject([{ outcome: 'voided', invoiceNumber: 'INV-2026-000001' }]);
    });
  });

  test('credit notes stand beside their invoice, also when they are seen first and more than once', async () => {
    const second = creditNote({ sequence: 3 }, { number: 2, amountMinor: 250n, issuedAt: NOVEMBER_1 + 5 });
    log.writeShops(0, second, creditNote({ sequence: 2 }));
    await projector.settle();
    expect(await readModels.findInvoice('INV-2026-000001')).toBeNull();
    log.writeShops(0, invoiced(), second, invoiced({ shopId: 's2' }));
    await projector.settle();

    const about = { reason: 'goodwill', actor: 'ops', requestId: null };
    const first = { creditNoteNumber: 'CN-2026-000001', amountMinor: 1_000n, issuedAt: NOVEMBER_1, ...about };
    expect(await readModels.findInvoice('INV-2026-000001')).toMatchObject({
      totalMinor: 9_000n,
      creditNotes: [first, { creditNoteNumber: 'CN-2026-000002', amountMinor: 250n }],
    });
    expect((await readModels.findInvoice('INV-2026-000002'))?.creditNotes).toEqual([]);
    expect((await results())[0]).toMatchObject({ shopId: 's1', outcome: 'invoiced' });
  });

  test('the result of one shop is found by run and shop', async () => {
    log.writeShops(0, ...bill('s1'), failed({ shopId: 's2' }));
    await projector.settle();

    expect(await readModels.findShopResult({ runId: 'run-1', shopId: 's2' })).toMatchObject({ outcome: 'failed' });
    expect(await readModels.findShopResult({ runId: 'run-1', shopId: 's3' })).toBeNull();
  });

  describe('dead letters', () => {
    const failure = {
      'failure-code': 'FX_RATE_MISSING',
      'failure-message': 'no quote',
      'failure-kind': 'transient',
      'failure-attempt': '4',
      'failure-last-at': '2026-11-01T03:00:00.000Z',
      'original-topic': 'shop-requests',
      'original-partition': '2',
      'original-offset': '17',
      'redrive-count': '2',
      ce_correlationid: 'run-1',
      ce_id: 'request-1',
    };
    const settled = (type: 'DeadLetterRedriven' | 'DeadLetterDiscarded', deadLetterId: string) => {
      const about = {
        deadLetterId,
        originalTopic: 'shop-requests',
        runId: 'run-1',
        failureCode: null,
        reason: 'r',
        actor: null,
      };
      return type === 'DeadLetterRedriven'
        ? { type, data: { ...about, redriveCount: 1, redrivenAt: NOVEMBER_1 } }
        : { type, data: { ...about, discardedAt: NOVEMBER_1 } };
    };
    const listed = async () => (await readModels.listDeadLetters({ cursor: null, limit: 9 })).items;
    const letter = (key = 's1', headers: Record<string, string> = {}) => ({
      ...{ key, value: Buffer.from([0xff]) },
      headers: { ...failure, ...headers },
    });
    const at = (topic: TopicName, offset: bigint) => ({ topic, partition: 0, offset });

    test('are listed as their headers tell, whatever their bytes are', async () => {
      log.write('shop-requests.dlq', 0, letter(), { key: null, value: null, headers: {} });
      await projector.settle();

      expect(await listed()).toEqual([
        {
          ...{ deadLetterId: 'shop-requests.dlq/0/0', key: 's1', runId: 'run-1' },
          ...{ originalTopic: 'shop-requests', originalPartition: 2, originalOffset: 17n },
          ...{ code: 'FX_RATE_MISSING', message: 'no quote', kind: 'transient', attempt: 4 },
          failedAt: Date.UTC(2026, 10, 1, 3),
          ...{ redriveCount: 2, eventId: 'request-1', settlement: null },
        },
        {
          ...{ deadLetterId: 'shop-requests.dlq/0/1', key: null, runId: null },
          ...{ originalTopic: 'shop-requests', originalPartition: null, originalOffset: null },
          ...{ code: 'INTERNAL', message: '', kind: 'permanent', attempt: 1 },
          failedAt: NOVEMBER_1 + 1,
          ...{ redriveCount: 0, eventId: null, settlement: null },
        },
      ]);
    });

    test('are taken off the list when redriven or discarded, also if that is seen first', async () => {
      log.writeRuns(
        settled('DeadLetterRedriven', 'shop-requests.dlq/0/1'),
        settled('DeadLetterDiscarded', 'no such place'),
      );
      await projector.settle();
      log.write('shop-requests.dlq', 0, letter('s1'), letter('s2'), letter('s3'));
      await projector.settle();
      log.writeRuns(settled('DeadLetterDiscarded', 'shop-requests.dlq/0/2'));
      await projector.settle();

      expect(await listed()).toMatchObject([{ key: 's1' }]);
    });

    test('are found with what was done about them first, and how far that was folded', async () => {
      log.write('shop-requests.dlq', 0, letter('s1'), letter('s2'), letter('s3'));
      log.writeRuns(
        settled('DeadLetterRedriven', 'shop-requests.dlq/0/0'),
        settled('DeadLetterDiscarded', 'shop-requests.dlq/0/0'),
        settled('DeadLetterDiscarded', 'shop-requests.dlq/0/2'),
      );
      await projector.settle();

      const { letters, foldedUpTo } = await readModels.findDeadLetters([
        at('shop-requests.dlq', 2n),
        at('shop-requests.dlq', 9n),
        at('shop-requests.dlq', 0n),
        at('shop-requests.dlq', 1n),
        at('usage.dlq', 0n),
      ]);

      const done = { reason: 'r', actor: null, settledAt: NOVEMBER_1 };
      expect(letters.map((one) => one?.settlement)).toEqual([
        { action: 'discarded', ...done },
        undefined,
        { action: 'redriven', ...done },
        null,
        undefined,
      ]);
      expect(foldedUpTo).toBe(3n);
      const listedAsSettled = await readModels.listDeadLetters({ where: { settled: true }, cursor: null, limit: 9 });
      expect(listedAsSettled.items.map(({ key }) => key)).toEqual(['s1', 's3']);
    });

    test('are not found in an empty house', async () => {
      expect(await readModels.findDeadLetters([at('usage.dlq', 0n)])).toEqual({ letters: [null], foldedUpTo: 0n });
      expect(await readModels.findDeadLetters([])).toEqual({ letters: [], foldedUpTo: 0n });
    });

    const noon = Date.parse('2026-11-01T12:00:00Z');
    test.each<[string, DeadLetterFilter, string[]]>([
      ['nothing', {}, ['s1', 's2', 's3', 'f1']],
      ['topic', { topic: 'usage.dlq' }, ['f1']],
      ['code', { code: 'PLAN_NOT_RATABLE' }, ['s2']],
      ['run', { runId: 'run-2' }, ['s3']],
      ['message', { eventId: 'request-3' }, ['s3']],
      ['age', { from: noon }, ['s2', 's3', 'f1']],
      ['age before', { before: noon }, ['s1']],
      ['all at once', { topic: 'shop-requests.dlq', code: 'FX_RATE_MISSING', from: noon }, ['s3']],
    ])('are narrowed down by %s', async (_, where, expected) => {
      const later = { 'failure-last-at': '2026-11-01T12:00:00.000Z' };
      log.write(
        'shop-requests.dlq',
        0,
        letter('s1'),
        letter('s2', { ...later, 'failure-code': 'PLAN_NOT_RATABLE' }),
        letter('s3', { ...later, ce_correlationid: 'run-2', ce_id: 'request-3' }),
      );
      log.write('usage.dlq', 0, letter('f1', { ...later, 'failure-code': 'FACT_CONFLICT' }));
      await projector.settle();

      const first = await readModels.listDeadLetters({ where, cursor: null, limit: 2 });
      const cursor = first.nextCursor;
      const rest = cursor === null ? [] : (await readModels.listDeadLetters({ where, cursor, limit: 9 })).items;

      expect([...first.items, ...rest].map(({ key }) => key)).toEqual(expected);
    });

    test('that one record left are found together, oldest first', async () => {
      const again = (hour: number, count: number) =>
        letter('s1', { 'failure-last-at': `2026-11-0${hour}T03:00:00.000Z`, 'redrive-count': `${count}` });
      log.write('shop-requests.dlq', 0, again(3, 1), letter('s2', { 'original-offset': '18' }), again(2, 0));
      await projector.settle();

      const history = await readModels.listDeadLettersOf({
        ...{ originalTopic: 'shop-requests', originalPartition: 2, originalOffset: 17n },
      });

      expect(history.map(({ deadLetterId }) => deadLetterId)).toEqual([
        'shop-requests.dlq/0/2',
        'shop-requests.dlq/0/0',
      ]);
    });

    test('are paged by their place', async () => {
      log.write('usage.dlq', 0, letter());
      log.write('shop-requests.dlq', 0, ...Array.from({ length: 11 }, (_, index) => letter(`s${index}`)));
      await projector.settle();

      const first = await readModels.listDeadLetters({ cursor: null, limit: 10 });
      const second = await readModels.listDeadLetters({ cursor: first.nextCursor, limit: 10 });

      expect(first.items.map(({ key }) => key)).toEqual(Array.from({ length: 10 }, (_, index) => `s${index}`));
      expect(second.items.map(({ deadLetterId }) => deadLetterId)).toEqual(['shop-requests.dlq/0/10', 'usage.dlq/0/0']);
      expect(second.nextCursor).toBeNull();
    });
  });

  describe('held bills', () => {
    test('are listed with why, until they are decided', async () => {
      log.writeShops(0, ...['s3', 's1', 's2'].map((shopId) => calculated('held', { shopId })));
      await projector.settle();
      const first = await readModels.listHeldBills({ cursor: null, limit: 2 });
      expect(first.items[0]).toEqual({
        ...{ runId: 'run-1', shopId: 's1', billId: 'bill-run-1-s1', shopDomain: 's1.example', period: OCTOBER },
        ...{ currency: 'USD', currencyExponent: 2, totalMinor: 9_000n },
        ...{ fraudLevel: 'high', fraudCodes: ['bot_traffic'], heldAt: NOVEMBER_1, decision: null },
      });
      const second = await readModels.listHeldBills({ cursor: first.nextCursor, limit: 2 });
      expect([first, second].map(({ items }) => items.map(({ shopId }) => shopId))).toEqual([['s1', 's2'], ['s3']]);

      log.writeShops(0, rejected({ shopId: 's1', sequence: 2 }), released({ shopId: 's2', sequence: 2 }));
      log.writeShops(0, invoiced({ shopId: 's2', sequence: 2 }));
      await projector.settle();

      expect((await readModels.listHeldBills({ cursor: null, limit: 9 })).items).toMatchObject([{ shopId: 's3' }]);
      expect((await readModels.status(NOVEMBER_1)).heldBills).toBe(1);
    });

    test('are found with how they were decided, also when hold and decision came at once', async () => {
      log.writeShops(0, calculated('held'), released({ sequence: 2 }), invoiced({ sequence: 2 }));
      log.writeShops(0, calculated('held', { shopId: 's2' }), rejected({ shopId: 's2', sequence: 2 }));
      await projector.settle();

      const decisions = await Promise.all(
        ['bill-run-1-s1', 'bill-run-1-s2'].map(async (id) => (await readModels.findHeldBill(id))?.decision?.action),
      );
      expect(decisions).toEqual(['released', 'rejected']);
      expect(await readModels.findHeldBill('bill-run-1-s3')).toBeNull();
    });

    test('do not appear when the decision is seen before the bill', async () => {
      log.writeShops(0, rejected({ sequence: 2 }));
      await projector.settle();
      log.writeShops(0, calculated('held'));
      await projector.settle();

      expect((await readModels.listHeldBills({ cursor: null, limit: 9 })).items).toEqual([]);
    });
  });

  test('runs come newest first, page by page', async () => {
    const started = [3, 1, 2, 2].map((hour, index) =>
      runStarted({ runId: `run-${index}`, startedAt: NOVEMBER_1 + hour }),
    );
    log.writeRuns(...started);
    await projector.settle();

    const first = await readModels.listRuns({ cursor: null, limit: 2 });
    const second = await readModels.listRuns({ cursor: first.nextCursor, limit: 2 });

    const ids = [first, second].map(({ items }) => items.map(({ runId }) => runId));
    expect(ids).toEqual([
      ['run-0', 'run-3'],
      ['run-2', 'run-1'],
    ]);
    expect(second.nextCursor).toBeNull();
  });

  test('a record that is no message of ours holds up nothing', async () => {
    log.write('events', 0, { key: 's1', value: Buffer.from('what is this'), headers: {} });
    log.writeShops(0, ...bill('s1'));

    await projector.settle();

    expect(await results()).toMatchObject([{ shopId: 's1', outcome: 'invoiced' }]);
  });
}
