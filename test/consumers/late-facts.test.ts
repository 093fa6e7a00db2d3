/** Facts that came late, from the log to the next bills: month after month through the biller. */
import { beforeEach, expect, test } from 'vitest';
import type { Ledger } from '../../src/adapters/ledger.ts';
import type { BillShopDependencies } from '../../src/consumers/bill-shop.ts';
import type { ShopBillCalculated, ShopBillDiverged, ShopEvent } from '../../src/domain/events.ts';
import { plan, purchase, refund, shop } from '../support/facts.ts';
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts';
import { givenBiller, typesOf } from './given-biller.ts';

let world: MemoryWorld;
let biller: ReturnType<typeof givenBiller>;
let offset: bigint;

beforeEach(async () => {
  world = createMemoryWorld();
  biller = givenBiller(world);
  offset = 0n;
  await world.tell(shop('a', { occurredAt: '2024-01-01T00:00:00Z' }), plan('a', { effectiveFrom: '2024-01-01' }));
});

const on = (month: string) => ({ occurredAt: `${month}-15T12:00:00Z` });
const place = (at: number) => ({ topic: 'usage', partition: 0, offset: BigInt(at) });

/** Bills the shop for a month, with the facts as they are now. */
async function events(
  month: string,
  {
    dryRun = false,
    dependencies = undefined as BillShopDependencies | undefined,
    runId = `run-${month}-${offset}`,
  } = {},
): Promise<ShopEvent[]> {
  world.clock.set(Math.max(world.clock.now(), Date.parse(`${month}-28T00:00:00Z`) + 5 * 86_400_000));
  await biller.planned(runId, { month, dryRun, shopIds: ['a'] });
  const published = await biller.publishedBy([biller.request(runId, 'a')], { from: offset++ }, dependencies);
  if (!dryRun) return biller.eventsOf(published);
  return biller.eventsOf(published.map((record) => ({ ...record, topic: 'events' })));
}

async function bill(...asked: Parameters<typeof events>): Promise<ShopBillCalculated> {
  const found = (await events(...asked)).find(({ type }) => type === 'ShopBillCalculated');
  if (found?.type !== 'ShopBillCalculated') throw new Error('no bill');
  return found.data;
}

const amounts = ({ adjustments }: ShopBillCalculated) =>
  adjustments.map(({ periodStartDate, amountMinor }) => [periodStartDate, amountMinor]);

async function voidInvoice({ billId }: ShopBillCalculated): Promise<void> {
  const source = { topic: 'shop-requests', partition: 0, offset: 9_999n };
  const [state] = await world.register.loadBills([{ shopId: 'a', billId, source }]);
  const { invoiceId, invoiceNumber } = state!.decision!;
  const invoice = { invoiceId: invoiceId!, invoiceNumber: invoiceNumber! };
  const request = biller.command('InvoiceVoidRequested', 'a', invoice, `void-${offset}`);
  expect(typesOf(await biller.publishedBy([request], { from: offset++ }))).toEqual(['a InvoiceVoided']);
}

test('a late purchase is a line of the next bill, named by its place, before discount and tax', async () => {
  await world.tell(
    purchase('a', 'o1', '100.00', on('2026-07')),
    plan('a', { taxRate: '0.5', effectiveFrom: '2026-08-01' }),
  );
  expect(await bill('2026-07')).toMatchObject({ adjustments: [], totalMinor: 3_00n });
  await world.tell(purchase('a', 'late', '200.00', on('2026-07')), purchase('a', 'o2', '50.00', on('2026-08')));

  const august = await bill('2026-08');

  expect(august).toMatchObject({
    adjustments: [{ periodStartDate: '2026-07-01', amountMinor: 6_00n, facts: [place(1)] }],
    subtotalMinor: 7_50n,
    totalMinor: 11_25n,
    unadjustedFacts: [],
  });
  expect(august.lines.at(-1)).toEqual({
    ...{ kind: 'adjustment', description: 'Adjustment for 2026-07', segment: null, channel: null, quantity: null },
    amountMinor: 6_00n,
  });
  expect(amounts(await bill('2026-09'))).toEqual([]);
});

test('a refund of an old order, and an order for an early refund, adjust the month of the refund', async () => {
  await world.tell(purchase('a', 'o1', '100.00', on('2026-06')), refund('a', 'early', 'o2', '10.00', on('2026-07')));
  await bill('2026-06');
  await bill('2026-07');
  await world.tell(refund('a', 'late', 'o1', '40.00', on('2026-07')), purchase('a', 'o2', '10.00', on('2026-05')));

  const august = await bill('2026-08');

  // 40.00 of the first order, and the 10.00 that found their order: of May, which was never billed.
  expect(august).toMatchObject({ outcome: 'credit', totalMinor: -1_50n });
  expect(amounts(august)).toEqual([['2026-07-01', -1_50n]]);
  expect(august.adjustments[0]?.facts).toEqual([place(2)]);
});

test('a replay reproduces a bill with its adjustments, whatever came since', async () => {
  await bill('2026-07');
  await world.tell(purchase('a', 'late', '200.00', on('2026-07')));
  await events('2026-08', { runId: 'august' });
  await world.tell(purchase('a', 'later', '300.00', on('2026-07')));

  const published = await biller.publishedBy([biller.request('august', 'a')], { from: 1n, publishedBelow: 2n });

  expect(typesOf(published)).toEqual([]);
});

test('a dry run shows adjustments and takes none', async () => {
  await bill('2026-07');
  await world.tell(purchase('a', 'late', '200.00', on('2026-07')));

  expect(amounts(await bill('2026-08', { dryRun: true }))).toEqual([['2026-07-01', 6_00n]]);
  expect(amounts(await bill('2026-08'))).toEqual([['2026-07-01', 6_00n]]);
  expect(amounts(await bill('2026-08', { dryRun: true, runId: 'again' }))).toEqual([]);
  expect(amounts(await bill('2026-09', { dryRun: true }))).toEqual([]);
});

test('an adjustment of a voided bill is made again, also where a later bill stands', async () => {
  await world.tell(purchase('a', 'o2', '50.00', on('2026-08')));
  await bill('2026-07');
  await world.tell(purchase('a', 'late', '200.00', on('2026-07')));
  const august = await bill('2026-08');
  expect(amounts(august)).toEqual([['2026-07-01', 6_00n]]);
  expect(amounts(await bill('2026-09'))).toEqual([]);

  await voidInvoice(august);

  expect(amounts(await bill('2026-10'))).toEqual([['2026-07-01', 6_00n]]);
  // What October charges, August does not charge again; it is billed with what is known by now.
  expect(amounts(await bill('2026-08'))).toEqual([]);
  expect(amounts(await bill('2026-11'))).toEqual([]);
});

test('a month that was voided and billed again with a fact is not charged for it a second time', async () => {
  await world.tell(purchase('a', 'o1', '100.00', on('2026-07')));
  const july = await bill('2026-07');
  await world.tell(purchase('a', 'late', '200.00', on('2026-07')));
  expect(amounts(await bill('2026-08'))).toEqual([['2026-07-01', 6_00n]]);
  await voidInvoice(july);
  expect(await bill('2026-07')).toMatchObject({ totalMinor: 9_00n });

  // August charged the same 6.00 before.
  expect(amounts(await bill('2026-09'))).toEqual([['2026-07-01', -6_00n]]);
  expect(amounts(await bill('2026-10'))).toEqual([]);
});

test('twelve months back; what is older is reported once, and what was never billed is not', async () => {
  await bill('2025-09');
  await bill('2025-10');
  await world.tell(
    purchase('a', 'thirteen', '100.00', on('2025-09')),
    purchase('a', 'twelve', '100.00', on('2025-10')),
    purchase('a', 'unbilled', '100.00', on('2025-08')),
  );

  const october = await bill('2026-10');

  expect(amounts(october)).toEqual([['2025-10-01', 3_00n]]);
  expect(october.unadjustedFacts).toEqual([place(0)]);
  expect(await bill('2026-11')).toMatchObject({ adjustments: [], unadjustedFacts: [] });
});

test('late revenue of a trial changes every later month', async () => {
  await world.tell(plan('a', { effectiveFrom: '2026-06-01', planId: 'trial', trialThreshold: '1000.00' }));
  await world.tell(purchase('a', 'o1', '600.00', on('2026-06')));
  expect(await bill('2026-06')).toMatchObject({ outcome: 'trial' });
  await world.tell(purchase('a', 'o2', '500.00', on('2026-07')));
  expect(await bill('2026-07')).toMatchObject({ outcome: 'invoiced', totalMinor: 3_00n });
  await world.tell(purchase('a', 'late', '500.00', on('2026-06')));

  const august = await bill('2026-08');

  expect(august.adjustments).toEqual([
    { periodStartDate: '2026-06-01', amountMinor: 3_00n, facts: [place(2)] },
    { periodStartDate: '2026-07-01', amountMinor: 12_00n, facts: [place(2)] },
  ]);
});

test('a month in another currency waits for a bill in its own', async () => {
  await bill('2026-07');
  await world.tell(
    plan('a', { effectiveFrom: '2026-08-01', currency: 'EUR' }),
    plan('a', { effectiveFrom: '2026-09-01' }),
  );
  await world.tell(purchase('a', 'late', '100.00', on('2026-07')));

  expect(amounts(await bill('2026-08'))).toEqual([]);
  expect(amounts(await bill('2026-09'))).toEqual([['2026-07-01', 3_00n]]);
});

test('a late fact without a quote fails the shop until there is one', async () => {
  await bill('2026-07');
  await world.tell(purchase('a', 'late', '100.00', { ...on('2026-07'), currency: 'EUR' }));

  const dependencies = { ...world, retryDelaysMs: [] };
  expect(
    (await events('2026-08', { dependencies })).map(({ type, data }) => [type, 'code' in data && data.code]),
  ).toEqual([['ShopBillFailed', 'FX_RATE_MISSING']]);
});

test.each([false, true])(
  'a replay of that failure finds the same, also with July voided since: %s',
  async (isVoided) => {
    await world.tell(purchase('a', 'o1', '100.00', on('2026-07')));
    const july = await bill('2026-07');
    await world.tell(purchase('a', 'late', '100.00', { ...on('2026-07'), currency: 'EUR' }));
    const dependencies = { ...world, retryDelaysMs: [] };
    await events('2026-08', { dependencies, runId: 'august' });
    if (isVoided) await voidInvoice(july);

    const again = await biller.publishedBy([biller.request('august', 'a')], { from: 1n, publishedBelow: 2n });

    expect(typesOf(again)).toEqual([]);
  },
);

test('a past bill that today\u2019s program does not reproduce diverges, and adjusts nothing', async () => {
  await world.tell(purchase('a', 'o1', '100.00', on('2026-07')));
  const july = await bill('2026-07');
  await world.tell(purchase('a', 'late', '200.00', on('2026-07')));
  const dependencies = { ...world, ledger: withRate(world.ledger, 40_000) };

  const published = await events('2026-08', { dependencies, runId: 'august' });

  expect(published.map(({ type }) => type)).toEqual(['ShopBillCalculated', 'ShopBillDiverged']);
  expect(published[0]?.data).toMatchObject({ adjustments: [], totalMinor: 0n });
  const { runId, shopSequence, period, decided, recomputed } = published[1]!.data as ShopBillDiverged;
  expect({ runId, shopSequence, period }).toEqual({ runId: july.runId, shopSequence: 1, period: july.period });
  expect(decided).toContain('"feeMinor":"300"');
  expect(recomputed).toContain('"feeMinor":"400"');

  // Nor is the divergence a difference of the bill it was found with.
  const again = await biller.publishedBy(
    [biller.request('august', 'a')],
    { from: 1n, publishedBelow: 2n },
    dependencies,
  );
  expect(typesOf(again)).toEqual([]);
});

test('late facts that change nothing reopen nothing', async () => {
  await bill('2026-07');
  await world.tell({
    ...{ type: 'InteractionRecorded', shopId: 'a', interactionId: 'i1', interactionType: 'view', channel: 'phoenix' },
    ...on('2026-07'),
  });
  const dependencies = { ...world, ledger: withRate(world.ledger, 40_000) };

  expect((await events('2026-08', { dependencies })).map(({ type }) => type)).toEqual(['ShopBillCalculated']);
});

/** As if the rules had changed: every plan is of this rate. */
const withRate = (ledger: Ledger, ratePpm: number): Ledger => ({
  ...ledger,
  loadShops: async (query) => {
    const found = await ledger.loadShops(query);
    const changed = [...found].map(([shopId, record]) => {
      const plans = record.plans.map((version) => ({ ...version, terms: { ...version.terms, ratePpm } }));
      return [shopId, { ...record, plans }] as const;
    });
    return new Map(changed);
  },
});
