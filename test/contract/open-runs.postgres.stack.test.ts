import { afterAll, beforeAll, inject } from 'vitest';
import { createPostgresOpenRuns } from '../../src/adapters/postgres-open-runs.ts';
import { createPostgresProjectionStore } from '../../src/adapters/postgres-projection-store.ts';
import { createPostgresRunControl } from '../../src/adapters/postgres-run-control.ts';
import { createPostgresRuns } from '../../src/adapters/postgres-runs.ts';
import { createFreshDatabase, type FreshDatabase } from './fresh-database.ts';
import { openRunsContract } from './open-runs-contract.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await createFreshDatabase(inject('database'));
});
afterAll(() => database.drop());

openRunsContract(async () => {
  const { pool } = database;
  const { rows } = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname = 'read_models' or tablename in ('run_completions', 'billing_runs', 'billing_run_shops')`,
  );
  await pool.query(`truncate ${rows.map(({ name }) => name).join(', ')}`);
  return {
    openRuns: createPostgresOpenRuns({ pool }),
    runs: createPostgresRuns({ pool }),
    control: createPostgresRunControl({ pool }),
    store: createPostgresProjectionStore({ pool }),
  };
});
