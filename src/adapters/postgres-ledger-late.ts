/** Facts that came late, over many shops at once. */
import type { LateFact } from '../domain/late-facts.ts';
import type { Pin } from '../domain/log-position.ts';
import type { LateQuery } from './ledger.ts';
import { arrayLiteral } from './postgres-array.ts';
import { pinsOf, standing } from './postgres-ledger-pins.ts';
import { query, type Pool } from './postgres.ts';

const lateIn = (table: string, id: string): string => `
    select t.log_partition, t.log_offset, t.occurred_at_ms from ${table} t
    where t.shop_id = k.shop_id and t.occurred_at_ms >= m.starts_ms and t.occurred_at_ms < least(m.ends_ms, k.before)
      and t.log_partition = m.log_partition and t.log_offset >= m.reached
      and ${standing('t', table, id, '$4')}`;

/**
 * Only months of which something came in behind the place are looked into. `offset 0` keeps the planner on the indexes,
 * shop by shop and month by month, whatever it believes about the tables.
 */
const LATE = `
  select k.n, f.*
  from (
    select n::int as n, shop_id, before, reached::bigint[] as reached
    from unnest($1::text[], $2::bigint[], $3::text[]) with ordinality as k(shop_id, before, reached, n)
    offset 0
  ) k
  cross join lateral (
    select m.starts_ms, m.ends_ms, m.log_partition, coalesce(k.reached[m.log_partition + 1], 0) as reached
    from usage_months m
    where m.shop_id = k.shop_id and m.starts_ms < k.before
      and m.last_offset >= coalesce(k.reached[m.log_partition + 1], 0)
    offset 0
  ) m
  cross join lateral (
    ${lateIn('purchases', 'order_id')}
    union all ${lateIn('refunds', 'refund_id')}
    union all ${lateIn('interactions', 'interaction_id')}
    offset 0
  ) f
  order by k.n, f.log_partition, f.log_offset`;

interface LateRow {
  n: number;
  log_partition: number;
  log_offset: bigint;
  occurred_at_ms: bigint;
}

/** `loadLateFacts` of the ledger port: one statement. */
export async function loadLateFacts(
  pool: Pool,
  { shops, pins }: { shops: readonly LateQuery[]; pins: readonly Pin[] },
): Promise<LateFact[][]> {
  if (shops.length === 0) return [];
  const { rows } = await query<LateRow>(pool, LATE, [
    shops.map(({ shopId }) => shopId),
    shops.map(({ before }) => before),
    shops.map(({ from }) => arrayLiteral(pinsOf('usage', from))),
    pinsOf('usage', pins),
  ]);
  const found: LateFact[][] = shops.map(() => []);
  for (const { n, log_partition: partition, log_offset: offset, occurred_at_ms: at } of rows) {
    found[n - 1]!.push({ position: { topic: 'usage', partition, offset }, occurredAt: Number(at) });
  }
  return found;
}
