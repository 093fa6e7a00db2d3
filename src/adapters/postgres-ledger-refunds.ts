/** Refunded orders over many windows at once. */
import type { Pin } from '../domain/log-position.ts';
import type { RefundedOrder, RefundSeen, RefundWindow } from '../domain/shop-facts.ts';
import { orderColumns, toAttributions, toOrder, type OrderRow } from './postgres-ledger-orders.ts';
import { pinsOf, standing, within } from './postgres-ledger-pins.ts';
import { windowArrays } from './postgres-ledger-usage.ts';
import { query, type Pool } from './postgres.ts';

/** One row per refund; the columns of its order are repeated, which costs little because refunds are few. */
const REFUNDED_ORDERS = `
  select w.n::int as n, r.refund_id, r.order_id, r.occurred_at_ms, r.currency, r.refund_total_minor, r.channels,
    r.amounts_minor, r.recorded_at_ms, r.log_partition, r.log_offset,
    o.*
  from unnest($1::text[], $2::bigint[], $3::bigint[]) with ordinality as w(shop_id, starts, ends, n)
  cross join lateral (
    select distinct x.order_id from refunds x
    where x.shop_id = w.shop_id and x.occurred_at_ms >= w.starts and x.occurred_at_ms < w.ends
      and ${standing('x', 'refunds', 'refund_id', '$4')}
  ) refunded
  cross join lateral (
    select * from refunds r
    where r.shop_id = w.shop_id and r.order_id = refunded.order_id and r.occurred_at_ms < w.ends
      and ${standing('r', 'refunds', 'refund_id', '$4')}
    offset 0
  ) r
  left join lateral (
    select ${orderColumns('p')} from purchases p
    where p.shop_id = w.shop_id and p.order_id = refunded.order_id and ${within('p', '$4')}
    order by p.recorded_at_ms, p.log_partition, p.log_offset limit 1
  ) o on true
  order by w.n, r.order_id, r.occurred_at_ms, r.refund_id`;

type RefundRow = (OrderRow | NoOrderRow) & {
  n: number;
  refund_id: string;
  order_id: string;
  occurred_at_ms: bigint;
  currency: string;
  refund_total_minor: bigint;
  channels: string[] | null;
  amounts_minor: bigint[] | null;
  recorded_at_ms: bigint;
  log_partition: number;
  log_offset: bigint;
};

interface NoOrderRow {
  o_order_id: null;
}

/** `loadRefunds` of the ledger port; the refunds of an order come in order of time, then id. */
export async function loadRefunds(
  pool: Pool,
  { windows, pins }: { windows: readonly RefundWindow[]; pins: readonly Pin[] },
): Promise<RefundedOrder[][]> {
  if (windows.length === 0) return [];
  const { rows } = await query<RefundRow>(pool, REFUNDED_ORDERS, [...windowArrays(windows), pinsOf('usage', pins)]);
  const found: (RefundedOrder & { refunds: RefundSeen[] })[][] = windows.map(() => []);
  for (const row of rows) {
    const orders = found[row.n - 1]!;
    if (orders.at(-1)?.orderId !== row.order_id) {
      orders.push({ orderId: row.order_id, order: row.o_order_id === null ? null : toOrder(row), refunds: [] });
    }
    orders.at(-1)!.refunds.push(toRefund(row));
  }
  return found;
}

const toRefund = (row: RefundRow): RefundSeen => ({
  position: { topic: 'usage', partition: row.log_partition, offset: row.log_offset },
  recordedAt: Number(row.recorded_at_ms),
  refundId: row.refund_id,
  occurredAt: Number(row.occurred_at_ms),
  currency: row.currency,
  refundTotalMinor: row.refund_total_minor,
  attributions: row.channels && toAttributions(row.channels, row.amounts_minor!),
});
