/** Reads the state of shops from the register. */
import { query, type Pool } from './postgres.ts';
import { keyOf, loadRows, sourceColumns } from './postgres-register-rows.ts';
import type { OpenCredit, ShopKey, ShopState } from './register.ts';

/**
 * One statement, so head, decision and settlement are of one moment; the rows it names do not change. The laterals
 * with a limit or an aggregate keep the planner on the indexes, key by key, whatever it believes about the tables.
 */
const STATES = `
  select k.n::int as n, coalesce(h.sequence, 0) as sequence, p.settled_by, p.invoices::int as invoices,
    c.shop_sequence as current, coalesce(c.own, o.shop_sequence) as own
  from unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::int[], $6::bigint[])
    with ordinality as k(run_id, shop_id, period_start, topic, partition, source_offset, n)
  left join lateral (select sequence from shop_heads h where h.shop_id = k.shop_id limit 1) h on true
  left join lateral (
    select shop_sequence, case when (r.source_topic, r.source_partition, r.source_offset) =
      (k.topic, k.partition, k.source_offset) then shop_sequence end as own
    from bill_register r where r.run_id = k.run_id and r.shop_id = k.shop_id and r.current limit 1
  ) c on true
  left join lateral (
    select shop_sequence from bill_register r
    where c.shop_sequence is not null and c.own is null and
      r.run_id = k.run_id and r.shop_id = k.shop_id and not r.current and
      (r.source_topic, r.source_partition, r.source_offset) = (k.topic, k.partition, k.source_offset) limit 1
  ) o on true
  cross join lateral (
    select max(p.run_id) filter (where p.settles) as settled_by,
      count(p.issued_number) filter (where p.kind <> 'credit-note') as invoices
    from bill_register p where p.shop_id = k.shop_id and p.period_start = k.period_start
  ) p`;

interface StateRow {
  n: number;
  sequence: number;
  settled_by: string | null;
  invoices: number;
  current: number | null;
  own: number | null;
}

export async function loadStates(pool: Pool, keys: readonly ShopKey[]): Promise<ShopState[]> {
  if (keys.length === 0) return [];
  const { rows } = await query<StateRow>(pool, STATES, [
    keys.map((key) => key.runId),
    keys.map((key) => key.shopId),
    keys.map((key) => key.periodStartDate),
    ...sourceColumns(keys),
  ]);
  // Behind the heads: credits change only with the head of their shop, so one that moved since is found out by it.
  const [find, credits, cancelled] = await Promise.all([
    loadRows(
      pool,
      rows.flatMap(({ n, current, own }) => [keyOf(keys[n - 1]!, current), keyOf(keys[n - 1]!, own)]),
    ),
    loadCredits(pool, keys),
    loadCancelled(pool, keys),
  ]);
  const states: ShopState[] = [];
  for (const row of rows) {
    const { runId, shopId } = keys[row.n - 1]!;
    states[row.n - 1] = {
      sequence: row.sequence,
      own: find(shopId, row.own),
      decision: find(shopId, row.current),
      settledByRunId: row.settled_by,
      invoicesIssued: row.invoices,
      credits: credits.get(shopId) ?? [],
      cancelled: cancelled.has(runId),
    };
  }
  return states;
}

async function loadCredits(pool: Pool, keys: readonly ShopKey[]): Promise<Map<string, OpenCredit[]>> {
  const { rows } = await query<{
    shop_id: string;
    bill_id: string;
    currency: string;
    remaining_minor: bigint;
    shop_sequence: number;
  }>(
    pool,
    `select shop_id, bill_id, currency, amount_minor - used_minor as remaining_minor, shop_sequence
     from shop_credits where shop_id = any($1::text[]) and used_minor < amount_minor order by shop_id, shop_sequence`,
    [keys.map((key) => key.shopId)],
  );
  const credits = new Map<string, OpenCredit[]>();
  for (const row of rows) {
    const ofShop = credits.get(row.shop_id) ?? [];
    credits.set(row.shop_id, ofShop);
    const { bill_id: billId, currency, remaining_minor: remainingMinor, shop_sequence: sequence } = row;
    ofShop.push({ billId, currency, remainingMinor, sequence });
  }
  return credits;
}

async function loadCancelled(pool: Pool, keys: readonly ShopKey[]): Promise<Set<string>> {
  const { rows } = await query<{ run_id: string }>(
    pool,
    'select run_id from billing_runs where run_id = any($1::text[]) and cancelled_at_ms is not null',
    [[...new Set(keys.map((key) => key.runId))]],
  );
  return new Set(rows.map((row) => row.run_id));
}
