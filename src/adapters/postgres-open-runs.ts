/** Open runs in Postgres: planned runs beside what the read models have of their shops. */
import type { OpenRun, OpenRuns } from './open-runs.ts';
import { query, type Pool } from './postgres.ts';
import { READ_MODELS_SCHEMA } from './read-model-tables.ts';

/** @param schema of the read models: an SQL identifier, trusted */
export function createPostgresOpenRuns({
  pool,
  schema = READ_MODELS_SCHEMA,
}: {
  pool: Pool;
  schema?: string;
}): OpenRuns {
  return {
    list: async () => {
      const { rows } = await query<OpenRunRow>(
        pool,
        `select run_id, request_id, started_at_ms, cancelled_at_ms is not null as cancelled, expected_shops,
           (select coalesce(sum(shops), 0)::int from ${schema}.run_outcomes
            where run_outcomes.run_id = billing_runs.run_id) as decided_shops
         from billing_runs
         where (select coalesce(bool_and(seen), false) from run_completions
                where run_completions.run_id = billing_runs.run_id) is false
         order by started_at_ms, run_id`,
      );
      return rows.map(toOpenRun);
    },

    missingShops: async ({ runId, after, limit }) => {
      const { rows } = await query<{ shop_id: string }>(
        pool,
        `select shop_id from billing_run_shops
         where run_id = $1 and shop_id > $2 and not exists (
           select from ${schema}.shop_results decided
           where decided.run_id = $1 and decided.shop_id = billing_run_shops.shop_id and decided.outcome is not null
         )
         order by shop_id limit $3`,
        [runId, after ?? '', limit],
      );
      return rows.map((row) => row.shop_id);
    },

    lastEventAt: async () => {
      const { rows } = await query<{ newest: bigint | null }>(
        pool,
        `select max(newest_at_ms) as newest from ${schema}.checkpoints`,
      );
      const newest = rows[0]?.newest ?? null;
      return newest === null ? null : Number(newest);
    },
  };
}

interface OpenRunRow {
  readonly run_id: string;
  readonly request_id: string;
  readonly started_at_ms: bigint;
  readonly cancelled: boolean;
  readonly expected_shops: number;
  readonly decided_shops: number;
}

const toOpenRun = (row: OpenRunRow): OpenRun => ({
  runId: row.run_id,
  requestId: row.request_id,
  startedAt: Number(row.started_at_ms),
  cancelled: row.cancelled,
  expectedShops: row.expected_shops,
  decidedShops: row.decided_shops,
});
