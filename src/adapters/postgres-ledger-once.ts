/**
 * Appends facts that count once. Three steps: insert all that are new in one statement; where that met rows that were
 * there, compare; where those came from other partitions, keep ours beside them and mark all of that id contested.
 */
import type { Fact } from '../domain/facts.ts';
import type { LedgerEntry } from './ledger.ts';
import { arrayLiteral } from './postgres-array.ts';
import type { Column, OnceTable } from './postgres-ledger-tables.ts';
import type { Client } from './postgres.ts';

export interface OnceEntry<F extends Fact> extends LedgerEntry {
  readonly fact: F;
}

/** An entry that differs from an earlier stored one of the same key. */
export interface Contradiction {
  readonly entry: LedgerEntry;
  readonly earlier: { readonly partition: number; readonly offset: bigint };
}

/** A stored row of the same key as entry `n` of a batch (counted from 1): the first stored, or that of the partition. */
interface Met {
  readonly n: number;
  readonly slot: number;
  readonly log_partition: number;
  readonly log_offset: bigint;
  readonly differs: boolean;
}

/** Slot of the row that was stored first. Rows from other partitions sit in the slot of their partition. */
const FIRST = -1;

export type AppendOnce<F extends Fact> = (
  client: Client,
  partition: number,
  entries: readonly OnceEntry<F>[],
) => Promise<Contradiction[]>;

/**
 * The appender of one table. What it reports does not depend on whether a batch is appended for the first time: an
 * entry contradicts the earlier one of its own partition, or else the one that was stored first.
 */
export function createAppendOnce<F extends Fact>(table: OnceTable<F>): AppendOnce<F> {
  const insert = insertSql(table, `${FIRST}, false`);
  const insertBeside = insertSql(table, '$1::int, true');
  const keyOf = keyReader(table);

  return async (client, partition, entries) => {
    if (entries.length === 0) return [];
    // All writers take keys in the same order, so that they wait for each other instead of deadlocking.
    const firsts = [...firstByKey(entries, keyOf)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
    const { rowCount } = await client.query(insert, parameters(table, partition, firsts));
    if (rowCount === entries.length) return [];

    let met = await compare(client, table, partition, entries);
    const elsewhere = entries.filter((_, index) => !met[index]!.some((row) => row.log_partition === partition));
    if (elsewhere.length > 0) {
      const beside = [...firstByKey(elsewhere, keyOf).values()];
      await client.query(insertBeside, parameters(table, partition, beside));
      await client.query(contestSql(table), keyParameters(table, beside));
      met = await compare(client, table, partition, entries);
    }
    return entries.flatMap((entry, index) => {
      const earlier = contradicted(met[index]!, partition, entry.position.offset);
      return earlier === null ? [] : [{ entry, earlier }];
    });
  };
}

function contradicted(met: readonly Met[], partition: number, offset: bigint): Contradiction['earlier'] | null {
  const own = met.find((row) => row.log_partition === partition);
  const earlier = own && own.log_offset !== offset ? own : met.find((row) => row.slot === FIRST);
  return earlier?.differs ? { partition: earlier.log_partition, offset: earlier.log_offset } : null;
}

function keyReader<F extends Fact>(table: OnceTable<F>): (entry: OnceEntry<F>) => string {
  const columns = keyColumns(table);
  return (entry) => columns.map((column) => column.of(entry.fact)).join('\u0000');
}

function firstByKey<F extends Fact>(entries: readonly OnceEntry<F>[], keyOf: (entry: OnceEntry<F>) => string) {
  const firsts = new Map<string, OnceEntry<F>>();
  for (const entry of entries) {
    const key = keyOf(entry);
    if (!firsts.has(key)) firsts.set(key, entry);
  }
  return firsts;
}

async function compare<F extends Fact>(
  client: Client,
  table: OnceTable<F>,
  partition: number,
  entries: readonly OnceEntry<F>[],
): Promise<Met[][]> {
  const { rows } = await client.query<Met>(compareSql(table), parameters(table, partition, entries));
  const met: Met[][] = entries.map(() => []);
  for (const row of rows) met[row.n - 1]!.push(row);
  return met;
}

const keyColumns = <F extends Fact>(table: OnceTable<F>): Column<F>[] =>
  table.columns.filter((column) => table.key.includes(column.name));

/** An array column travels as one text per row: an array of arrays would have to be rectangular. */
const sentAs = (column: { type: string }): string => (column.type.endsWith('[]') ? 'text' : column.type);

/** `$1` partition, `$2` and `$3` place in the log, then one array per column. */
function parameters<F extends Fact>(table: OnceTable<F>, partition: number, entries: readonly OnceEntry<F>[]) {
  return [
    partition,
    entries.map((entry) => entry.recordedAt),
    entries.map((entry) => entry.position.offset),
    ...valuesOf(table.columns, entries),
  ];
}

const keyParameters = <F extends Fact>(table: OnceTable<F>, entries: readonly OnceEntry<F>[]) =>
  valuesOf(keyColumns(table), entries);

function valuesOf<F extends Fact>(columns: readonly Column<F>[], entries: readonly OnceEntry<F>[]): unknown[][] {
  return columns.map((column) =>
    column.type.endsWith('[]')
      ? entries.map((entry) => arrayLiteral(column.of(entry.fact) as readonly unknown[] | null | undefined))
      : entries.map((entry) => column.of(entry.fact)),
  );
}

function sent<F extends Fact>(table: OnceTable<F>, withOrdinality = ''): string {
  const arrays = table.columns.map((column, index) => `$${index + 4}::${sentAs(column)}[]`);
  const names = table.columns.map((column) => column.name);
  return `unnest($2::bigint[], $3::bigint[], ${arrays.join(', ')}) ${withOrdinality && 'with ordinality'}
    as k(recorded_at_ms, log_offset, ${names.join(', ')}${withOrdinality})`;
}

const asStored = <F extends Fact>(table: OnceTable<F>): string =>
  table.columns.map((column) => `k.${column.name}::${column.type}`).join(', ');

const sameKey = (key: readonly string[]): string => key.map((column) => `t.${column} = k.${column}`).join(' and ');

const insertSql = <F extends Fact>(table: OnceTable<F>, slotAndContested: string): string => `
  insert into ${table.name} (log_partition, recorded_at_ms, log_offset, slot, contested,
    ${table.columns.map((column) => column.name).join(', ')})
  select $1::int, k.recorded_at_ms, k.log_offset, ${slotAndContested}, ${asStored(table)}
  from ${sent(table)}
  on conflict (${table.key.join(', ')}, slot) do nothing`;

/** `offset 0` keeps the planner from joining any other way than by the unique index, row by row. */
const compareSql = <F extends Fact>(table: OnceTable<F>): string => `
  select k.n::int as n, t.slot, t.log_partition, t.log_offset,
    row(${table.columns.map((column) => `t.${column.name}`).join(', ')}) is distinct from row(${asStored(table)}) as differs
  from ${sent(table, ', n')}
  cross join lateral (
    select * from ${table.name} t where ${sameKey(table.key)} and (t.slot = ${FIRST} or t.log_partition = $1::int) offset 0
  ) t`;

const contestSql = <F extends Fact>(table: OnceTable<F>): string => `
  update ${table.name} t set contested = true
  from unnest(${table.key.map((_, index) => `$${index + 1}::text[]`).join(', ')}) as k(${table.key.join(', ')})
  where ${sameKey(table.key)} and t.slot = ${FIRST} and not t.contested`;
