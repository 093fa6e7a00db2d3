/** Reads the state of shops from the register. */
import type { Outcome } from '../domain/events.ts';
import { pinsFromJson, type StoredPins } from './postgres-pins.ts';
import { query, type Pool } from './postgres.ts';
import { decodeRecords } from './record-framing.ts';
import type { Register, RegisteredDecision, ShopState } from './register.ts';

/**
 * One statement, so head, decision and settlement are of one moment. The laterals with a limit or an aggregate keep the
 * planner on the indexes, key by key, whatever it believes about the tables.
 */
const STATES = `
  select k.n::int as n, coalesce(h.sequence, 0) as sequence, p.settled_by, p.invoices::int as invoices,
    r.shop_sequence, r.outcome, r.source_topic, r.source_partition, r.source_offset, r.pins, r.decided_at_ms,
    r.invoice_number, r.records
  from unnest($1::text[], $2::text[], $3::date[]) with ordinality as k(run_id, shop_id, period_start, n)
  left join lateral (select sequence from shop_heads h where h.shop_id = k.shop_id limit 1) h on true
  left join lateral (
    select * from bill_register r where r.run_id = k.run_id and r.shop_id = k.shop_id limit 1
  ) r on true
  cross join lateral (
    select max(p.run_id) filter (where p.settles) as settled_by, count(p.invoice_number) as invoices
    from bill_register p where p.shop_id = k.shop_id and p.period_start = k.period_start
  ) p`;

interface StateRow {
  n: number;
  sequence: number;
  settled_by: string | null;
  invoices: number;
  shop_sequence: number | null;
  outcome: Outcome;
  source_topic: string;
  source_partition: number;
  source_offset: bigint;
  pins: StoredPins | null;
  decided_at_ms: bigint;
  invoice_number: string | null;
  records: Buffer;
}

export async function loadStates(pool: Pool, keys: Parameters<Register['load']>[0]): Promise<ShopState[]> {
  if (keys.length === 0) return [];
  const { rows } = await query<StateRow>(pool, STATES, [
    keys.map((key) => key.runId),
    keys.map((key) => key.shopId),
    keys.map((key) => key.periodStartDate),
  ]);
  const states: ShopState[] = [];
  for (const row of rows) {
    const { runId, shopId } = keys[row.n - 1]!;
    states[row.n - 1] = {
      sequence: row.sequence,
      decision: row.shop_sequence === null ? null : toDecision(runId, shopId, row.shop_sequence, row),
      settledByRunId: row.settled_by,
      invoicesIssued: row.invoices,
    };
  }
  return states;
}

const toDecision = (runId: string, shopId: string, shopSequence: number, row: StateRow): RegisteredDecision => ({
  runId,
  shopId,
  shopSequence,
  outcome: row.outcome,
  source: { topic: row.source_topic, partition: row.source_partition, offset: row.source_offset },
  pins: row.pins && pinsFromJson(row.pins),
  decidedAt: Number(row.decided_at_ms),
  invoiceNumber: row.invoice_number,
  records: decodeRecords(row.records),
});
