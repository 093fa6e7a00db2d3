import { afterAll, beforeAll, inject } from 'vitest';
import { createPostgresLogFolds } from '../../src/adapters/postgres-log-folds.ts';
import { createFreshDatabase, type FreshDatabase } from './fresh-database.ts';
import { logFoldsContract } from './log-folds-contract.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await createFreshDatabase(inject('database'));
});
afterAll(() => database.drop());

logFoldsContract(async () => createPostgresLogFolds({ pool: database.pool }));
