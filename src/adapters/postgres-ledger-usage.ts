/** Sums of usage over many windows at once, and who had any. */
import type { Pin } from '../domain/log-position.ts';
import type { UsageWindow, WindowUsage } from '../domain/shop-facts.ts';
import { pinsOf, standing, standingIn } from './postgres-ledger-pins.ts';
import { DIRECT_CHANNELS, toCurrencies, type FurtherChannel, type PurchaseSums } from './postgres-usage-sums.ts';
import { query, type Pool } from './postgres.ts';
import { interactionPrintSql, purchasePrintSql } from './usage-fingerprint.ts';

const WINDOWS = `unnest($1::text[], $2::bigint[], $3::bigint[]) with ordinality as w(shop_id, starts, ends, n)`;
const PRINT_COLUMNS = 't.log_partition, t.log_offset, t.occurred_at_ms';
const PURCHASE_COLUMNS = `t.raw, t.currency, t.channels, t.amounts_minor, t.order_total_minor, t.attributed_minor, ${PRINT_COLUMNS}`;
const PLACES = Array.from({ length: DIRECT_CHANNELS }, (_, index) => index + 1);

/**
 * One row per window, kind, currency and set of channels. Orders with the same channels are summed place by place,
 * because taking the arrays apart order by order costs more than all the rest. Grouping inside the lateral makes the
 * planner go window by window over the index, whatever it believes about the table.
 */
const PURCHASE_SUMS = `
  select w.n::int as n, u.* from ${WINDOWS}
  cross join lateral (
    select p.raw, p.currency, p.channels, count(*) as orders, sum(p.order_total_minor) as order_total,
      count(*) filter (where p.attributed_minor > 0) as conversions, sum(p.attributed_minor) as attributed, ${purchasePrintSql('p')} as print,
      ${PLACES.map((place) => `sum(p.amounts_minor[${place}]) as attributed_${place}`).join(', ')},
      ${PLACES.map((place) => `count(*) filter (where p.amounts_minor[${place}] > 0) as conversions_${place}`).join(', ')}
    from ${standingIn('purchases', 'order_id', PURCHASE_COLUMNS, '$4')} p
    group by p.raw, p.currency, p.channels
  ) u`;

/** The channels behind the direct places, one row each. */
const FURTHER_CHANNELS = `
  select w.n::int as n, u.* from ${WINDOWS}
  cross join lateral (
    select p.currency, c.channel, sum(c.amount_minor) as attributed, count(*) filter (where c.amount_minor > 0) as conversions
    from ${standingIn('purchases', 'order_id', PURCHASE_COLUMNS, '$4')} p
    cross join lateral unnest(p.channels[${DIRECT_CHANNELS + 1}:], p.amounts_minor[${DIRECT_CHANNELS + 1}:])
      as c(channel, amount_minor)
    group by p.currency, c.channel
  ) u`;

const INTERACTION_COUNTS = `
  select w.n::int as n, u.* from ${WINDOWS}
  cross join lateral (
    select i.channel, count(*) as count, ${interactionPrintSql('i')} as print
    from ${standingIn('interactions', 'interaction_id', `t.channel, ${PRINT_COLUMNS}`, '$4')} i
    group by i.channel
  ) u
  order by w.n, u.channel`;

interface InteractionCount {
  n: number;
  channel: string;
  count: bigint;
  print: string;
}

/** `loadUsage` of the ledger port: two statements, however many windows; three where an order has very many channels. */
export async function loadUsage(
  pool: Pool,
  { windows, pins }: { windows: readonly UsageWindow[]; pins: readonly Pin[] },
): Promise<WindowUsage[]> {
  const ends = pinsOf('usage', pins);
  const [purchases, interactions] = await Promise.all([
    loadPurchases(pool, windows, ends),
    loadInteractions(pool, windows, ends),
  ]);
  return windows.map((_, index) => {
    const { sums, further } = purchases[index]!;
    return {
      currencies: toCurrencies(
        sums.filter((row) => !row.raw),
        further,
      ),
      interactions: interactions[index]!.map(({ channel, count }) => ({ channel, count: Number(count) })),
      rawOrders: sums.filter((row) => row.raw).reduce((total, row) => total + Number(row.orders), 0),
      purchasesPrint: sumOf(sums),
      interactionsPrint: sumOf(interactions[index]!),
    };
  });
}

const sumOf = (rows: readonly { readonly print: string }[]): bigint =>
  rows.reduce((sum, { print }) => sum + BigInt(print), 0n);

async function loadPurchases(pool: Pool, windows: readonly UsageWindow[], ends: readonly bigint[]) {
  const found = windows.map(() => ({ sums: [] as PurchaseSums[], further: [] as FurtherChannel[] }));
  if (windows.length === 0) return found;
  const sums = await query<PurchaseSums>(pool, PURCHASE_SUMS, [...windowArrays(windows), ends]);
  for (const row of sums.rows) found[row.n - 1]!.sums.push(row);
  if (sums.rows.some((row) => row.channels.length > DIRECT_CHANNELS)) {
    const further = await query<FurtherChannel>(pool, FURTHER_CHANNELS, [...windowArrays(windows), ends]);
    for (const row of further.rows) found[row.n - 1]!.further.push(row);
  }
  return found;
}

async function loadInteractions(pool: Pool, windows: readonly UsageWindow[], ends: readonly bigint[]) {
  const found: InteractionCount[][] = windows.map(() => []);
  const counted = windows.map((window, index) => ({ window, index })).filter(({ window }) => window.countInteractions);
  if (counted.length === 0) return found;
  const arrays = windowArrays(counted.map(({ window }) => window));
  const { rows } = await query<InteractionCount>(pool, INTERACTION_COUNTS, [...arrays, ends]);
  for (const row of rows) found[counted[row.n - 1]!.index]!.push(row);
  return found;
}

export const windowArrays = (windows: readonly { shopId: string; start: number; end: number }[]): unknown[][] => [
  windows.map((window) => window.shopId),
  windows.map((window) => window.start),
  windows.map((window) => window.end),
];

/** A first such record, if any; the limit keeps the planner from reading whole tables into a hash. */
const any = (records: string): string => `(select true from ${records} r limit 1)`;
const anyRefund = any(`(
  select from refunds t where t.shop_id = w.shop_id and t.occurred_at_ms >= w.starts and t.occurred_at_ms < w.ends
    and ${standing('t', 'refunds', 'refund_id', '$3')})`);

/** `shopIdsWithUsage` of the ledger port. */
export async function shopIdsWithUsage(
  pool: Pool,
  asked: { start: number; end: number; pins: readonly Pin[]; after: string | null; limit: number },
): Promise<string[]> {
  const { start, end, pins, after, limit } = asked;
  const { rows } = await query<{ shop_id: string }>(
    pool,
    `select w.shop_id
     from (select shop_id, $1::bigint as starts, $2::bigint as ends from usage_shops) w
     where coalesce(${any(standingIn('purchases', 'order_id', 't.raw', '$3'))},
         ${any(standingIn('interactions', 'interaction_id', 't.channel', '$3'))}, ${anyRefund})
       ${after === null ? '' : 'and w.shop_id > $5'}
     order by w.shop_id limit $4`,
    [start, end, pinsOf('usage', pins), limit, ...(after === null ? [] : [after])],
  );
  return rows.map((row) => row.shop_id);
}
