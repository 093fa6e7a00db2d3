/** What `status` counts. */
import { expect, test } from 'vitest';
import { calculated, failed, invoiced, NOVEMBER_1, runStarted, voided } from '../projections/shop-events.ts';
import { at, batchOf, entry, planned, registered } from './ledger-facts.ts';
import { createWrittenLog, projectorAt } from './projector-at-log.ts';
import type { ReadModelsUnderTest } from './read-models-contract.ts';

export function readModelsStatus(createEmpty: () => Promise<ReadModelsUnderTest>): void {
  test('status of an empty house', async () => {
    const { readModels } = await createEmpty();

    expect(await readModels.status(NOVEMBER_1)).toEqual({
      ...{ activeShops: 0, shopsWithBillingPlans: 0, pendingInvoices: 0, heldBills: 0, deadLetters: 0 },
      ...{ lastRun: null, lastUpdated: null },
    });
  });

  test('status counts what waits, and knows the last run', async () => {
    const { store, readModels } = await createEmpty();
    const log = createWrittenLog();
    log.writeRuns(runStarted({ runId: 'run-0', startedAt: 1 }), runStarted({ expectedShops: 9 }));
    log.writeShops(0, calculated('invoiced'), invoiced(), invoiced({ shopId: 's2' }), invoiced({ shopId: 's3' }));
    log.writeShops(
      1,
      voided({ shopId: 's2', sequence: 2 }),
      calculated('held', { shopId: 's4' }),
      failed({ shopId: 's5' }),
    );
    log.write('shop-requests.dlq', 0, { key: 's5', value: Buffer.of(0), headers: {} });
    await projectorAt(log, store).settle();

    expect(await readModels.status(NOVEMBER_1)).toMatchObject({
      ...{ pendingInvoices: 2, heldBills: 1, deadLetters: 1 },
      lastRun: { runId: 'run-1', outcomes: { failed: 1, held: 1, invoiced: 2, voided: 1 } },
      lastUpdated: NOVEMBER_1 + 3,
    });
  });

  test('status counts active shops by their latest registration, and those with a plan in effect', async () => {
    const { ledger, readModels } = await createEmpty();
    const now = Date.UTC(2026, 10, 1, 12);
    const facts = [
      registered({ shopId: 'closed', occurredAt: 5 }),
      registered({ shopId: 'closed', status: 'closed', occurredAt: 6 }),
      registered({ shopId: 'reopened', status: 'closed', occurredAt: 6 }),
      registered({ shopId: 'reopened', occurredAt: 7 }),
      registered({ shopId: 'recorded-late', status: 'closed', occurredAt: 9 }),
      registered({ shopId: 'recorded-late', occurredAt: 8 }),
      registered({ shopId: 'closes-later', occurredAt: 5 }),
      registered({ shopId: 'closes-later', status: 'closed', occurredAt: now + 1 }),
      registered({ shopId: 'ended', occurredAt: 5 }),
      registered({ shopId: 'ends-today', occurredAt: 5 }),
      registered({ shopId: 'replaced', occurredAt: 5 }),
      registered({ shopId: 'begins-later', occurredAt: 5 }),
      planned({ shopId: 'closed' }),
      planned({ shopId: 'reopened', effectiveUntil: '2026-11-02' }),
      planned({ shopId: 'closes-later', effectiveFrom: '2026-11-01' }),
      planned({ shopId: 'ended', effectiveFrom: '2026-03-01', effectiveUntil: '2026-04-01' }),
      planned({ shopId: 'ended', effectiveFrom: '2026-02-01' }),
      planned({ shopId: 'ends-today', effectiveUntil: '2026-11-01' }),
      planned({ shopId: 'replaced', effectiveUntil: '2026-05-01' }),
      planned({ shopId: 'replaced', effectiveUntil: null }),
      planned({ shopId: 'begins-later', effectiveFrom: '2026-11-02' }),
    ];
    await ledger.append(batchOf(...facts.map((fact, index) => entry(at('shops', 0, index), fact))));

    expect(await readModels.status(now)).toMatchObject({ activeShops: 6, shopsWithBillingPlans: 3 });
  });
}
