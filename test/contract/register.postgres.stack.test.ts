import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { rememberCluster } from '../../src/adapters/postgres-cluster-identity.ts';
import { createPostgresRegister } from '../../src/adapters/postgres-register.ts';
import { createFreshDatabase, type FreshDatabase } from './fresh-database.ts';
import { registerContract } from './register-contract.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await createFreshDatabase(inject('database'));
});
afterAll(() => database.drop());

const createEmptyRegister = async () => {
  await database.pool.query('truncate shop_heads, bill_register, invoice_series');
  return createPostgresRegister({ pool: database.pool });
};

registerContract(createEmptyRegister);

describe('the database itself', () => {
  test('refuses a second settlement that bypassed the heads', async () => {
    const register = await createEmptyRegister();
    const decision = {
      runId: 'run-1',
      shopId: 's1',
      periodStartDate: '2026-10-01',
      expectedSequence: 0,
      outcome: 'zero' as const,
      source: { topic: 'shop-requests', partition: 0, offset: 0n },
      pins: null,
      decidedAt: 0,
      records: [],
      invoice: null,
    };
    await register.record([decision]);

    const insert = database.pool.query(
      `insert into bill_register select source_offset, decided_at_ms, 2, source_partition, period_start, settles, 'run-2',
         shop_id, outcome, source_topic, invoice_number, pins, records from bill_register`,
    );

    await expect(insert).rejects.toMatchObject({ constraint: 'bill_register_settled_once' });
  });

  test('a register row that the heads do not know of stops the biller', async () => {
    const register = await createEmptyRegister();
    const decision = {
      runId: 'run-1',
      shopId: 's1',
      periodStartDate: '2026-10-01',
      expectedSequence: 0,
      outcome: 'skipped' as const,
      source: { topic: 'shop-requests', partition: 0, offset: 0n },
      pins: null,
      decidedAt: 0,
      records: [],
      invoice: null,
    };
    await register.record([decision]);
    await database.pool.query('update shop_heads set sequence = 0');

    await expect(register.record([{ ...decision, runId: 'run-2' }])).rejects.toMatchObject({
      code: 'REGISTER_CONFLICT',
    });
  });

  test('belongs to the first Kafka cluster it met', async () => {
    await Promise.all([rememberCluster(database.pool, 'one'), rememberCluster(database.pool, 'one')]);
    await expect(rememberCluster(database.pool, 'another')).rejects.toMatchObject({ code: 'CLUSTER_CHANGED' });
    await rememberCluster(database.pool, 'one');
  });
});
