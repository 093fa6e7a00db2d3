import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { usageMonths } from '../../src/adapters/migrations/0013-usage-months.ts';
import { createPostgresLedger } from '../../src/adapters/postgres-ledger.ts';
import { createFreshDatabase, type FreshDatabase } from '../contract/fresh-database.ts';
import { at, batchOf, entry, interacted, placed, purchased, refunded } from '../contract/ledger-facts.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await createFreshDatabase(inject('database'));
});
afterAll(() => database.drop());

test('the months of facts that were there before are those that would have been remembered', async () => {
  const ledger = createPostgresLedger(database);
  const october = Date.UTC(2026, 9, 1);
  await ledger.append(
    batchOf(
      entry(at('usage', 0, 0), purchased({ occurredAt: october })),
      entry(at('usage', 0, 1), refunded({ occurredAt: october - 1 })),
      entry(at('usage', 0, 2), interacted({ occurredAt: Date.UTC(2028, 1, 29, 23, 59, 59, 999) })),
      entry(at('usage', 0, 3), placed({ orderId: 'raw', occurredAt: october + 7 })),
      entry(at('usage', 0, 4), placed({ shopId: 's2', occurredAt: Date.UTC(2027, 0, 1) - 1 })),
    ),
  );
  await ledger.append(batchOf(entry(at('usage', 1, 65_536), purchased({ orderId: 'beside', occurredAt: october }))));
  const months = async () =>
    (await database.pool.query<object>('select * from usage_months order by shop_id, starts_ms, log_partition')).rows;
  const remembered = await months();

  await database.pool.query('drop table usage_months');
  await database.pool.query(usageMonths.sql);

  expect(remembered).toHaveLength(5);
  expect(await months()).toEqual(remembered);
});
