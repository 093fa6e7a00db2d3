/** Read models out of Postgres. Every list is read along an index, from the key its cursor holds. */
import { decodeCursor, pageOf } from './cursor.ts';
import { deadLetterReads, OPEN_DEAD_LETTER } from './postgres-dead-letters.ts';
import { heldBillReads, OPEN_HELD_BILL } from './postgres-held-bills.ts';
import { invoiceReads } from './postgres-invoices.ts';
import { query, type Pool } from './postgres.ts';
import { fromOutcomeRow, fromRunRow, type OutcomeRow, type RunRow } from './postgres-run-rows.ts';
import { fromShopResultRow, type ShopResultRow } from './postgres-shop-results.ts';
import { READ_MODELS_SCHEMA } from './read-model-tables.ts';
import type { ReadModels, RunView } from './read-models.ts';
import { summarize, toRunView, toShopResultView } from './read-views.ts';

const RUN_COLUMNS = `run_id, started::text, cancelled_at_ms, revision, completed_status, completed_at_ms`;

/** @param schema an SQL identifier, trusted */
export function createPostgresReadModels({
  pool,
  schema = READ_MODELS_SCHEMA,
}: {
  pool: Pool;
  schema?: string;
}): ReadModels {
  async function withCounts(runs: readonly RunRow[]): Promise<RunView[]> {
    const { rows } = await query<OutcomeRow>(
      pool,
      `select run_id, outcome, currency, currency_exponent, sum(shops)::bigint as shops,
         sum(revenue_minor)::bigint as revenue_minor, sum(fees_minor)::bigint as fees_minor
       from ${schema}.run_outcomes where run_id = any($1::text[])
       group by run_id, outcome, currency, currency_exponent`,
      [runs.map((run) => run.run_id)],
    );
    const counts = Map.groupBy(rows.map(fromOutcomeRow), ({ runId }) => runId);
    return runs.flatMap((row) => toRunView(fromRunRow(row), summarize(counts.get(row.run_id) ?? [])) ?? []);
  }

  async function newestRuns(after: readonly string[] | null, limit: number): Promise<RunRow[]> {
    const { rows } = await query<RunRow>(
      pool,
      `select ${RUN_COLUMNS} from ${schema}.runs where started_at_ms is not null
       ${after ? 'and (started_at_ms, run_id) < ($2, $3)' : ''}
       order by started_at_ms desc, run_id desc limit $1`,
      [limit, ...(after ?? [])],
    );
    return rows;
  }

  return {
    ...invoiceReads(pool, schema),
    ...deadLetterReads(pool, schema),
    ...heldBillReads(pool, schema),

    async findRun(runId) {
      const { rows } = await query<RunRow>(pool, `select ${RUN_COLUMNS} from ${schema}.runs where run_id = $1`, [
        runId,
      ]);
      const [run] = await withCounts(rows);
      return run ?? null;
    },

    async listRuns({ cursor, limit }) {
      const rows = await newestRuns(decodeCursor(cursor, ['integer', 'text']), limit + 1);
      const page = pageOf(
        await withCounts(rows),
        limit,
        (run) => run,
        (run) => [run.startedAt, run.runId],
      );
      return page;
    },

    async findShopResult({ runId, shopId }) {
      const { rows } = await query<ShopResultRow>(
        pool,
        `select * from ${schema}.shop_results where run_id = $1 and shop_id = $2`,
        [runId, shopId],
      );
      return rows[0] ? toShopResultView(fromShopResultRow(rows[0])) : null;
    },

    async listShopResults({ runId, outcome, cursor, limit }) {
      const after = decodeCursor(cursor, ['text']);
      const { rows } = await query<ShopResultRow>(
        pool,
        `select * from ${schema}.shop_results where run_id = $1 and ($2::text is null or outcome = $2) and shop_id > $3
         order by shop_id limit $4`,
        [runId, outcome, after?.[0] ?? '', limit + 1],
      );
      return pageOf(
        rows,
        limit,
        (row) => toShopResultView(fromShopResultRow(row)),
        ({ shopId }) => [shopId],
      );
    },

    async status(now) {
      const counted = await query<StatusRow>(
        pool,
        `select (${ACTIVE_SHOPS}) as active_shops, (${SHOPS_WITH_PLANS}) as shops_with_plans,
           (select coalesce(sum(shops), 0)::bigint from ${schema}.run_outcomes where outcome = 'invoiced') as pending,
           (select count(*) from ${schema}.held_bills where ${OPEN_HELD_BILL}) as held,
           (select count(*) from ${schema}.dead_letters where ${OPEN_DEAD_LETTER}) as dead_letters,
           (select max(newest_at_ms) from ${schema}.checkpoints) as newest_at_ms`,
        [now, new Date(now).toISOString().slice(0, 10)],
      );
      const row = counted.rows[0]!;
      const [lastRun] = await withCounts(await newestRuns(null, 1));
      return {
        activeShops: Number(row.active_shops),
        shopsWithBillingPlans: Number(row.shops_with_plans),
        pendingInvoices: Number(row.pending),
        heldBills: Number(row.held),
        deadLetters: Number(row.dead_letters),
        lastRun: lastRun ?? null,
        lastUpdated: row.newest_at_ms === null ? null : Number(row.newest_at_ms),
      };
    },
  };
}

/** The newest status of each shop, by when it occurred ($1: now), then by when it was recorded. */
const ACTIVE = `select shop_id from (
    select distinct on (shop_id) shop_id, status from shop_registrations where occurred_at_ms <= $1
    order by shop_id, occurred_at_ms desc, recorded_at_ms desc, log_partition desc, log_offset desc
  ) as newest where status = 'active'`;
const ACTIVE_SHOPS = `select count(*) from (${ACTIVE}) as active`;
/** Active shops whose newest plan version begun by the date $2 has not ended. */
const SHOPS_WITH_PLANS = `select count(*) from (${ACTIVE}) as active join (
    select distinct on (shop_id) shop_id, effective_until from plan_versions where effective_from <= $2
    order by shop_id, effective_from desc, recorded_at_ms desc, log_partition desc, log_offset desc
  ) as current using (shop_id) where effective_until is null or effective_until > $2`;

interface StatusRow {
  readonly active_shops: bigint;
  readonly shops_with_plans: bigint;
  readonly pending: bigint;
  readonly held: bigint;
  readonly dead_letters: bigint;
  readonly newest_at_ms: bigint | null;
}
