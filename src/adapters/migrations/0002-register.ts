import type { Migration } from './migration.ts';

/** Every decision about a shop, exactly once, and what guards it: heads, series, publication marks, the cluster. */
export const register: Migration = {
  name: '0002-register',
  sql: `
create table shop_heads (
  shop_id text collate "C" primary key,
  sequence int not null
);

create table bill_register (
  source_offset bigint not null,
  decided_at_ms bigint not null,
  shop_sequence int not null,
  source_partition int not null,
  period_start date not null,
  settles boolean not null,
  run_id text collate "C" not null,
  shop_id text collate "C" not null,
  outcome text not null,
  source_topic text not null,
  invoice_number text,
  pins jsonb,
  records bytea not null,
  primary key (run_id, shop_id)
);
-- The bytes are small and already dense: neither compressed again nor moved out of their row.
alter table bill_register alter column records set storage external;
alter table bill_register set (toast_tuple_target = 8160);
create unique index bill_register_settled_once on bill_register (shop_id, period_start) where settles;
create unique index bill_register_one_head on bill_register (shop_id, shop_sequence);
create unique index bill_register_numbers on bill_register (invoice_number) where invoice_number is not null;
create index bill_register_of_period on bill_register (shop_id, period_start);

create table invoice_series (
  series text collate "C" primary key,
  last_number bigint not null
);

create table publication_marks (
  consumer_group text collate "C" not null,
  topic text collate "C" not null,
  partition int not null,
  published_below bigint not null,
  primary key (consumer_group, topic, partition)
);

create table cluster_identity (
  only_row boolean primary key default true check (only_row),
  cluster_id text not null
);
`,
};
