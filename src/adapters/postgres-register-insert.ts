/** Writes rows of the register. */
import type { OutRecord } from './log.ts';
import { pinsToJson } from './postgres-pins.ts';
import type { Client } from './postgres.ts';
import { SETTLING_OUTCOMES, type NewDecision } from './register.ts';

/** A decision and what it publishes. */
export interface Finished {
  readonly decision: Omit<NewDecision, 'creditsUsed' | 'knowsCancelled' | 'records' | 'numbered'>;
  /** False for one that later ones were recorded before: it never stood. */
  readonly stands?: boolean;
  /** What it took from its series. */
  readonly issuedNumber: string | null;
  readonly records: readonly OutRecord[];
  readonly framed: Buffer;
}

/** What stood of these (run, shop) so far stands no more; the rows themselves remain. */
export async function supersede(
  client: Client,
  decisions: readonly Pick<NewDecision, 'runId' | 'shopId'>[],
): Promise<void> {
  if (decisions.length === 0) return;
  await client.query(
    `update bill_register r set current = false, settles = false
     from unnest($1::text[], $2::text[]) as k(run_id, shop_id)
     where r.run_id = k.run_id and r.shop_id = k.shop_id and r.current`,
    [decisions.map(({ runId }) => runId), decisions.map(({ shopId }) => shopId)],
  );
}

/**
 * The frames of all rows travel as one binary parameter and are cut apart by the server; an array of bytea would be
 * sent as hexadecimal text.
 */
export async function insertRows(client: Client, rows: readonly Finished[]): Promise<void> {
  if (rows.length === 0) return;
  const decisions = rows.map((row) => row.decision);
  let end = 1;
  const starts = rows.map(({ framed }) => (end += framed.length) - framed.length);
  await client.query(
    `insert into bill_register (run_id, shop_id, shop_sequence, kind, current, period_start, outcome, settles,
       source_topic, source_partition, source_offset, pins, decided_at_ms, bill_id, invoice_id, invoice_number,
       credit_note_id, issued_number, currency, total_minor, records)
     select k.run_id, k.shop_id, k.shop_sequence, k.kind, k.stands, k.period_start, k.outcome, k.settles,
       k.source_topic, k.source_partition, k.source_offset, k.pins, k.decided_at_ms, k.bill_id, k.invoice_id,
       k.invoice_number, k.credit_note_id, k.issued_number, k.currency, k.total_minor,
       substring($1::bytea from k.starts for k.length)
     from unnest($2::int[], $3::int[], $4::text[], $5::text[], $6::int[], $7::text[], $8::date[], $9::text[],
       $10::boolean[], $11::text[], $12::int[], $13::bigint[], $14::jsonb[], $15::bigint[], $16::text[], $17::text[],
       $18::text[], $19::text[], $20::text[], $21::text[], $22::bigint[], $23::boolean[])
       as k(starts, length, run_id, shop_id, shop_sequence, kind, period_start, outcome, settles, source_topic,
         source_partition, source_offset, pins, decided_at_ms, bill_id, invoice_id, invoice_number, credit_note_id,
         issued_number, currency, total_minor, stands)`,
    [
      Buffer.concat(rows.map((row) => row.framed)),
      starts,
      rows.map((row) => row.framed.length),
      decisions.map((decision) => decision.runId),
      decisions.map((decision) => decision.shopId),
      decisions.map((decision) => decision.expectedSequence + 1),
      decisions.map((decision) => decision.kind),
      decisions.map((decision) => decision.periodStartDate),
      decisions.map((decision) => decision.outcome),
      rows.map(({ decision, stands = true }) => stands && SETTLING_OUTCOMES.includes(decision.outcome)),
      decisions.map((decision) => decision.source.topic),
      decisions.map((decision) => decision.source.partition),
      decisions.map((decision) => decision.source.offset),
      decisions.map((decision) => decision.pins && pinsToJson(decision.pins)),
      decisions.map((decision) => decision.decidedAt),
      decisions.map((decision) => decision.billId),
      decisions.map((decision) => decision.invoiceId),
      rows.map(({ decision, issuedNumber }) => decision.invoiceNumber ?? issuedNumber),
      decisions.map((decision) => decision.creditNoteId),
      rows.map((row) => row.issuedNumber),
      decisions.map((decision) => decision.currency),
      decisions.map((decision) => decision.totalMinor),
      rows.map(({ stands = true }) => stands),
    ],
  );
}
