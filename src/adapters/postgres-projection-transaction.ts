/** What a projection does in its transaction, as set-based SQL: a batch is a handful of statements however large it is. */
import { BillingError } from '../errors.ts';
import { excluded, type Column } from './columns.ts';
import { deadLetterWrites } from './postgres-dead-letters.ts';
import { heldBillWrites } from './postgres-held-bills.ts';
import { insertRows } from './postgres-insert.ts';
import { invoiceWrites } from './postgres-invoices.ts';
import type { Client } from './postgres.ts';
import { fromOutcomeRow, fromRunRow, type OutcomeRow, type RunRow } from './postgres-run-rows.ts';
import { fromShopResultRow, SHOP_RESULT_COLUMNS, type ShopResultRow } from './postgres-shop-results.ts';
import type {
  NewCompletion,
  OutcomeCount,
  ProjectionStep,
  ProjectionTransaction,
  RunState,
  ShopKey,
} from './projection-store.ts';
import { completedFromJson, toJson } from './read-model-json.ts';
import type { BillingRunCompleted } from '../domain/events.ts';

const OUTCOME_KEY = ['run_id', 'topic', 'partition', 'outcome', 'currency', 'currency_exponent'];
const OUTCOMES = ({ topic, partition }: ProjectionStep): Column<OutcomeCount>[] => [
  ['run_id', 'text', ({ runId }) => runId],
  ['topic', 'text', () => topic],
  ['partition', 'int', () => partition],
  ['outcome', 'text', ({ outcome }) => outcome],
  ['currency', 'text', ({ currency }) => currency ?? ''],
  ['currency_exponent', 'int', ({ currencyExponent }) => currencyExponent ?? 0],
  ['shops', 'bigint', ({ shops }) => shops],
  ['revenue_minor', 'bigint', ({ revenueMinor }) => revenueMinor],
  ['fees_minor', 'bigint', ({ feesMinor }) => feesMinor],
];

const RUNS: Column<RunState>[] = [
  ['run_id', 'text', ({ runId }) => runId],
  ['started_at_ms', 'bigint', ({ started }) => started?.startedAt],
  ['started', 'json', ({ started }) => (started === null ? null : toJson(started))],
  ['cancelled_at_ms', 'bigint', ({ cancelledAt }) => cancelledAt],
  ['revision', 'int', ({ completed }) => completed?.revision],
  ['completed_status', 'text', ({ completed }) => completed?.status],
  ['completed_at_ms', 'bigint', ({ completed }) => completed?.completedAt],
];

const COMPLETIONS: Column<NewCompletion>[] = [
  ['run_id', 'text', ({ completed }) => completed.runId],
  ['revision', 'int', ({ completed }) => completed.revision],
  ['completed', 'json', ({ completed }) => toJson(completed)],
  ['seen', 'boolean', () => false],
  ['source_topic', 'text', ({ source }) => source.topic],
  ['source_partition', 'int', ({ source }) => source.partition],
  ['source_offset', 'bigint', ({ source }) => source.offset],
  ['record_key', 'text', ({ record }) => record.key],
  ['record_value', 'bytea', ({ record }) => record.value],
  ['record_headers', 'json', ({ record }) => toJson(record.headers)],
];

const SEEN_COMPLETIONS: Column<BillingRunCompleted>[] = [
  ['run_id', 'text', ({ runId }) => runId],
  ['revision', 'int', ({ revision }) => revision],
  ['completed', 'json', (completed) => toJson(completed)],
  ['seen', 'boolean', () => true],
];

/** Thrown when a row was changed by somebody else after it was loaded: the transaction must start again. */
export class RowChanged extends BillingError {
  constructor() {
    super('UNAVAILABLE', 'Read models are being changed by another projector at the same place.');
  }
}

/** @param schema an SQL identifier, trusted */
export function projectionTransaction(client: Client, schema: string, step: ProjectionStep): ProjectionTransaction {
  /** Version of each state as loaded; 0 when there was none. */
  const versions = new Map<string, number>();
  const nameOf = ({ runId, shopId }: ShopKey) => `${runId}\n${shopId}`;

  return {
    ...invoiceWrites(client, schema),
    ...deadLetterWrites(client, schema),
    ...heldBillWrites(client, schema),

    async loadShopResults(keys) {
      const { rows } = await client.query<ShopResultRow>(
        `select r.* from unnest($1::text[], $2::text[]) as k (run_id, shop_id)
         join ${schema}.shop_results r on r.run_id = k.run_id and r.shop_id = k.shop_id`,
        [keys.map(({ runId }) => runId), keys.map(({ shopId }) => shopId)],
      );
      const found = new Map(rows.map((row) => [nameOf({ runId: row.run_id, shopId: row.shop_id }), row]));
      return keys.map((key) => {
        const row = found.get(nameOf(key));
        versions.set(nameOf(key), row?.version ?? 0);
        return row ? fromShopResultRow(row) : null;
      });
    },

    async saveShopResults(states) {
      const rows = states.map((state) => ({ state, version: (versions.get(nameOf(state)) ?? 0) + 1 }));
      const written = await insertRows(
        client,
        `${schema}.shop_results`,
        SHOP_RESULT_COLUMNS,
        rows,
        `on conflict (run_id, shop_id) do update set ${excluded(SHOP_RESULT_COLUMNS, ['run_id', 'shop_id'])}
         where old.version = excluded.version - 1`,
      );
      if (written !== rows.length) throw new RowChanged();
    },

    async addOutcomes(differences) {
      await insertRows(
        client,
        `${schema}.run_outcomes`,
        OUTCOMES(step),
        differences,
        `on conflict (${OUTCOME_KEY.join(', ')}) do update set shops = old.shops + excluded.shops,
         revenue_minor = old.revenue_minor + excluded.revenue_minor, fees_minor = old.fees_minor + excluded.fees_minor`,
      );
    },

    async lockRuns(runIds) {
      const ids = [...runIds].sort();
      await client.query(
        `insert into ${schema}.runs (run_id) select id from unnest($1::text[]) as id on conflict do nothing`,
        [ids],
      );
      const runs = await client.query<RunRow>(
        `select ${RUNS.map(([name]) => (name === 'started' ? 'started::text' : name)).join(', ')}
         from ${schema}.runs where run_id = any($1::text[]) order by run_id for update`,
        [ids],
      );
      // Only now, behind the locks: a statement sees what was committed before it began.
      const counts = await client.query<OutcomeRow>(
        `select run_id, outcome, currency, currency_exponent, sum(shops)::bigint as shops,
           sum(revenue_minor)::bigint as revenue_minor, sum(fees_minor)::bigint as fees_minor
         from ${schema}.run_outcomes where run_id = any($1::text[])
         group by run_id, outcome, currency, currency_exponent`,
        [ids],
      );
      const completions = await client.query<{ completed: string; run_id: string }>(
        `select distinct on (run_id) run_id, completed::text from run_completions
         where run_id = any($1::text[]) order by run_id, revision desc`,
        [ids],
      );
      const countsOf = Map.groupBy(counts.rows.map(fromOutcomeRow), ({ runId }) => runId);
      const last = new Map(completions.rows.map((row) => [row.run_id, completedFromJson(row.completed)]));
      return runs.rows.map((row) => ({
        state: fromRunRow(row),
        counts: countsOf.get(row.run_id) ?? [],
        lastCompletion: last.get(row.run_id) ?? null,
      }));
    },

    async saveRuns(states) {
      await insertRows(
        client,
        `${schema}.runs`,
        RUNS,
        states,
        `on conflict (run_id) do update set ${excluded(RUNS, ['run_id'])}`,
      );
    },

    async addCompletions(completions) {
      await client.query('set local synchronous_commit = on');
      await insertRows(client, 'run_completions', COMPLETIONS, completions, '');
    },

    async noteCompletions(completed) {
      const distinct = new Map(completed.map((one) => [`${one.runId}/${one.revision}`, one]));
      await insertRows(
        client,
        'run_completions',
        SEEN_COMPLETIONS,
        [...distinct.values()],
        'on conflict (run_id, revision) do update set completed = excluded.completed, seen = true',
      );
    },
  };
}
