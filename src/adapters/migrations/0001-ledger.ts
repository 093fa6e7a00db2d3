import type { Migration } from './migration.ts';

/**
 * The facts, append-only. Every table belongs to one topic (shops, usage, fx-rates), so a row's place in the log is its
 * partition and offset. Facts that count once have a `slot`: -1 for the row that was stored first, the log partition
 * for the same id met in another partition. (key, slot) is unique, so two ingesters that bring the same id at the same
 * time notice each other; `contested` marks all rows of such an id, and only those are resolved on read.
 */
export const ledger: Migration = {
  name: '0001-ledger',
  sql: `
create table ingest_positions (
  topic text collate "C" not null,
  partition int not null,
  next_offset bigint not null,
  primary key (topic, partition)
);

create table shop_registrations (
  recorded_at_ms bigint not null,
  log_offset bigint not null,
  occurred_at_ms bigint not null,
  log_partition int not null,
  shop_id text collate "C" not null,
  shop_domain text not null,
  status text not null,
  currency text not null,
  primary key (log_partition, log_offset)
);
create index shop_registrations_of_shop on shop_registrations (shop_id);

create table plan_versions (
  recorded_at_ms bigint not null,
  log_offset bigint not null,
  occurred_at_ms bigint not null,
  trial_threshold_minor bigint not null,
  minimum_fee_minor bigint,
  maximum_fee_minor bigint,
  log_partition int not null,
  currency_exponent int not null,
  discount_rate_ppm int not null,
  tax_rate_ppm int not null,
  shop_id text collate "C" not null,
  plan_id text not null,
  name text not null,
  currency text not null,
  effective_from text not null,
  effective_until text,
  attribution_model text not null,
  terms jsonb not null,
  fraud_profile jsonb,
  primary key (log_partition, log_offset)
);
create index plan_versions_of_shop on plan_versions (shop_id);

create table purchases (
  occurred_at_ms bigint not null,
  order_total_minor bigint not null,
  attributed_minor bigint not null,
  recorded_at_ms bigint not null,
  log_offset bigint not null,
  log_partition int not null,
  slot int not null,
  currency_exponent int not null,
  contested boolean not null,
  raw boolean not null,
  test boolean,
  shop_id text collate "C" not null,
  order_id text collate "C" not null,
  currency text collate "C" not null,
  customer_id text,
  session_id text,
  channels text[] not null,
  amounts_minor bigint[] not null,
  financial_status text,
  line_product_ids text[],
  line_quantities int[],
  line_prices_minor bigint[]
);
create unique index purchases_once on purchases (shop_id, order_id, slot);
-- Sums are made from this index alone, once vacuum has marked the pages visible.
create index purchases_by_time on purchases (shop_id, occurred_at_ms)
  include (log_offset, order_total_minor, attributed_minor, log_partition, raw, currency, channels, amounts_minor)
  where not contested;
create index purchases_contested on purchases (shop_id, occurred_at_ms) where contested;
alter table purchases set (autovacuum_vacuum_insert_threshold = 10000, autovacuum_vacuum_insert_scale_factor = 0.05);

create table refunds (
  occurred_at_ms bigint not null,
  refund_total_minor bigint not null,
  recorded_at_ms bigint not null,
  log_offset bigint not null,
  log_partition int not null,
  slot int not null,
  currency_exponent int not null,
  contested boolean not null,
  shop_id text collate "C" not null,
  refund_id text collate "C" not null,
  order_id text collate "C" not null,
  currency text collate "C" not null,
  channels text[],
  amounts_minor bigint[]
);
create unique index refunds_once on refunds (shop_id, refund_id, slot);
create index refunds_by_time on refunds (shop_id, occurred_at_ms);
create index refunds_of_order on refunds (shop_id, order_id);

create table interactions (
  occurred_at_ms bigint not null,
  recorded_at_ms bigint not null,
  log_offset bigint not null,
  log_partition int not null,
  slot int not null,
  contested boolean not null,
  shop_id text collate "C" not null,
  interaction_id text collate "C" not null,
  interaction_type text not null,
  channel text collate "C" not null,
  session_id text,
  customer_id text,
  product_id text,
  ip_address text,
  user_agent text
);
create unique index interactions_once on interactions (shop_id, interaction_id, slot);
create index interactions_by_time on interactions (shop_id, occurred_at_ms)
  include (log_offset, log_partition, channel) where not contested;
create index interactions_contested on interactions (shop_id, occurred_at_ms) where contested;
alter table interactions set (autovacuum_vacuum_insert_threshold = 10000, autovacuum_vacuum_insert_scale_factor = 0.05);

create table fx_quotes (
  rate_unscaled bigint not null,
  recorded_at_ms bigint not null,
  log_offset bigint not null,
  log_partition int not null,
  slot int not null,
  rate_scale int not null,
  contested boolean not null,
  base text collate "C" not null,
  quote text collate "C" not null,
  as_of text collate "C" not null
);
create unique index fx_quotes_once on fx_quotes (base, quote, as_of, slot);

-- Who ever sent a purchase, refund or interaction.
create table usage_shops (
  shop_id text collate "C" primary key
);
`,
};
