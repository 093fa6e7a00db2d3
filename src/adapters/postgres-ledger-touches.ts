/** The touches of many orders at once. */
import type { Pin } from '../domain/log-position.ts';
import type { Touch, TouchQuery } from '../domain/order-facts.ts';
import { arrayLiteral } from './postgres-array.ts';
import { pinsOf, standing } from './postgres-ledger-pins.ts';
import { query, type Pool } from './postgres.ts';

type Whose = 'customer_id' | 'session_id';

interface Look {
  readonly n: number;
  readonly shopId: string;
  readonly who: string;
  /** An array literal. */
  readonly products: string;
  readonly from: number;
  readonly to: number;
}

interface TouchRow {
  n: number;
  interaction_id: string;
  occurred_at_ms: bigint;
  channel: string;
  product_id: string;
  recorded_at_ms: bigint;
  log_partition: number;
  log_offset: bigint;
}

/** `offset 0` keeps the planner on the index of visitors, look by look, whatever it believes about the table. */
const touchesBy = (whose: Whose): string => `
  select k.n, i.*
  from (
    select n, shop_id, who, products::text[] as products, starts, ends
    from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
      as k(n, shop_id, who, products, starts, ends)
    offset 0
  ) k
  cross join lateral (
    select i.interaction_id, i.occurred_at_ms, i.channel, i.product_id, i.recorded_at_ms, i.log_partition, i.log_offset
    from interactions i
    where i.shop_id = k.shop_id and i.${whose} = k.who and i.occurred_at_ms between k.starts and k.ends
      and i.interaction_type in ('click', 'add_to_cart') and i.product_id = any(k.products)
      and ${standing('i', 'interactions', 'interaction_id', '$7')}
    offset 0
  ) i
  order by k.n, i.occurred_at_ms, i.interaction_id`;

/** `loadTouches` of the ledger port: one statement for customers, one for sessions. */
export async function loadTouches(
  pool: Pool,
  { touches, pins }: { touches: readonly TouchQuery[]; pins: readonly Pin[] },
): Promise<Touch[][]> {
  const ends = pinsOf('usage', pins);
  const rows = await Promise.all([
    load(pool, 'customer_id', looksOf(touches, 'customer_id'), ends),
    load(pool, 'session_id', looksOf(touches, 'session_id'), ends),
  ]);
  const found: Touch[][] = touches.map(() => []);
  for (const row of rows.flat()) found[row.n]!.push(toTouch(row));
  return found;
}

function looksOf(touches: readonly TouchQuery[], whose: Whose): Look[] {
  return touches.flatMap(({ shopId, customerId, sessionId, productIds, from, to }, n) => {
    const who = whose === 'customer_id' ? customerId : customerId === null ? sessionId : null;
    if (who === null) return [];
    return [{ n, shopId, who, products: arrayLiteral(productIds)!, from, to }];
  });
}

async function load(
  pool: Pool,
  whose: Whose,
  looks: readonly Look[],
  ends: readonly bigint[],
): Promise<readonly TouchRow[]> {
  if (looks.length === 0) return [];
  const columns = (['n', 'shopId', 'who', 'products', 'from', 'to'] as const).map((name) =>
    looks.map((look) => look[name]),
  );
  const { rows } = await query<TouchRow>(pool, touchesBy(whose), [...columns, ends]);
  return rows;
}

const toTouch = (row: TouchRow): Touch => ({
  position: { topic: 'usage', partition: row.log_partition, offset: row.log_offset },
  recordedAt: Number(row.recorded_at_ms),
  interactionId: row.interaction_id,
  occurredAt: Number(row.occurred_at_ms),
  channel: row.channel,
  productId: row.product_id,
});
