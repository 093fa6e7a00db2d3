/** Reads the state of bills from the register, for those who release, void or credit them. */
import { query, type Pool } from './postgres.ts';
import { keyOf, loadRows, sourceColumns } from './postgres-register-rows.ts';
import type { BillKey, BillState } from './register.ts';

/** Few ask about bills, one by one: each looks through its shop's decisions. */
const BILLS = `
  select k.n::int as n, coalesce(h.sequence, 0) as sequence, f.own, b.shop_sequence as bill, c.shop_sequence as current,
    p.invoices::int as invoices, p.credited_minor::bigint as credited_minor, p.credit_notes
  from unnest($1::text[], $2::text[], $3::int[], $4::bigint[], $5::text[], $6::text[])
    with ordinality as k(shop_id, topic, partition, source_offset, bill_id, invoice_number, n)
  left join lateral (select sequence from shop_heads h where h.shop_id = k.shop_id limit 1) h on true
  cross join lateral (
    select max(r.shop_sequence) filter (where (r.source_topic, r.source_partition, r.source_offset) =
        (k.topic, k.partition, k.source_offset)) as own,
      coalesce(k.bill_id, max(r.bill_id) filter (where r.issued_number = k.invoice_number
        and r.kind <> 'credit-note')) as bill_id
    from bill_register r where r.shop_id = k.shop_id
  ) f
  left join lateral (
    select run_id, shop_sequence, period_start, bill_id from bill_register r
    where r.shop_id = k.shop_id and r.kind = 'bill' and r.bill_id = f.bill_id limit 1
  ) b on true
  left join lateral (
    select shop_sequence from bill_register r where r.run_id = b.run_id and r.shop_id = k.shop_id and r.current limit 1
  ) c on true
  cross join lateral (
    select count(r.issued_number) filter (where r.kind <> 'credit-note' and r.period_start = b.period_start) as invoices,
      coalesce(sum(r.total_minor) filter (where r.kind = 'credit-note' and r.bill_id = b.bill_id), 0) as credited_minor,
      coalesce(array_agg(r.credit_note_id) filter (where r.kind = 'credit-note' and r.bill_id = b.bill_id), '{}')
        as credit_notes
    from bill_register r where r.shop_id = k.shop_id
  ) p`;

interface BillRow {
  n: number;
  sequence: number;
  own: number | null;
  bill: number | null;
  current: number | null;
  invoices: number;
  credited_minor: bigint;
  credit_notes: string[];
}

export async function loadBillStates(pool: Pool, keys: readonly BillKey[]): Promise<BillState[]> {
  if (keys.length === 0) return [];
  const { rows } = await query<BillRow>(pool, BILLS, [
    keys.map((key) => key.shopId),
    ...sourceColumns(keys),
    keys.map((key) => key.billId ?? null),
    keys.map((key) => key.invoiceNumber ?? null),
  ]);
  const find = await loadRows(
    pool,
    rows.flatMap(({ n, own, bill, current }) => [own, bill, current].map((sequence) => keyOf(keys[n - 1]!, sequence))),
  );
  const states: BillState[] = [];
  for (const row of rows) {
    const { shopId } = keys[row.n - 1]!;
    states[row.n - 1] = {
      sequence: row.sequence,
      own: find(shopId, row.own),
      bill: find(shopId, row.bill),
      decision: find(shopId, row.current),
      invoicesIssued: row.invoices,
      creditedMinor: row.credited_minor,
      creditNoteIds: row.credit_notes,
    };
  }
  return states;
}
