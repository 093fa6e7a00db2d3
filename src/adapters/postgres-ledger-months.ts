/** Remembers how far the log has usage of each shop and month: what loadLateFacts looks at first. */
import { compareIds } from './id-order.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Client } from './postgres.ts';

interface ShopMonth {
  readonly shopId: string;
  readonly starts: number;
  readonly ends: number;
  lastOffset: bigint;
}

/** Places are rounded up to the last of so many, as in the migration: a row is written once a block. */
const BLOCK = 65_536n;

/** Most rows are there already: looking costs less than an upsert that changes nothing. In order of the key. */
const REMEMBER = `
  insert into usage_months as known (shop_id, starts_ms, ends_ms, log_partition, last_offset)
  select k.shop_id, k.starts_ms, k.ends_ms, $1::int, k.last_offset
  from unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[]) as k(shop_id, starts_ms, ends_ms, last_offset)
  where (
    select m.last_offset from usage_months m
    where m.shop_id = k.shop_id and m.starts_ms = k.starts_ms and m.log_partition = $1::int
  ) < k.last_offset is not false
  on conflict (shop_id, starts_ms, log_partition) do update set last_offset = excluded.last_offset
  where known.last_offset < excluded.last_offset`;

export async function rememberMonths(
  client: Client,
  partition: number,
  entries: readonly LedgerEntry[],
): Promise<void> {
  const months = monthsOf(entries);
  if (months.length === 0) return;
  await client.query(REMEMBER, [
    partition,
    months.map(({ shopId }) => shopId),
    months.map(({ starts }) => starts),
    months.map(({ ends }) => ends),
    months.map(({ lastOffset }) => lastOffset - (lastOffset % BLOCK) + BLOCK - 1n),
  ]);
}

function monthsOf(entries: readonly LedgerEntry[]): ShopMonth[] {
  const months = new Map<string, ShopMonth>();
  for (const { fact, position } of entries) {
    if (!('shopId' in fact.data)) continue;
    const { shopId, occurredAt } = fact.data;
    const date = new Date(occurredAt);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    const name = `${year} ${month} ${shopId}`;
    const known = months.get(name);
    if (known === undefined) {
      const [starts, ends] = [Date.UTC(year, month), Date.UTC(year, month + 1)];
      months.set(name, { shopId, starts, ends, lastOffset: position.offset });
    } else if (known.lastOffset < position.offset) known.lastOffset = position.offset;
  }
  return [...months.values()].sort((a, b) => compareIds(a.shopId, b.shopId) || a.starts - b.starts);
}
