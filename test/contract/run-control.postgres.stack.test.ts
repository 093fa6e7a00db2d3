import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createPostgresRunControl } from '../../src/adapters/postgres-run-control.ts';
import { createPostgresRuns } from '../../src/adapters/postgres-runs.ts';
import { eventually } from './eventually.ts';
import { createFreshDatabase, type FreshDatabase } from './fresh-database.ts';
import { runControlContract, type ControlWorld } from './run-control-contract.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await createFreshDatabase(inject('database'));
});
afterAll(() => database.drop());

async function createWorld(): Promise<ControlWorld> {
  const { pool } = database;
  await pool.query(`truncate billing_runs, billing_run_shops, shop_heads, bill_register, run_completions,
    issuing_changes`);
  await pool.query(
    'update issuing_control set paused = false, revision = 0, reason = null, actor = null, changed_at_ms = null',
  );
  return {
    runs: createPostgresRuns({ pool }),
    control: createPostgresRunControl({ pool }),
    decide: async (runId, shopIds) => {
      await pool.query(
        `insert into bill_register (source_offset, decided_at_ms, shop_sequence, source_partition, period_start, settles,
           run_id, shop_id, outcome, source_topic, records, kind, current)
         select 0, 0, 1, 0, '2026-10-01', false, $1, $1 || shop_id, 'skipped', 'shop-requests', '', 'bill', true
         from unnest($2::text[]) as shop_id`,
        [runId, shopIds],
      );
    },
    complete: async (runId) => {
      await pool.query(`insert into run_completions (run_id, revision, seen, completed) values ($1, 1, true, '{}')`, [
        runId,
      ]);
    },
  };
}

runControlContract(createWorld);

test('a cancellation waits for the decisions being recorded, and so does a pause', async () => {
  const { control, runs } = await createWorld();
  await runs.freeze(
    {
      ...{ runId: 'run-1', requestId: 'r', dryRun: false, force: false, named: false, pins: [], requestedAt: 1 },
      period: { startDate: '2026-10-01', endDate: '2026-10-31', start: 0, end: 1, timeZone: 'UTC' },
      trigger: { source: 'cli', actor: null, deliveryId: null },
      startedAt: 2,
    },
    (async function* () {
      yield ['a'];
    })(),
    null,
  );
  const recording = await database.pool.connect();
  await recording.query(`begin; select from billing_runs for share; select from issuing_control for share`);
  const done: string[] = [];

  const changes = [
    control
      .cancel({ runId: 'run-1', requestId: 'r', reason: 'x', actor: null, at: 1 })
      .then(() => done.push('cancelled')),
    control.pause({ reason: 'x', actor: null, at: 1 }).then(() => done.push('paused')),
  ];
  await eventually(async () => {
    const { rows } = await database.pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(rows).toHaveLength(2);
  });
  expect(done).toEqual([]);
  await recording.query('commit');
  recording.release();
  await Promise.all(changes);

  expect(done.sort()).toEqual(['cancelled', 'paused']);
});
