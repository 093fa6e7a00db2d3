/** Purchases over many windows at once, each with whether its visitor was met before. */
import type { PurchaseSeen, ShopWindow, Visitor } from '../domain/fraud-signals.ts';
import type { Pin } from '../domain/log-position.ts';
import { pinsOf, standing, standingIn } from './postgres-ledger-pins.ts';
import { windowArrays } from './postgres-ledger-usage.ts';
import { query, type Pool } from './postgres.ts';

/** Whether the customer, or the session, interacted in the 30 days up to the purchase, both ends inclusive. */
const wasMet = (whose: 'customer_id' | 'session_id'): string => `exists (
  select from interactions i
  where i.shop_id = w.shop_id and i.${whose} = p.${whose}
    and i.occurred_at_ms between p.occurred_at_ms - ${30 * 86_400_000} and p.occurred_at_ms
    and ${standing('i', 'interactions', 'interaction_id', '$4')})`;

const PURCHASE_COLUMNS =
  't.order_id, t.occurred_at_ms, t.currency, t.raw, t.attributed_minor, t.customer_id, t.session_id';

/** `offset 0` keeps the planner on the index, window by window, whatever it believes about the table. */
const PURCHASES = `
  select w.n::int as n, p.order_id, p.occurred_at_ms, p.currency, p.raw, p.attributed_minor,
    case when p.customer_id is not null then ${wasMet('customer_id')}
      when p.session_id is not null then ${wasMet('session_id')} end as met
  from unnest($1::text[], $2::bigint[], $3::bigint[]) with ordinality as w(shop_id, starts, ends, n)
  cross join lateral (
    select * from ${standingIn('purchases', 'order_id', PURCHASE_COLUMNS, '$4')} p offset 0
  ) p
  order by w.n, p.occurred_at_ms, p.order_id`;

interface PurchaseRow {
  n: number;
  order_id: string;
  occurred_at_ms: bigint;
  currency: string;
  raw: boolean;
  attributed_minor: bigint;
  met: boolean | null;
}

/** `loadPurchases` of the ledger port: one statement, with one look into an index for each purchase. */
export async function loadPurchases(
  pool: Pool,
  { windows, pins }: { windows: readonly ShopWindow[]; pins: readonly Pin[] },
): Promise<PurchaseSeen[][]> {
  const found: PurchaseSeen[][] = windows.map(() => []);
  if (windows.length === 0) return found;
  const { rows } = await query<PurchaseRow>(pool, PURCHASES, [...windowArrays(windows), pinsOf('usage', pins)]);
  for (const row of rows) {
    found[row.n - 1]!.push({
      orderId: row.order_id,
      occurredAt: Number(row.occurred_at_ms),
      currency: row.currency,
      attributedMinor: row.raw ? null : row.attributed_minor,
      visitor: toVisitor(row.met),
    });
  }
  return found;
}

const toVisitor = (met: boolean | null): Visitor => (met === null ? 'anonymous' : met ? 'met' : 'unmet');
