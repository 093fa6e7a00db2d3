/** What stands of shops: read without the bytes of their decisions. */
import { pinsFromJson, type StoredPins } from './postgres-pins.ts';
import { query, type Pool } from './postgres.ts';
import { STANDING_OUTCOMES, type BillStanding, type ShopHistory } from './register.ts';

/** What settles is what stands, but for rejections. A released bill was calculated by an earlier row of its run. */
const HISTORIES = `
  select k.n::int as n, b.run_id, b.shop_sequence, b.currency, b.pins
  from unnest($1::text[]) with ordinality as k(shop_id, n)
  cross join lateral (
    select s.run_id, coalesce(c.shop_sequence, s.shop_sequence) as shop_sequence, s.currency,
      case when s.kind = 'bill' then s.pins else c.pins end as pins
    from bill_register s
    left join lateral (
      select c.shop_sequence, c.pins from bill_register c
      where s.kind <> 'bill' and c.run_id = s.run_id and c.shop_id = s.shop_id and not c.current
        and c.kind = 'bill' and c.bill_id = s.bill_id limit 1
    ) c on true
    where s.shop_id = k.shop_id and s.settles and s.outcome = any($2::text[]) and s.bill_id is not null
    offset 0
  ) b
  order by k.n, b.shop_sequence`;

const UNDONE = `
  select shop_id, max(shop_sequence) as sequence from bill_register
  where shop_id = any($1::text[]) and kind in ('void', 'reject') group by shop_id`;

interface HistoryRow {
  n: number;
  run_id: string;
  shop_sequence: number;
  currency: string;
  pins: StoredPins | null;
}

/** `loadHistories` of the register port. */
export async function loadHistories(pool: Pool, shopIds: readonly string[]): Promise<ShopHistory[]> {
  if (shopIds.length === 0) return [];
  const [bills, undone] = await Promise.all([
    query<HistoryRow>(pool, HISTORIES, [shopIds, STANDING_OUTCOMES]),
    query<{ shop_id: string; sequence: number }>(pool, UNDONE, [shopIds]),
  ]);
  const found: BillStanding[][] = shopIds.map(() => []);
  for (const { n, run_id: runId, shop_sequence: sequence, currency, pins } of bills.rows) {
    found[n - 1]!.push({ runId, sequence, currency, pins: pins && pinsFromJson(pins) });
  }
  const last = new Map(undone.rows.map(({ shop_id, sequence }) => [shop_id, sequence]));
  return shopIds.map((shopId, index) => ({ bills: found[index]!, lastUndone: last.get(shopId) ?? 0 }));
}
