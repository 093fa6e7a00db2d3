import { afterAll, beforeAll, inject } from 'vitest';
import { createPostgresPublicationMarks } from '../../src/adapters/postgres-publication-marks.ts';
import { createPostgresRuns } from '../../src/adapters/postgres-runs.ts';
import { createFreshDatabase, type FreshDatabase } from './fresh-database.ts';
import { publicationMarksContract } from './publication-marks-contract.ts';
import { runsContract } from './runs-contract.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await createFreshDatabase(inject('database'));
});
afterAll(() => database.drop());

runsContract(async () => {
  await database.pool.query('truncate billing_runs, billing_run_shops');
  return createPostgresRuns({ pool: database.pool });
});
publicationMarksContract(async () => {
  await database.pool.query('truncate publication_marks');
  return createPostgresPublicationMarks({ pool: database.pool });
});
