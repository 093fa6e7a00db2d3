/** Writing many rows with one statement: a column of the table is one array parameter. */

/** A column of a table, its SQL type as a parameter, and what a row has in it. */
export type Column<Row> = readonly [name: string, type: string, value: (row: Row) => unknown];

/** `names` for the column list, `rows` to select from, and the parameters, numbered from 1. */
export function unnest<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): { readonly names: string; readonly rows: string; readonly values: unknown[][] } {
  return {
    names: columns.map(([name]) => name).join(', '),
    rows: `unnest(${columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')})`,
    values: columns.map(([, type, value]) => rows.map(type === 'text' ? (row) => withoutNul(value(row)) : value)),
  };
}

/** Postgres has no NUL in its texts; a foreign record must not block the rest by having one. */
function withoutNul(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '') : value;
}

/** `a = excluded.a, b = excluded.b` for all columns but those of the key. */
export function excluded<Row>(columns: readonly Column<Row>[], key: readonly string[]): string {
  return columns
    .filter(([name]) => !key.includes(name))
    .map(([name]) => `${name} = excluded.${name}`)
    .join(', ');
}
