/** What the database says, read in SQL of its own, without the code that wrote it. */
import type { Pool } from '../adapters/postgres.ts';
import { query } from '../adapters/postgres.ts';
import { READ_MODELS_SCHEMA } from '../adapters/read-model-tables.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Tables by shop that are compared with the log, in the order of their keys. */
export const SHOP_TABLES = {
  shop_registrations: 'shop_registrations',
  plan_versions: 'plan_versions',
  purchases: 'purchases',
  refunds: 'refunds',
  interactions: 'interactions',
  bill_register: 'bill_register',
  shop_heads: 'shop_heads',
  shop_credits: 'shop_credits',
  shop_results: `${READ_MODELS_SCHEMA}.shop_results`,
  invoices: `${READ_MODELS_SCHEMA}.invoices`,
  held_bills: `${READ_MODELS_SCHEMA}.held_bills`,
  billing_run_shops: 'billing_run_shops',
} as const;

export type ShopTable = keyof typeof SHOP_TABLES;

/** Rows of these shops, by shop id. */
export async function rowsOfShops(
  pool: Pool,
  table: ShopTable,
  shopIds: readonly string[],
): Promise<Map<string, Row[]>> {
  const { rows } = await query<Record<string, unknown>>(
    pool,
    `select * from ${SHOP_TABLES[table]} where shop_id = any($1::text[])`,
    [shopIds],
  );
  return Map.groupBy(rows, (row) => row['shop_id'] as string);
}

/** Shops that the table knows, page by page. Rows of nobody, such as an invoice whose voiding came first, are left out. */
export async function* shopsOf(pool: Pool, table: ShopTable): AsyncIterable<string[]> {
  let after = '';
  for (;;) {
    const { rows } = await query<{ shop_id: string }>(
      pool,
      `with recursive known as (
         (select shop_id collate "C" as shop_id from ${SHOP_TABLES[table]}
          where shop_id collate "C" > $1 order by shop_id collate "C" limit 1)
         union all
         select (select t.shop_id collate "C" from ${SHOP_TABLES[table]} t
                 where t.shop_id collate "C" > known.shop_id order by t.shop_id collate "C" limit 1)
         from known where known.shop_id is not null
       )
       select shop_id from known where shop_id is not null limit 1000`,
      [after],
    );
    if (rows.length === 0) return;
    yield rows.map((row) => row.shop_id);
    after = rows.at(-1)!.shop_id;
  }
}

export async function allRows(pool: Pool, sql: string, values: readonly unknown[] = []): Promise<Row[]> {
  return (await query<Record<string, unknown>>(pool, sql, values)).rows;
}
