/** Sums of usage over many windows at once, and who had any. */
import type { Pin } from '../domain/log-position.ts';
import type { ChannelUsage, CurrencyUsage, UsageWindow, WindowUsage } from '../domain/shop-facts.ts';
import { pinsOf, standing } from './postgres-ledger-pins.ts';
import { query, type Pool } from './postgres.ts';

/**
 * One row per window, kind, currency and channel (null: orders without attribution). What belongs to the order and not
 * to its channels is counted on the order's first channel, `c.n = 1`. Grouping inside the lateral makes the planner
 * go window by window over the index, whatever it believes about the table.
 */
const PURCHASE_SUMS = `
  select w.n::int as n, u.* from unnest($1::text[], $2::bigint[], $3::bigint[]) with ordinality as w(shop_id, starts, ends, n)
  cross join lateral (
    select p.raw, p.currency, c.channel,
      count(*) filter (where coalesce(c.n, 1) = 1) as orders,
      sum(p.order_total_minor) filter (where coalesce(c.n, 1) = 1) as order_total,
      count(*) filter (where c.n = 1 and p.attributed_minor > 0) as conversions,
      sum(c.amount_minor) as attributed,
      count(*) filter (where c.amount_minor > 0) as channel_conversions
    from purchases p
    left join lateral unnest(p.channels, p.amounts_minor) with ordinality as c(channel, amount_minor, n) on true
    where p.shop_id = w.shop_id and p.occurred_at_ms >= w.starts and p.occurred_at_ms < w.ends
      and ${standing('p', 'purchases', 'order_id', '$4')}
    group by p.raw, p.currency, c.channel
  ) u
  order by w.n, u.currency collate "C", u.channel collate "C"`;

const INTERACTION_COUNTS = `
  select w.n::int as n, u.* from unnest($1::text[], $2::bigint[], $3::bigint[]) with ordinality as w(shop_id, starts, ends, n)
  cross join lateral (
    select i.channel, count(*) as count from interactions i
    where i.shop_id = w.shop_id and i.occurred_at_ms >= w.starts and i.occurred_at_ms < w.ends
      and ${standing('i', 'interactions', 'interaction_id', '$4')}
    group by i.channel
  ) u
  order by w.n, u.channel`;

interface PurchaseSums {
  n: number;
  raw: boolean;
  currency: string;
  channel: string | null;
  orders: bigint;
  order_total: string | null;
  conversions: bigint;
  attributed: string | null;
  channel_conversions: bigint;
}

interface InteractionCount {
  n: number;
  channel: string;
  count: bigint;
}

/** `loadUsage` of the ledger port: two statements, however many windows. */
export async function loadUsage(
  pool: Pool,
  { windows, pins }: { windows: readonly UsageWindow[]; pins: readonly Pin[] },
): Promise<WindowUsage[]> {
  const ends = pinsOf('usage', pins);
  const counted = windows.map((window, index) => ({ window, index })).filter(({ window }) => window.countInteractions);
  const [sums, counts] = await Promise.all([
    windows.length === 0 ? null : query<PurchaseSums>(pool, PURCHASE_SUMS, [...windowArrays(windows), ends]),
    counted.length === 0
      ? null
      : query<InteractionCount>(pool, INTERACTION_COUNTS, [...windowArrays(counted.map(({ window }) => window)), ends]),
  ]);
  const usage = windows.map(() => ({ purchases: [] as PurchaseSums[], interactions: [] as InteractionCount[] }));
  for (const row of sums?.rows ?? []) usage[row.n - 1]!.purchases.push(row);
  for (const row of counts?.rows ?? []) usage[counted[row.n - 1]!.index]!.interactions.push(row);
  return usage.map(({ purchases, interactions }) => ({
    currencies: toCurrencies(purchases.filter((row) => !row.raw)),
    interactions: interactions.map(({ channel, count }) => ({ channel, count: Number(count) })),
    rawOrders: purchases.filter((row) => row.raw).reduce((sum, row) => sum + Number(row.orders), 0),
  }));
}

export const windowArrays = (windows: readonly { shopId: string; start: number; end: number }[]): unknown[][] => [
  windows.map((window) => window.shopId),
  windows.map((window) => window.start),
  windows.map((window) => window.end),
];

/** Rows of one window, in order of currency and channel. */
function toCurrencies(rows: readonly PurchaseSums[]): CurrencyUsage[] {
  const currencies: (CurrencyUsage & { channels: ChannelUsage[] })[] = [];
  for (const row of rows) {
    const last = currencies.at(-1);
    const known =
      last?.currency === row.currency
        ? last
        : { currency: row.currency, orders: 0, orderTotalMinor: 0n, attributedMinor: 0n, conversions: 0, channels: [] };
    const attributedMinor = BigInt(row.attributed ?? 0);
    const channel = row.channel;
    currencies[known === last ? currencies.length - 1 : currencies.length] = {
      currency: row.currency,
      orders: known.orders + Number(row.orders),
      orderTotalMinor: known.orderTotalMinor + BigInt(row.order_total ?? 0),
      attributedMinor: known.attributedMinor + attributedMinor,
      conversions: known.conversions + Number(row.conversions),
      channels:
        channel === null
          ? known.channels
          : [...known.channels, { channel, attributedMinor, conversions: Number(row.channel_conversions) }],
    };
  }
  return currencies;
}

/** A first such record, if any; the limit keeps the planner from reading whole tables into a hash. */
const any = (table: string, id: string): string => `(
  select true from ${table} t where t.shop_id = s.shop_id and t.occurred_at_ms >= $1 and t.occurred_at_ms < $2
    and ${standing('t', table, id, '$3')} limit 1)`;

/** `shopIdsWithUsage` of the ledger port. */
export async function shopIdsWithUsage(
  pool: Pool,
  asked: { start: number; end: number; pins: readonly Pin[]; after: string | null; limit: number },
): Promise<string[]> {
  const { start, end, pins, after, limit } = asked;
  const { rows } = await query<{ shop_id: string }>(
    pool,
    `select s.shop_id from usage_shops s
     where coalesce(${any('purchases', 'order_id')}, ${any('interactions', 'interaction_id')}, ${any('refunds', 'refund_id')})
       ${after === null ? '' : 'and s.shop_id > $5'}
     order by s.shop_id limit $4`,
    [start, end, pinsOf('usage', pins), limit, ...(after === null ? [] : [after])],
  );
  return rows.map((row) => row.shop_id);
}
