import { afterAll, beforeAll, inject } from 'vitest';
import { createPostgresLedger } from '../../src/adapters/postgres-ledger.ts';
import { createPostgresProjectionStore } from '../../src/adapters/postgres-projection-store.ts';
import { createPostgresReadModels } from '../../src/adapters/postgres-read-models.ts';
import { createFreshDatabase, type FreshDatabase } from './fresh-database.ts';
import { readModelsContract } from './read-models-contract.ts';
import { readModelsProperties } from './read-models-properties.ts';
import { readModelsStatus } from './read-models-status.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await createFreshDatabase(inject('database'));
});
afterAll(() => database.drop());

async function createEmpty() {
  const { pool } = database;
  const { rows } = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname = 'read_models' or tablename in ('run_completions', 'shop_registrations', 'plan_versions', 'ingest_positions')`,
  );
  await pool.query(`truncate ${rows.map(({ name }) => name).join(', ')}`);
  return {
    store: createPostgresProjectionStore({ pool }),
    ledger: createPostgresLedger({ pool }),
    readModels: createPostgresReadModels({ pool }),
  };
}

readModelsContract(createEmpty);
readModelsStatus(createEmpty);
readModelsProperties(createEmpty);
