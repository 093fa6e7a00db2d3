/** Shop heads: the lock under which a decision about a shop is made, and what it may follow on. */
import type { Outcome } from '../domain/events.ts';
import type { Client } from './postgres.ts';
import { FOLLOWS, SETTLING_OUTCOMES, type NewDecision } from './register.ts';

/** A decision with its place in the call. */
export interface Entry {
  readonly index: number;
  readonly decision: NewDecision;
}

/** One that may be recorded. */
export interface Accepted extends Entry {
  /** An earlier decision of the same (run, shop) stands so far. */
  readonly supersedes: boolean;
}

/**
 * Locks the heads in order of shop id, and moves those that stand where their decision expects them and whose decision
 * the register may take. Returns these decisions in the order given.
 */
export async function advanceHeads(client: Client, entries: readonly Entry[]): Promise<Accepted[]> {
  if (entries.length === 0) return [];
  const byShop = [...entries].sort(byShopId);
  const newcomers = byShop.filter(({ decision }) => decision.expectedSequence === 0);
  if (newcomers.length > 0) {
    await client.query(
      `insert into shop_heads (shop_id, sequence) select shop_id, 0 from unnest($1::text[]) as k(shop_id)
       on conflict (shop_id) do nothing`,
      [newcomers.map(({ decision }) => decision.shopId)],
    );
  }
  const heads = await client.query<{ shop_id: string; sequence: number }>(
    `select shop_id, sequence from shop_heads where shop_id = any($1::text[]) order by shop_id for update`,
    [byShop.map(({ decision }) => decision.shopId)],
  );
  const sequences = new Map(heads.rows.map((row) => [row.shop_id, row.sequence]));
  const current = byShop.filter(({ decision }) => sequences.get(decision.shopId) === decision.expectedSequence);
  const accepted = await acceptable(client, current);
  await client.query(`update shop_heads set sequence = sequence + 1 where shop_id = any($1::text[])`, [
    accepted.map(({ decision }) => decision.shopId),
  ]);
  return accepted.sort((a, b) => a.index - b.index);
}

/** Any order will do as long as every process sorts alike. */
const byShopId = (a: Entry, b: Entry): number => (a.decision.shopId < b.decision.shopId ? -1 : 1);

/**
 * Leaves out what does not follow on what stands of (run, shop), or would settle a period that another run settled.
 * Asked under the lock of the heads: it sees all that was recorded, and nothing can be added.
 */
async function acceptable(client: Client, entries: readonly Entry[]): Promise<Accepted[]> {
  if (entries.length === 0) return [];
  const { rows } = await client.query<{ n: number; outcome: Outcome | null; settled_by: string | null }>(
    `select k.n::int as n, c.outcome, s.run_id as settled_by
     from unnest($1::text[], $2::text[], $3::date[]) with ordinality as k(run_id, shop_id, period_start, n)
     left join lateral (
       select outcome from bill_register r where r.run_id = k.run_id and r.shop_id = k.shop_id and r.current limit 1
     ) c on true
     left join lateral (
       select run_id from bill_register r
       where r.shop_id = k.shop_id and r.period_start = k.period_start and r.settles limit 1
     ) s on true`,
    [
      entries.map(({ decision }) => decision.runId),
      entries.map(({ decision }) => decision.shopId),
      entries.map(({ decision }) => decision.periodStartDate),
    ],
  );
  return rows.flatMap(({ n, outcome, settled_by: settledBy }) => {
    const entry = entries[n - 1]!;
    const { decision } = entry;
    const isTaken = SETTLING_OUTCOMES.includes(decision.outcome) && settledBy !== null && settledBy !== decision.runId;
    return FOLLOWS[decision.kind].includes(outcome) && !isTaken ? [{ ...entry, supersedes: outcome !== null }] : [];
  });
}
