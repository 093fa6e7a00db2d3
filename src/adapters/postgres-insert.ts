/** Inserting many rows with one statement. */
import { unnest, type Column } from './columns.ts';
import type { Client } from './postgres.ts';

/** Returns how many rows were written. In `onConflict` the row that is there is called `old`. */
export async function insertRows<Row>(
  client: Client,
  table: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  onConflict: string,
): Promise<number> {
  const { names, rows: from, values } = unnest(columns, rows);
  const sql = `insert into ${table} as old (${names}) select * from ${from} ${onConflict}`;
  return (await client.query(sql, values)).rowCount ?? 0;
}
