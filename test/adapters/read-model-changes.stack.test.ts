/** Read models that were made before their tables changed. */
import { afterEach, expect, inject, test } from 'vitest';
import '../support/provided.ts';
import { readModels as firstShape } from '../../src/adapters/migrations/0004-read-models.ts';
import { MIGRATIONS } from '../../src/adapters/migrations/index.ts';
import { createPostgresProjectionStore } from '../../src/adapters/postgres-projection-store.ts';
import { createPostgresReadModels } from '../../src/adapters/postgres-read-models.ts';
import { createFreshDatabase, type FreshDatabase } from '../contract/fresh-database.ts';
import { NOVEMBER_1, calculated, creditNote, invoiced, rejected } from '../projections/shop-events.ts';
import { createWrittenLog, projectorAt } from '../contract/projector-at-log.ts';

let database: FreshDatabase;
afterEach(() => database.drop());

/** A database in the first shape, with a dead letter, a hold and an invoice in it, then brought up to now. */
async function givenOldDatabase() {
  database = await createFreshDatabase(inject('database'), { migrated: false });
  const { pool } = database;
  const first = MIGRATIONS.indexOf(firstShape);
  for (const { sql } of MIGRATIONS.slice(0, first + 1)) await pool.query(sql);
  await pool.query(`
    insert into read_models.checkpoints (topic, partition, position) values
      ('shop-requests.dlq', 0, 1), ('events', 0, 2), ('run-events', 0, 0);
    insert into read_models.dead_letters (topic, partition, record_offset, settled, original_topic, original_partition,
      original_offset, key, run_id, code, message, kind, attempt, failed_at_ms)
      values ('shop-requests.dlq', 0, 0, false, 'shop-requests', 0, 5, 's9', 'run-1', 'INTERNAL', 'm', 'permanent', 1, 7);
    insert into read_models.held_bills (total_minor, held_at_ms, currency_exponent, run_id, shop_id, bill_id, shop_domain,
      currency, fraud_level, fraud_codes, period)
      values (9000, 7, 2, 'run-1', 's1', 'bill-run-1-s1', 's1.example', 'USD', 'high', '{bot_traffic}', '{}');
    insert into read_models.invoices (invoice_id, invoice_number, series, number_length, voided, shop_id, run_id,
      period_start_date, shop_domain, plan_id, currency, currency_exponent, status, period, lines, subtotal_minor,
      discount_minor, tax_minor, credit_minor, total_minor, issued_at_ms, due_at_ms)
      values ('invoice-run-1-s2', 'INV-2026-000002', 'INV-2026', 15, false, 's2', 'run-1', '2026-10-01', 's2.example',
        'p1', 'USD', 2, 'pending', '{}', '[]', 9000, 0, 0, 0, 9000, 7, 8)`);
  for (const { sql } of MIGRATIONS.slice(first + 1)) await pool.query(sql);
  return pool;
}

test('go on where they were, and learn what is new', async () => {
  const pool = await givenOldDatabase();
  const store = createPostgresProjectionStore({ pool });
  const readModels = createPostgresReadModels({ pool });
  expect(await readModels.listDeadLetters({ cursor: null, limit: 9 })).toMatchObject({
    items: [{ key: 's9', redriveCount: 0, eventId: null, settlement: null }],
  });
  expect((await readModels.findInvoice('INV-2026-000002'))?.creditNotes).toEqual([]);
  expect((await readModels.listHeldBills({ cursor: null, limit: 9 })).items).toMatchObject([{ decision: null }]);

  const log = createWrittenLog();
  log.write('shop-requests.dlq', 0, { key: 's9', value: null, headers: {} });
  const place = { shopId: 's2' };
  log.writeShops(0, calculated('held'), invoiced(place), rejected({ sequence: 2 }), creditNote(place));
  log.writeRuns({
    type: 'DeadLetterDiscarded',
    data: {
      ...{ deadLetterId: 'shop-requests.dlq/0/0', originalTopic: 'shop-requests', runId: 'run-1' },
      ...{ failureCode: 'INTERNAL', reason: 'known', actor: 'ann', discardedAt: NOVEMBER_1 },
    },
  });
  await projectorAt(log, store).settle();

  expect(await readModels.status(NOVEMBER_1)).toMatchObject({ deadLetters: 0, heldBills: 0 });
  expect((await readModels.findHeldBill('bill-run-1-s1'))?.decision).toMatchObject({ action: 'rejected' });
  expect((await readModels.findInvoice('INV-2026-000002'))?.creditNotes).toHaveLength(1);
});

test('have the tables a rebuild would make', async () => {
  const pool = await givenOldDatabase();
  await createPostgresProjectionStore({ pool }).startRebuild();

  const shapeOf = async (schema: string) => {
    const columns = await pool.query(
      `select table_name, column_name, data_type, is_nullable, collation_name from information_schema.columns
       where table_schema = $1 order by table_name, column_name`,
      [schema],
    );
    const indexes = await pool.query<{ definition: string }>(
      `select replace(indexdef, $1 || '.', '') as definition from pg_indexes where schemaname = $1 order by indexname`,
      [schema],
    );
    return { columns: columns.rows as unknown[], indexes: indexes.rows };
  };
  const inUse = await shapeOf('read_models');
  expect(inUse.columns.length).toBeGreaterThan(50);
  expect(inUse).toEqual(await shapeOf('read_models_next'));
});
