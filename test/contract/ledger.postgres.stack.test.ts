import { afterAll, beforeAll, inject } from 'vitest';
import { createPostgresLedger } from '../../src/adapters/postgres-ledger.ts';
import { createFreshDatabase, type FreshDatabase } from './fresh-database.ts';
import { ledgerContract } from './ledger-contract.ts';
import { ledgerFraudContract } from './ledger-fraud-contract.ts';
import { ledgerLateContract } from './ledger-late-contract.ts';
import { ledgerOrdersContract } from './ledger-orders-contract.ts';
import { ledgerProperties } from './ledger-properties.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await createFreshDatabase(inject('database'));
});
afterAll(() => database.drop());

const createEmptyLedger = async () => {
  await database.pool.query(
    `truncate ingest_positions, shop_registrations, plan_versions, purchases, refunds, interactions, fx_quotes, usage_shops,
     usage_months`,
  );
  return createPostgresLedger({ pool: database.pool });
};

ledgerContract(createEmptyLedger);
ledgerFraudContract(createEmptyLedger);
ledgerLateContract(createEmptyLedger);
ledgerOrdersContract(createEmptyLedger);
ledgerProperties(createEmptyLedger);
