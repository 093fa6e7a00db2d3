import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { rememberCluster } from '../../src/adapters/postgres-cluster-identity.ts';
import { createPostgresRegister } from '../../src/adapters/postgres-register.ts';
import { createPostgresRunControl } from '../../src/adapters/postgres-run-control.ts';
import type { BillingError } from '../../src/errors.ts';
import { createFreshDatabase, type FreshDatabase } from './fresh-database.ts';
import { registerContract } from './register-contract.ts';
import { decided, type RegisterWorld } from './register-given.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await createFreshDatabase(inject('database'));
});
afterAll(() => database.drop());

const createEmptyWorld = async (): Promise<RegisterWorld> => {
  const { pool } = database;
  await pool.query('truncate shop_heads, bill_register, invoice_series, shop_credits, billing_runs');
  await pool.query('update issuing_control set paused = false');
  return {
    register: createPostgresRegister({ pool }),
    cancelRun: async (runId) => {
      await pool.query(
        `insert into billing_runs (run_id, request_id, period_start_date, period_end_date, period_start_ms,
           period_end_ms, time_zone, dry_run, force, named, trigger_source, pins, requested_at_ms, started_at_ms,
           expected_shops, manifest_sha256, cancelled_at_ms)
         values ($1, '', '', '', 0, 0, 'UTC', false, false, false, 'cli', '[]', 0, 0, 0, '', 1)`,
        [runId],
      );
    },
    setPaused: async (paused) => void (await pool.query('update issuing_control set paused = $1', [paused])),
  };
};

registerContract(createEmptyWorld);

describe('the database itself', () => {
  test('refuses a second settlement that bypassed the heads', async () => {
    const { register } = await createEmptyWorld();
    await register.record([decided()]);

    const insert = database.pool.query(
      `insert into bill_register (source_offset, decided_at_ms, shop_sequence, source_partition, period_start, settles,
         run_id, shop_id, outcome, source_topic, records, kind, current)
       select source_offset, decided_at_ms, 2, source_partition, period_start, settles, 'run-2', shop_id, outcome,
         source_topic, records, kind, current from bill_register`,
    );

    await expect(insert).rejects.toMatchObject({ constraint: 'bill_register_settled_once' });
  });

  test('a register row that the heads do not know of stops the biller', async () => {
    const { register } = await createEmptyWorld();
    await register.record([decided({ outcome: 'skipped' })]);
    await database.pool.query('update shop_heads set sequence = 0');

    await expect(register.record([decided({ outcome: 'skipped', runId: 'run-2' })])).rejects.toMatchObject({
      code: 'REGISTER_CONFLICT',
    });
  });

  test('a pause waits for what is being recorded, and does not starve behind others', async () => {
    const { register } = await createEmptyWorld();
    const control = createPostgresRunControl({ pool: database.pool });
    let isPaused = false;
    const recorders = ['a', 'b', 'c', 'd'].map(async (shopId) => {
      for (let sequence = 0; ; sequence += 1) {
        const decision = decided({ shopId, runId: `run-${sequence}`, outcome: 'skipped', expectedSequence: sequence });
        try {
          await register.record([decision]);
          expect(isPaused).toBe(false);
        } catch (error) {
          return (error as BillingError).code;
        }
      }
    });

    await control.pause({ reason: 'an audit', actor: null, at: 0 });
    isPaused = true;

    expect(await Promise.all(recorders)).toEqual(recorders.map(() => 'ISSUING_PAUSED'));
  });

  test('belongs to the first Kafka cluster it met', async () => {
    await Promise.all([rememberCluster(database.pool, 'one'), rememberCluster(database.pool, 'one')]);
    await expect(rememberCluster(database.pool, 'another')).rejects.toMatchObject({ code: 'CLUSTER_CHANGED' });
    await rememberCluster(database.pool, 'one');
  });
});
