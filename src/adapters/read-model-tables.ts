/**
 * The tables of the read models in their first shape; what changed since is in read-model-changes.ts. They live in a Postgres schema of their own, so that a rebuild can fill a second one
 * and rename it. They can be dropped at any time and made again from the log.
 */
export const READ_MODELS_SCHEMA = 'read_models';

/** @param schema an SQL identifier, trusted */
export function createReadModelTables(schema: string): string {
  return `
create schema ${schema};

create table ${schema}.checkpoints (
  position bigint not null,
  newest_at_ms bigint,
  partition int not null,
  topic text collate "C" not null,
  primary key (topic, partition)
);

-- The folded state of (run, shop): what was decided last, its bill, its invoice. version counts the writes.
create table ${schema}.shop_results (
  bill_total_minor bigint,
  bill_attributed_minor bigint,
  bill_refunded_minor bigint,
  invoice_total_minor bigint,
  version int not null,
  decided_sequence int not null,
  decided_rank int not null,
  bill_sequence int,
  bill_currency_exponent int,
  invoice_sequence int,
  invoice_currency_exponent int,
  run_id text collate "C" not null,
  shop_id text collate "C" not null,
  outcome text collate "C",
  reason text,
  error text,
  decided_shop_domain text,
  bill_shop_domain text,
  bill_currency text,
  invoice_shop_domain text,
  invoice_currency text,
  invoice_id text,
  invoice_number text,
  primary key (run_id, shop_id)
);
create index shop_results_by_outcome on ${schema}.shop_results (run_id, outcome, shop_id);

-- Counted where the event came in, so that partitions do not wait for each other; a run's sum is over all of them.
-- No currency: these shops are not in the totals.
create table ${schema}.run_outcomes (
  shops bigint not null,
  revenue_minor bigint not null,
  fees_minor bigint not null,
  partition int not null,
  currency_exponent int not null,
  run_id text collate "C" not null,
  topic text collate "C" not null,
  outcome text collate "C" not null,
  currency text collate "C" not null,
  primary key (run_id, topic, partition, outcome, currency, currency_exponent)
) with (fillfactor = 50);
create index run_outcomes_by_outcome on ${schema}.run_outcomes (outcome);

-- started_at_ms is null while only events of the run's shops were seen.
create table ${schema}.runs (
  started_at_ms bigint,
  cancelled_at_ms bigint,
  completed_at_ms bigint,
  revision int,
  run_id text collate "C" primary key,
  completed_status text,
  started json
);
create index runs_newest_first on ${schema}.runs (started_at_ms desc, run_id desc) where started_at_ms is not null;

-- invoice_number is null where the voiding was seen before the invoice.
create table ${schema}.invoices (
  subtotal_minor bigint,
  discount_minor bigint,
  tax_minor bigint,
  credit_minor bigint,
  total_minor bigint,
  issued_at_ms bigint,
  due_at_ms bigint,
  number_length int,
  currency_exponent int,
  voided boolean not null,
  invoice_id text collate "C" primary key,
  series text collate "C",
  invoice_number text collate "C",
  shop_id text collate "C",
  run_id text collate "C",
  period_start_date text collate "C",
  shop_domain text,
  plan_id text,
  currency text,
  status text,
  period json,
  lines json
);
create index invoices_by_number on ${schema}.invoices (series, number_length, invoice_number);
create index invoices_of_period on ${schema}.invoices (period_start_date, series, number_length, invoice_number);
create index invoices_of_shop on ${schema}.invoices (shop_id, series, number_length, invoice_number);
create index invoices_of_run on ${schema}.invoices (run_id, series, number_length, invoice_number);

-- original_topic is null where the redrive or the discarding was seen before the dead letter.
create table ${schema}.dead_letters (
  record_offset bigint not null,
  original_offset bigint,
  failed_at_ms bigint,
  partition int not null,
  original_partition int,
  attempt int,
  settled boolean not null,
  topic text collate "C" not null,
  original_topic text,
  key text,
  run_id text,
  code text,
  message text,
  kind text,
  primary key (topic, partition, record_offset)
);
create index dead_letters_open on ${schema}.dead_letters (topic, partition, record_offset)
  where not settled and original_topic is not null;

create table ${schema}.held_bills (
  total_minor bigint not null,
  held_at_ms bigint not null,
  currency_exponent int not null,
  run_id text collate "C" not null,
  shop_id text collate "C" not null,
  bill_id text not null,
  shop_domain text not null,
  currency text not null,
  fraud_level text,
  fraud_codes text[] not null,
  period json not null,
  primary key (shop_id, run_id)
);
`;
}
