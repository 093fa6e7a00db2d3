/** Single orders over many windows at once: those that sums cannot tell. */
import type { Attribution } from '../domain/facts.ts';
import type { Pin } from '../domain/log-position.ts';
import type { OrderSeen, OrderWindow, RawOrder } from '../domain/order-facts.ts';
import { pinsOf, standingIn } from './postgres-ledger-pins.ts';
import { windowArrays } from './postgres-ledger-usage.ts';
import { query, type Pool } from './postgres.ts';

/** An order beside columns of other tables. */
export interface OrderRow {
  o_order_id: string;
  o_raw: boolean;
  o_occurred_at_ms: bigint;
  o_currency: string;
  o_order_total_minor: bigint;
  o_customer_id: string | null;
  o_session_id: string | null;
  o_channels: string[];
  o_amounts_minor: bigint[];
  o_test: boolean | null;
  o_financial_status: string | null;
  o_line_product_ids: string[] | null;
  o_line_quantities: number[] | null;
  o_line_prices_minor: bigint[] | null;
  o_recorded_at_ms: bigint;
  o_log_partition: number;
  o_log_offset: bigint;
}

const COLUMNS =
  `order_id raw occurred_at_ms currency order_total_minor customer_id session_id channels amounts_minor test
  financial_status line_product_ids line_quantities line_prices_minor recorded_at_ms log_partition log_offset`.split(
    /\s+/,
  );

/** SQL: the columns of an OrderRow. @param alias of purchases */
export const orderColumns = (alias: string): string =>
  COLUMNS.map((column) => `${alias}.${column} as o_${column}`).join(', ');

/** `offset 0` keeps the planner on the index, window by window, whatever it believes about the table. */
const ORDERS = `
  select w.n::int as n, o.*
  from unnest($1::text[], $2::bigint[], $3::bigint[], $5::text[]) with ordinality as w(shop_id, starts, ends, currency, n)
  cross join lateral (
    select * from ${standingIn('purchases', 'order_id', orderColumns('t'), '$4')} p
    where p.o_raw or p.o_currency <> w.currency
    offset 0
  ) o
  order by w.n, o.o_occurred_at_ms, o.o_order_id`;

/** `loadOrders` of the ledger port. */
export async function loadOrders(
  pool: Pool,
  { windows, pins }: { windows: readonly OrderWindow[]; pins: readonly Pin[] },
): Promise<OrderSeen[][]> {
  if (windows.length === 0) return [];
  const currencies = windows.map(({ currency }) => currency);
  const values = [...windowArrays(windows), pinsOf('usage', pins), currencies];
  const { rows } = await query<OrderRow & { n: number }>(pool, ORDERS, values);
  const found: OrderSeen[][] = windows.map(() => []);
  for (const row of rows) found[row.n - 1]!.push(toOrder(row));
  return found;
}

export const toOrder = (row: OrderRow): OrderSeen => ({
  position: { topic: 'usage', partition: row.o_log_partition, offset: row.o_log_offset },
  recordedAt: Number(row.o_recorded_at_ms),
  orderId: row.o_order_id,
  occurredAt: Number(row.o_occurred_at_ms),
  currency: row.o_currency,
  orderTotalMinor: row.o_order_total_minor,
  customerId: row.o_customer_id,
  sessionId: row.o_session_id,
  attributions: toAttributions(row.o_channels, row.o_amounts_minor),
  raw: row.o_raw ? toRaw(row) : null,
});

const toRaw = (row: OrderRow): RawOrder => ({
  lines: row.o_line_product_ids!.map((productId, index) => ({
    productId,
    quantity: row.o_line_quantities![index]!,
    priceMinor: row.o_line_prices_minor![index]!,
  })),
  financialStatus: row.o_financial_status!,
  test: row.o_test!,
});

export const toAttributions = (channels: readonly string[], amounts: readonly bigint[]): Attribution[] =>
  channels.map((channel, index) => ({ channel, amountMinor: amounts[index]! }));
