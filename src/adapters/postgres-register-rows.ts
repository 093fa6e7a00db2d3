/** Rows of the register as they are stored. All but `current` and `settles` of a row never changes. */
import type { Outcome } from '../domain/events.ts';
import type { LogPosition } from '../domain/log-position.ts';
import { pinsFromJson, type StoredPins } from './postgres-pins.ts';
import { query, type Client, type Pool } from './postgres.ts';
import { decodeRecords } from './record-framing.ts';
import type { DecisionKind, RegisteredDecision, Register } from './register.ts';

export interface RowKey {
  readonly shopId: string;
  readonly sequence: number;
}

interface Row {
  run_id: string;
  shop_id: string;
  shop_sequence: number;
  kind: DecisionKind;
  period_start: string;
  outcome: Outcome;
  source_topic: string;
  source_partition: number;
  source_offset: bigint;
  pins: StoredPins | null;
  decided_at_ms: bigint;
  bill_id: string | null;
  invoice_id: string | null;
  invoice_number: string | null;
  credit_note_id: string | null;
  issued_number: string | null;
  currency: string | null;
  total_minor: bigint | null;
  records: Buffer;
}

const COLUMNS = `r.run_id, r.shop_id, r.shop_sequence, r.kind, r.period_start::text, r.outcome, r.source_topic,
  r.source_partition, r.source_offset, r.pins, r.decided_at_ms, r.bill_id, r.invoice_id, r.invoice_number,
  r.credit_note_id, r.issued_number, r.currency, r.total_minor, r.records`;

/** Gives the rows that were asked for by shop and sequence; null for a sequence that is null. */
export type FindRow = (shopId: string, sequence: number | null) => RegisteredDecision | null;

/** Reads rows by their keys, inside a transaction when given its client. */
export async function loadRows(asked: Pool | Client, keys: readonly (RowKey | null)[]): Promise<FindRow> {
  const wanted = new Map(keys.flatMap((key) => (key === null ? [] : [[nameOf(key), key] as const])));
  const found = new Map<string, RegisteredDecision>();
  if (wanted.size > 0) {
    const list = [...wanted.values()];
    const { rows } = await ask(
      asked,
      `select ${COLUMNS} from unnest($1::text[], $2::int[]) as k(shop_id, shop_sequence)
       cross join lateral (
         select * from bill_register r where r.shop_id = k.shop_id and r.shop_sequence = k.shop_sequence limit 1
       ) r`,
      [list.map(({ shopId }) => shopId), list.map(({ sequence }) => sequence)],
    );
    for (const row of rows) {
      const decision = toDecision(row);
      found.set(nameOf({ shopId: decision.shopId, sequence: decision.shopSequence }), decision);
    }
  }
  return (shopId, sequence) => (sequence === null ? null : (found.get(nameOf({ shopId, sequence })) ?? null));
}

/** `billsOfPeriod` of the port. */
export async function billsOfPeriod(
  pool: Pool,
  { periodStartDate, after, limit }: Parameters<Register['billsOfPeriod']>[0],
): Promise<RegisteredDecision[]> {
  const { rows } = await query<Row>(
    pool,
    `select ${COLUMNS} from bill_register r
     where r.period_start = $1::date and r.kind = 'bill' and (r.shop_id, r.shop_sequence) > ($2, $3)
     order by r.shop_id, r.shop_sequence limit $4`,
    [periodStartDate, after?.shopId ?? '', after?.shopSequence ?? 0, limit],
  );
  return rows.map(toDecision);
}

/** In the order of their sequence. */
export async function loadRowsOfPeriod(
  pool: Pool,
  { shopId, periodStartDate }: { readonly shopId: string; readonly periodStartDate: string },
): Promise<RegisteredDecision[]> {
  const { rows } = await query<Row>(
    pool,
    `select ${COLUMNS} from bill_register r where r.shop_id = $1 and r.period_start = $2::date order by r.shop_sequence`,
    [shopId, periodStartDate],
  );
  return rows.map(toDecision);
}

/** `loadDecisions` of the register port. */
export async function loadDecisions(pool: Pool, keys: readonly RowKey[]): Promise<RegisteredDecision[]> {
  const find = await loadRows(pool, keys);
  return keys.flatMap(({ shopId, sequence }) => find(shopId, sequence) ?? []);
}

const ask = (asked: Pool | Client, text: string, values: unknown[]) =>
  'release' in asked ? asked.query<Row>(text, values) : query<Row>(asked, text, values);

/** Null where there is no such row. */
export const keyOf = ({ shopId }: { readonly shopId: string }, sequence: number | null): RowKey | null =>
  sequence === null ? null : { shopId, sequence };

/** Three parameters: topic, partition and offset of each source. */
export const sourceColumns = (keys: readonly { readonly source: LogPosition }[]) => [
  keys.map(({ source }) => source.topic),
  keys.map(({ source }) => source.partition),
  keys.map(({ source }) => source.offset),
];

const nameOf = ({ shopId, sequence }: RowKey) => `${sequence} ${shopId}`;

const toDecision = (row: Row): RegisteredDecision => ({
  runId: row.run_id,
  shopId: row.shop_id,
  shopSequence: row.shop_sequence,
  kind: row.kind,
  periodStartDate: row.period_start,
  outcome: row.outcome,
  source: { topic: row.source_topic, partition: row.source_partition, offset: row.source_offset },
  pins: row.pins && pinsFromJson(row.pins),
  decidedAt: Number(row.decided_at_ms),
  billId: row.bill_id,
  invoiceId: row.invoice_id,
  invoiceNumber: row.invoice_number,
  creditNoteId: row.credit_note_id,
  issuedNumber: row.issued_number,
  currency: row.currency,
  totalMinor: row.total_minor,
  records: decodeRecords(row.records),
});
