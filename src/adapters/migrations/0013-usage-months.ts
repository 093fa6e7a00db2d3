import type { Migration } from './migration.ts';

const monthsOf = (table: string): string => `
  select shop_id, log_partition, log_offset,
    date_trunc('month', to_timestamp(floor(occurred_at_ms / 1000.0)) at time zone 'UTC') as month
  from ${table}`;

/**
 * Up to which place of the log a shop has usage of a month: whether anything came late is asked of a handful of rows,
 * however many facts the shop has. Months are of UTC. Places are rounded up to the end of their block of 65536 offsets,
 * so that a row is seldom written: what looks late by that is looked at closely.
 */
export const usageMonths: Migration = {
  name: '0013-usage-months',
  sql: `
create table usage_months (
  starts_ms bigint not null,
  ends_ms bigint not null,
  last_offset bigint not null,
  log_partition int not null,
  shop_id text collate "C" not null,
  primary key (shop_id, starts_ms, log_partition)
) with (fillfactor = 70);

insert into usage_months (shop_id, starts_ms, ends_ms, log_partition, last_offset)
select shop_id, (extract(epoch from month) * 1000)::bigint,
  (extract(epoch from month + interval '1 month') * 1000)::bigint, log_partition, max(log_offset) | 65535
from (${['purchases', 'refunds', 'interactions'].map(monthsOf).join(' union all')}) u
group by shop_id, month, log_partition;
`,
};
