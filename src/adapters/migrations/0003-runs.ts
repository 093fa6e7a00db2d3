import type { Migration } from './migration.ts';

/** Planned runs, frozen: what each may look at, and which shops it bills. */
export const runs: Migration = {
  name: '0003-runs',
  sql: `
create table billing_runs (
  run_id text collate "C" primary key,
  request_id text not null,
  period_start_date text not null,
  period_end_date text not null,
  period_start_ms bigint not null,
  period_end_ms bigint not null,
  time_zone text not null,
  dry_run boolean not null,
  force boolean not null,
  named boolean not null,
  trigger_source text not null,
  trigger_actor text,
  trigger_delivery_id text,
  pins jsonb not null,
  requested_at_ms bigint not null,
  started_at_ms bigint not null,
  expected_shops int not null,
  manifest_sha256 text not null,
  unbillable_shops_with_usage int
);
create index billing_runs_of_period on billing_runs (period_start_date);

create table billing_run_shops (
  run_id text collate "C" not null,
  shop_id text collate "C" not null,
  primary key (run_id, shop_id)
);
`,
};
