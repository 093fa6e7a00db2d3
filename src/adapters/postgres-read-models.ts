/** Read models out of Postgres. Every list is read along an index, from the key its cursor holds. */
import type { Period } from '../domain/events.ts';
import { decodeCursor, pageOf } from './cursor.ts';
import { seriesOf } from './invoice-order.ts';
import { query, type Pool } from './postgres.ts';
import { fromOutcomeRow, fromRunRow, type OutcomeRow, type RunRow } from './postgres-run-rows.ts';
import { fromShopResultRow, type ShopResultRow } from './postgres-shop-results.ts';
import { linesFromJson } from './read-model-json.ts';
import { READ_MODELS_SCHEMA } from './read-model-tables.ts';
import type { DeadLetterView, HeldBillView, InvoiceView, ReadModels, RunView } from './read-models.ts';
import { summarize, toRunView, toShopResultView } from './read-views.ts';

const RUN_COLUMNS = `run_id, started::text, cancelled_at_ms, revision, completed_status, completed_at_ms`;
const INVOICE_COLUMNS = `invoice_id, invoice_number, shop_id, shop_domain, plan_id, run_id, period, currency,
  currency_exponent, subtotal_minor, discount_minor, tax_minor, credit_minor, total_minor, lines::text,
  case when voided then 'voided' else status end as status, issued_at_ms, due_at_ms`;
const OPEN_DEAD_LETTER = 'not settled and original_topic is not null';

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

    async listInvoices({ periodStartDate, shopId, runId, cursor, limit }) {
      const after = decodeCursor(cursor, ['text'])?.[0];
      const values: unknown[] = [limit + 1];
      const where = ['invoice_number is not null'];
      const filter = (column: string, value: string | null) => {
        if (value !== null) where.push(`${column} = $${values.push(value)}`);
      };
      filter('period_start_date', periodStartDate);
      filter('shop_id', shopId);
      filter('run_id', runId);
      if (after !== undefined) {
        const place = [seriesOf(after), after.length, after].map((value) => `$${values.push(value)}`);
        where.push(`(series, number_length, invoice_number) > (${place.join(', ')})`);
      }
      const { rows } = await query<InvoiceRow>(
        pool,
        `select ${INVOICE_COLUMNS} from ${schema}.invoices where ${where.join(' and ')}
         order by series, number_length, invoice_number limit $1`,
        values,
      );
      return pageOf(rows, limit, fromInvoiceRow, ({ invoiceNumber }) => [invoiceNumber]);
    },

    async findInvoice(invoiceNumber) {
      const { rows } = await query<InvoiceRow>(
        pool,
        `select ${INVOICE_COLUMNS} from ${schema}.invoices
         where series = $1 and number_length = $2 and invoice_number = $3`,
        [seriesOf(invoiceNumber), invoiceNumber.length, invoiceNumber],
      );
      return rows[0] ? fromInvoiceRow(rows[0]) : null;
    },

    async listDeadLetters({ cursor, limit }) {
      const after = decodeCursor(cursor, ['text', 'integer', 'integer']);
      const { rows } = await query<DeadLetterRow>(
        pool,
        `select * from ${schema}.dead_letters where ${OPEN_DEAD_LETTER}
         ${after ? 'and (topic, partition, record_offset) > ($2, $3, $4)' : ''}
         order by topic, partition, record_offset limit $1`,
        [limit + 1, ...(after ?? [])],
      );
      return pageOf(rows, limit, fromDeadLetterRow, ({ deadLetterId }) => deadLetterId.split('/'));
    },

    async listHeldBills({ cursor, limit }) {
      const after = decodeCursor(cursor, ['text', 'text']);
      const { rows } = await query<HeldBillRow>(
        pool,
        `select * from ${schema}.held_bills ${after ? 'where (shop_id, run_id) > ($2, $3)' : ''}
         order by shop_id, run_id limit $1`,
        [limit + 1, ...(after ?? [])],
      );
      return pageOf(rows, limit, fromHeldBillRow, ({ shopId, runId }) => [shopId, runId]);
    },

    async status(now) {
      const counted = await query<StatusRow>(
        pool,
        `select (${ACTIVE_SHOPS}) as active_shops, (${SHOPS_WITH_PLANS}) as shops_with_plans,
           (select coalesce(sum(shops), 0)::bigint from ${schema}.run_outcomes where outcome = 'invoiced') as pending,
           (select count(*) from ${schema}.held_bills) as held,
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

interface InvoiceRow {
  readonly invoice_id: string;
  readonly invoice_number: string;
  readonly shop_id: string;
  readonly shop_domain: string;
  readonly plan_id: string;
  readonly run_id: string;
  readonly period: Period;
  readonly currency: string;
  readonly currency_exponent: number;
  readonly subtotal_minor: bigint;
  readonly discount_minor: bigint;
  readonly tax_minor: bigint;
  readonly credit_minor: bigint;
  readonly total_minor: bigint;
  readonly lines: string;
  readonly status: string;
  readonly issued_at_ms: bigint;
  readonly due_at_ms: bigint;
}

function fromInvoiceRow(row: InvoiceRow): InvoiceView {
  return {
    invoiceId: row.invoice_id,
    invoiceNumber: row.invoice_number,
    shopId: row.shop_id,
    shopDomain: row.shop_domain,
    planId: row.plan_id,
    runId: row.run_id,
    period: row.period,
    currency: row.currency,
    currencyExponent: row.currency_exponent,
    subtotalMinor: row.subtotal_minor,
    discountMinor: row.discount_minor,
    taxMinor: row.tax_minor,
    creditMinor: row.credit_minor,
    totalMinor: row.total_minor,
    lines: linesFromJson(row.lines),
    status: row.status,
    issuedAt: Number(row.issued_at_ms),
    dueAt: Number(row.due_at_ms),
  };
}

interface DeadLetterRow {
  readonly topic: string;
  readonly partition: number;
  readonly record_offset: bigint;
  readonly original_topic: string;
  readonly original_partition: number | null;
  readonly original_offset: bigint | null;
  readonly key: string | null;
  readonly run_id: string | null;
  readonly code: string;
  readonly message: string;
  readonly kind: string;
  readonly attempt: number;
  readonly failed_at_ms: bigint;
}

function fromDeadLetterRow(row: DeadLetterRow): DeadLetterView {
  return {
    deadLetterId: `${row.topic}/${row.partition}/${row.record_offset}`,
    originalTopic: row.original_topic,
    originalPartition: row.original_partition,
    originalOffset: row.original_offset,
    key: row.key,
    runId: row.run_id,
    code: row.code,
    message: row.message,
    kind: row.kind,
    attempt: row.attempt,
    failedAt: Number(row.failed_at_ms),
  };
}

interface HeldBillRow {
  readonly run_id: string;
  readonly shop_id: string;
  readonly bill_id: string;
  readonly shop_domain: string;
  readonly period: Period;
  readonly currency: string;
  readonly currency_exponent: number;
  readonly total_minor: bigint;
  readonly fraud_level: string | null;
  readonly fraud_codes: string[];
  readonly held_at_ms: bigint;
}

function fromHeldBillRow(row: HeldBillRow): HeldBillView {
  return {
    runId: row.run_id,
    shopId: row.shop_id,
    billId: row.bill_id,
    shopDomain: row.shop_domain,
    period: row.period,
    currency: row.currency,
    currencyExponent: row.currency_exponent,
    totalMinor: row.total_minor,
    fraudLevel: row.fraud_level,
    fraudCodes: row.fraud_codes,
    heldAt: Number(row.held_at_ms),
  };
}
