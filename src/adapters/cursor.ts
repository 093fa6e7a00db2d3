/** Cursors of paged lists: the key of the last item, opaque to whoever carries it. */
import { BillingError } from '../errors.ts';
import type { Page } from './read-models.ts';

export type CursorPart = 'text' | 'integer';

export function encodeCursor(parts: readonly (string | number | bigint)[]): string {
  return Buffer.from(JSON.stringify(parts.map(String))).toString('base64url');
}

/** Null at the beginning of the list. @throws BillingError USAGE when it is no cursor of this list */
export function decodeCursor(cursor: string | null, shape: readonly CursorPart[]): string[] | null {
  if (cursor === null) return null;
  const parts = parse(cursor);
  const fits =
    Array.isArray(parts) &&
    parts.length === shape.length &&
    parts.every((part, index) => typeof part === 'string' && (shape[index] === 'text' || /^\d{1,18}$/.test(part)));
  if (!fits) throw new BillingError('USAGE', 'The cursor is not one that this list has given out.');
  return (parts as string[]).map((part) => part.replaceAll('\0', ''));
}

/** A page of `rows`, of which one more than `limit` was asked for. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  keyOf: (item: Item) => readonly (string | number | bigint)[],
): Page<Item> {
  const items = rows.slice(0, limit).map(toItem);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null };
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}
