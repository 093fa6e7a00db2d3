/** Counters, completions and rebuilds against a naive recount, over random histories, partitions, repeats and batches. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toShopResultView } from '../../src/adapters/read-views.ts';
import type { ReadModels, ShopResultView } from '../../src/adapters/read-models.ts';
import type { BillingRunCompleted, CurrencyTotal, ShopEvent } from '../../src/domain/events.ts';
import { foldShopResult } from '../../src/projections/shop-result.ts';
import { invoiced, runStarted, skipped, voided } from '../projections/shop-events.ts';
import { shopHistory } from '../projections/shop-histories.ts';
import { completionsIn, createWrittenLog, projectorAt, type WrittenLog } from './projector-at-log.ts';
import type { ReadModelsUnderTest } from './read-models-contract.ts';

const SEED = 20261101;
const RUNS = 40;
const PARTITIONS = [0, 1, 2];
const RUN_IDS = ['run-1', 'run-2'];
const SHOP_IDS = ['s1', 's2', 's3', 's4'];

/** Where each event is written, and where batches end. */
const scenario = fc
  .tuple(...RUN_IDS.flatMap((runId) => SHOP_IDS.map((shopId) => shopHistory({ runId, shopId }))))
  .chain((histories) => {
    const events = histories.flatMap((history) => history.events);
    return fc.record({
      events: fc.shuffledSubarray(events, { minLength: events.length }),
      again: fc.array(fc.constantFrom(...events), { maxLength: 5 }),
      partitions: fc.array(fc.constantFrom(...PARTITIONS), {
        minLength: events.length + 5,
        maxLength: events.length + 5,
      }),
      cuts: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 3, maxLength: 9 }),
    });
  });

export function readModelsProperties(createEmpty: () => Promise<ReadModelsUnderTest>): void {
  test(
    `counters equal a recount, and the last completion tells them (seed ${SEED})`,
    { timeout: 240_000 },
    async () => {
      const property = fc.asyncProperty(scenario, async ({ events, again, partitions, cuts }) => {
        const { store, readModels } = await createEmpty();
        const log = createWrittenLog();
        const written = [...events, ...again];
        written.forEach((event, index) => log.writeShops(partitions[index]!, event));
        for (const runId of RUN_IDS) log.writeRuns(runStarted({ runId, expectedShops: SHOP_IDS.length }));

        const completions = (
          await Promise.all(
            [...PARTITIONS.map((partition) => ['events', partition] as const), ['run-events', 0] as const].map(
              ([topic, partition]) => projectInCuts(log, store, topic, partition, cuts),
            ),
          )
        ).flat();

        for (const runId of RUN_IDS) {
          const results = (await readModels.listShopResults({ runId, outcome: null, cursor: null, limit: 100 })).items;
          expect(results).toEqual(SHOP_IDS.map((shopId) => viewOf(runId, shopId, written)));
          const { outcomes, totals } = (await readModels.findRun(runId))!;
          expect({ outcomes, totals }).toEqual(recount(results));
          const ofRun = completions
            .filter((completed) => completed.runId === runId)
            .sort((a, b) => a.revision - b.revision);
          expect(ofRun.map(({ revision }) => revision)).toEqual(ofRun.map((_, index) => index + 1));
          expect(ofRun.at(-1)).toMatchObject(recount(results));
        }
      });
      await fc.assert(property, { seed: SEED, numRuns: RUNS });
    },
  );

  test(`a rebuild gives the same read models and publishes nothing (seed ${SEED})`, { timeout: 240_000 }, async () => {
    const property = fc.asyncProperty(scenario, fc.nat(20), async ({ events, partitions }, held) => {
      const { store, readModels } = await createEmpty();
      const log = createWrittenLog();
      const projector = projectorAt(log, store);
      for (const runId of RUN_IDS) log.writeRuns(runStarted({ runId, expectedShops: SHOP_IDS.length }));
      const write = (some: readonly ShopEvent[], offset: number) =>
        some.forEach((event, index) => log.writeShops(partitions[offset + index]!, event));
      write(events.slice(held), held);
      log.write('shop-requests.dlq', 0, { key: 's1', value: null, headers: {} });
      await projector.settle();
      const [before, checkpoints] = [await everything(readModels), await store.checkpoints()];
      const ends = log.partitions();

      await projectorAt(log, store).rebuild();

      expect(await everything(readModels)).toEqual(before);
      expect(sorted(await store.checkpoints())).toEqual(sorted(checkpoints));
      expect(log.partitions()).toEqual(ends);

      // The projector, which knows nothing of it, goes on where it was.
      write(events.slice(0, held), 0);
      await projector.settle();
      const after = await everything(readModels);
      await projectorAt(log, store).rebuild();
      expect(await everything(readModels)).toEqual(after);
      expect(await projector.settle()).toEqual([]);
    });
    await fc.assert(property, { seed: SEED, numRuns: RUNS / 4 });
  });

  test('a rebuild of an empty log changes nothing, also when one was left half done', async () => {
    const { store, readModels } = await createEmpty();
    const log = createWrittenLog();
    await store.startRebuild();

    expect(await projectorAt(log, store).rebuild()).toEqual({ records: 0 });

    expect((await readModels.listRuns({ cursor: null, limit: 1 })).items).toEqual([]);
  });

  test('what was folded while a rebuild was being swapped in is folded again', async () => {
    const { store, readModels } = await createEmpty();
    const log = createWrittenLog();
    const projector = projectorAt(log, store);
    log.writeRuns(runStarted({ expectedShops: 3 }));
    log.writeShops(0, skipped({ shopId: 's1' }));
    await projector.settle();
    const rebuild = await store.startRebuild();
    log.writeShops(0, invoiced({ shopId: 's2' }));
    await projector.settle();

    const replaced = await rebuild.swap();
    expect(replaced).toContainEqual({ topic: 'events', partition: 0, offset: 2n });
    expect(await readModels.findRun('run-1')).toBeNull();
    log.writeShops(0, invoiced({ shopId: 's3' }), voided({ shopId: 's3', sequence: 2 }));
    await projector.project({ topic: 'events', from: 2n });
    await projector.project({ topic: 'run-events', from: 1n });

    const results = (await readModels.listShopResults({ runId: 'run-1', outcome: null, cursor: null, limit: 9 })).items;
    expect(results.map(({ outcome }) => outcome)).toEqual(['skipped', 'invoiced', 'voided']);
    expect((await readModels.findRun('run-1'))!.outcomes).toEqual({ invoiced: 1, skipped: 1, voided: 1 });
  });
}

async function projectInCuts(
  log: WrittenLog,
  store: ReadModelsUnderTest['store'],
  topic: 'events' | 'run-events',
  partition: number,
  cuts: readonly number[],
): Promise<BillingRunCompleted[]> {
  const projector = projectorAt(log, store);
  const completions: BillingRunCompleted[] = [];
  for (let from = 0n, index = 0; from < log.end(topic, partition); index += 1) {
    const to = from + BigInt(cuts[index % cuts.length]!);
    const end = to < log.end(topic, partition) ? to : log.end(topic, partition);
    completions.push(...(await completionsIn(await projector.project({ topic, partition, from, to: end }))));
    from = end;
  }
  return completions;
}

function viewOf(runId: string, shopId: string, events: readonly ShopEvent[]): ShopResultView {
  const ofShop = events.filter(({ data }) => data.runId === runId && data.shopId === shopId);
  return toShopResultView(ofShop.reduce(foldShopResult, null)!);
}

/** The slow way: over all shops, from what is shown of each. */
function recount(results: readonly ShopResultView[]) {
  const outcomes: Record<string, number> = {};
  const totals: Record<string, CurrencyTotal> = {};
  for (const { outcome, currency, currencyExponent, attributedMinor, feeMinor } of results) {
    if (outcome === null) continue;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (!['invoiced', 'zero', 'trial', 'credit', 'held', 'calculated'].includes(outcome)) continue;
    const total = totals[currency!];
    totals[currency!] = {
      ...{ currency: currency!, currencyExponent: currencyExponent! },
      revenueMinor: (total?.revenueMinor ?? 0n) + attributedMinor!,
      feesMinor: (total?.feesMinor ?? 0n) + feeMinor!,
    };
  }
  return { outcomes, totals: Object.values(totals).sort((a, b) => (a.currency < b.currency ? -1 : 1)) };
}

async function everything(readModels: ReadModels) {
  const all = { cursor: null, limit: 1_000 };
  return {
    runs: await readModels.listRuns(all),
    results: await Promise.all(RUN_IDS.map((runId) => readModels.listShopResults({ ...all, runId, outcome: null }))),
    invoices: await readModels.listInvoices({ ...all, periodStartDate: null, shopId: null, runId: null }),
    deadLetters: await readModels.listDeadLetters(all),
    heldBills: await readModels.listHeldBills(all),
    status: await readModels.status(0),
  };
}

function sorted<T extends { topic: string; partition: number }>(checkpoints: readonly T[]): T[] {
  return [...checkpoints].sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition));
}
