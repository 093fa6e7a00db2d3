import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createPostgresProjectionStore } from '../../src/adapters/postgres-projection-store.ts';
import { createPostgresReadModels } from '../../src/adapters/postgres-read-models.ts';
import { calculated, failed, invoiced, NOVEMBER_1, runStarted } from '../projections/shop-events.ts';
import { completionsIn, createWrittenLog, projectorAt } from './projector-at-log.ts';
import { createFreshDatabase, type FreshDatabase } from './fresh-database.ts';

const SHOPS = 300;
const PARTITIONS = [0, 1];

let database: FreshDatabase;
beforeAll(async () => {
  database = await createFreshDatabase(inject('database'));
});
afterAll(() => database.drop());

test('rebuilds that are swapped in under running projectors lose nothing and count nothing twice', async () => {
  const { pool } = database;
  const store = createPostgresProjectionStore({ pool });
  const readModels = createPostgresReadModels({ pool });
  const log = createWrittenLog();
  log.writeRuns(runStarted({ expectedShops: SHOPS }));
  for (let number = 1; number <= SHOPS; number += 1) {
    const shopId = `s${number}`;
    const redriven = [failed({ shopId }), calculated('invoiced', { shopId, sequence: 2 })];
    log.writeShops(number % 2, ...redriven, invoiced({ shopId, sequence: 2 }, { number }));
  }
  await projectorAt(log, store).project({ topic: 'run-events' });

  // Two projectors with small batches, somebody who looks on, and rebuilds one after the other until both are through.
  let running = PARTITIONS.length;
  const watching = (async () => {
    while (running > 0) await Promise.all([readModels.status(NOVEMBER_1), readModels.findRun('run-1')]);
  })();
  const projecting = PARTITIONS.map(async (partition) => {
    const projector = projectorAt(log, store);
    const completions = [];
    for (let from = 0n; from < log.end('events', partition); from += 10n) {
      const to = from + 10n < log.end('events', partition) ? from + 10n : log.end('events', partition);
      const published = await projector.project({ topic: 'events', partition, from, to });
      completions.push(...(await completionsIn(published)));
    }
    running -= 1;
    return completions;
  });
  let rebuilds = 0;
  while (running > 0) {
    await projectorAt(log, store).rebuild();
    rebuilds += 1;
  }
  const completions = (await Promise.all(projecting)).flat();
  await watching;

  expect(rebuilds).toBeGreaterThan(0);
  const run = (await readModels.findRun('run-1'))!;
  expect(run.outcomes).toEqual({ invoiced: SHOPS });
  expect(run.totals).toMatchObject([{ feesMinor: BigInt(SHOPS) * 9_000n, revenueMinor: BigInt(SHOPS) * 300_000n }]);
  expect(completions.map(({ revision }) => revision).sort()).toEqual(completions.map((_, index) => index + 1));
  expect(completions.find(({ revision }) => revision === completions.length)).toMatchObject({
    status: 'completed',
    outcomes: { invoiced: SHOPS },
  });
  const left = await pool.query(`select nspname from pg_namespace where nspname like 'read_models%'`);
  expect(left.rows).toEqual([{ nspname: 'read_models' }]);
});
