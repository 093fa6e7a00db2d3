/** Planned runs in Postgres. Their tables are in migrations/0003-runs.ts. */
import type { TriggerSource } from '../domain/requests.ts';
import { createManifestHash } from './manifest-hash.ts';
import { pinsFromJson, pinsToJson, type StoredPins } from './postgres-pins.ts';
import { query, transaction, type Client, type Pool } from './postgres.ts';
import type { FrozenRun, PlannedRun, Runs } from './runs.ts';

export function createPostgresRuns({ pool }: { pool: Pool }): Runs {
  const find = async (runId: string): Promise<FrozenRun | null> => {
    const { rows } = await query<RunRow>(pool, 'select * from billing_runs where run_id = $1', [runId]);
    return rows[0] ? toRun(rows[0]) : null;
  };
  return {
    find,
    freeze: async (run, manifest, countUnbillable) => {
      const known = await find(run.runId);
      if (known) return known;
      // The manifest can be read only once, so this transaction is not repeated here.
      await transaction(pool, { durable: true, attempts: 1 }, (client) =>
        freezeOnce(client, run, manifest, countUnbillable),
      );
      return (await find(run.runId))!;
    },
    manifest: async ({ runId, after, limit }) => {
      const { rows } = await query<{ shop_id: string }>(
        pool,
        `select shop_id from billing_run_shops where run_id = $1 ${after === null ? '' : 'and shop_id > $3'}
         order by shop_id limit $2`,
        [runId, limit, ...(after === null ? [] : [after])],
      );
      return rows.map((row) => row.shop_id);
    },
    restore: (run) =>
      transaction(pool, { durable: true }, async (client) => {
        if (!(await claim(client, run))) return false;
        await describeManifest(client, run.runId, run);
        return true;
      }),
    restoreManifest: async (runId, shopIds) => {
      await query(
        pool,
        'insert into billing_run_shops (run_id, shop_id) select $1, unnest($2::text[]) on conflict do nothing',
        [runId, shopIds],
      );
    },
    inManifest: async ({ runId, shopIds }) => {
      const { rows } = await query<{ shop_id: string }>(
        pool,
        'select shop_id from billing_run_shops where run_id = $1 and shop_id = any($2::text[])',
        [runId, shopIds],
      );
      return new Set(rows.map((row) => row.shop_id));
    },
    ofPeriod: async (periodStartDate) => {
      const { rows } = await query<RunRow>(
        pool,
        'select * from billing_runs where period_start_date = $1 order by started_at_ms desc, run_id desc',
        [periodStartDate],
      );
      return rows.map(toRun);
    },
  };
}

/** Who inserts the run first fills it in; anybody else waits here for that transaction, and then does nothing. */
async function freezeOnce(
  client: Client,
  run: PlannedRun,
  manifest: AsyncIterable<readonly string[]>,
  countUnbillable: (() => Promise<number>) | null,
): Promise<void> {
  if (!(await claim(client, run))) return;
  // Listing and counting shops happens elsewhere while this transaction is open.
  await client.query(`set local idle_in_transaction_session_timeout = '10min'`);
  const hash = createManifestHash();
  for await (const shopIds of manifest) {
    hash.add(shopIds);
    await client.query('insert into billing_run_shops (run_id, shop_id) select $1, unnest($2::text[])', [
      run.runId,
      shopIds,
    ]);
  }
  await describeManifest(client, run.runId, {
    ...hash.finish(),
    unbillableShopsWithUsage: countUnbillable && (await countUnbillable()),
  });
}

type ManifestDescription = Pick<FrozenRun, 'expectedShops' | 'manifestSha256' | 'unbillableShopsWithUsage'>;

async function describeManifest(client: Client, runId: string, described: ManifestDescription): Promise<void> {
  await client.query(
    `update billing_runs set expected_shops = $2, manifest_sha256 = $3, unbillable_shops_with_usage = $4
     where run_id = $1`,
    [runId, described.expectedShops, described.manifestSha256, described.unbillableShopsWithUsage],
  );
}

async function claim(client: Client, run: PlannedRun): Promise<boolean> {
  const { period, trigger } = run;
  const { rowCount } = await client.query(
    `insert into billing_runs (run_id, request_id, period_start_date, period_end_date, period_start_ms, period_end_ms,
       time_zone, dry_run, force, named, trigger_source, trigger_actor, trigger_delivery_id, pins, requested_at_ms,
       started_at_ms, expected_shops, manifest_sha256)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, '')
     on conflict (run_id) do nothing`,
    [
      run.runId,
      run.requestId,
      period.startDate,
      period.endDate,
      period.start,
      period.end,
      period.timeZone,
      run.dryRun,
      run.force,
      run.named,
      trigger.source,
      trigger.actor,
      trigger.deliveryId,
      pinsToJson(run.pins),
      run.requestedAt,
      run.startedAt,
    ],
  );
  return rowCount === 1;
}

interface RunRow {
  run_id: string;
  request_id: string;
  period_start_date: string;
  period_end_date: string;
  period_start_ms: bigint;
  period_end_ms: bigint;
  time_zone: string;
  dry_run: boolean;
  force: boolean;
  named: boolean;
  trigger_source: TriggerSource;
  trigger_actor: string | null;
  trigger_delivery_id: string | null;
  pins: StoredPins;
  requested_at_ms: bigint;
  started_at_ms: bigint;
  expected_shops: number;
  manifest_sha256: string;
  unbillable_shops_with_usage: number | null;
}

const toRun = (row: RunRow): FrozenRun => ({
  runId: row.run_id,
  requestId: row.request_id,
  period: {
    startDate: row.period_start_date,
    endDate: row.period_end_date,
    start: Number(row.period_start_ms),
    end: Number(row.period_end_ms),
    timeZone: row.time_zone,
  },
  dryRun: row.dry_run,
  force: row.force,
  named: row.named,
  trigger: { source: row.trigger_source, actor: row.trigger_actor, deliveryId: row.trigger_delivery_id },
  pins: pinsFromJson(row.pins),
  requestedAt: Number(row.requested_at_ms),
  startedAt: Number(row.started_at_ms),
  expectedShops: row.expected_shops,
  manifestSha256: row.manifest_sha256,
  unbillableShopsWithUsage: row.unbillable_shops_with_usage,
});
