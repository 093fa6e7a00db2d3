/** Records decisions: heads first, numbers last, everything in one durable transaction. */
import pg from 'pg';
import { BillingError } from '../errors.ts';
import type { OutRecord } from './log.ts';
import { pinsToJson } from './postgres-pins.ts';
import { transaction, type Client, type Pool } from './postgres.ts';
import { encodeRecords } from './record-framing.ts';
import { invoiceNumber, SETTLING_OUTCOMES, type NewDecision } from './register.ts';

/** A decision with its place in the call, and what it will publish. */
interface Entry {
  readonly index: number;
  readonly decision: NewDecision;
}

interface Finished {
  readonly decision: NewDecision;
  readonly invoiceNumber: string | null;
  readonly records: readonly OutRecord[];
  readonly framed: Buffer;
}

/** `record` of the register port. @throws BillingError REGISTER_CONFLICT when a row is there that heads do not know of */
export async function recordDecisions(
  pool: Pool,
  decisions: readonly NewDecision[],
): Promise<(readonly OutRecord[] | null)[]> {
  if (decisions.length === 0) return [];
  if (new Set(decisions.map((decision) => decision.shopId)).size < decisions.length) {
    throw new BillingError('INTERNAL', 'A shop was decided twice in one batch.');
  }
  // Without an invoice a decision is complete before anything is locked.
  const ready = new Map(
    decisions.filter((decision) => decision.invoice === null).map((decision) => [decision, finished(decision, null)]),
  );
  try {
    return await transaction(pool, { durable: true }, async (client) => {
      const accepted = await advanceHeads(client, decisions);
      const published: (readonly OutRecord[] | null)[] = decisions.map(() => null);
      const write = async (rows: readonly (Finished & Entry)[]) => {
        await insertRows(client, rows);
        for (const { index, records } of rows) published[index] = records;
      };
      await write(
        accepted.flatMap((entry) => {
          const complete = ready.get(entry.decision);
          return complete ? [{ ...entry, ...complete }] : [];
        }),
      );
      // From here on every other issuer waits.
      const issuing = accepted.filter(({ decision }) => decision.invoice !== null);
      const numbers = await takeNumbers(client, issuing);
      await write(issuing.map((entry, i) => ({ ...entry, ...finished(entry.decision, numbers[i]!) })));
      return published;
    });
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '23505') throw error;
    throw new BillingError(
      'REGISTER_CONFLICT',
      `The bill register refused a decision: ${error.detail ?? error.message}`,
      {
        cause: error,
      },
    );
  }
}

function finished(decision: NewDecision, number: string | null): Finished {
  const records = number === null ? decision.records : [...decision.records, decision.invoice!.finish(number)];
  return { decision, invoiceNumber: number, records, framed: encodeRecords(records) };
}

/**
 * Locks the heads in order of shop id, and moves those that stand where their decision expects them and whose decision
 * the register may take. Returns these decisions in the order given.
 */
async function advanceHeads(client: Client, decisions: readonly NewDecision[]): Promise<Entry[]> {
  const byShop = decisions.map((decision, index) => ({ decision, index })).sort(byShopId);
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
 * Leaves out what would decide a (run, shop) again that did not fail, or settle a period that another run settled.
 * Asked under the lock of the heads: it sees all that was recorded, and nothing can be added.
 */
async function acceptable(client: Client, entries: readonly Entry[]): Promise<Entry[]> {
  if (entries.length === 0) return [];
  const { rows } = await client.query<{ n: number }>(
    `select k.n::int as n
     from unnest($1::text[], $2::text[], $3::date[], $4::boolean[])
       with ordinality as k(run_id, shop_id, period_start, settles, n)
     left join lateral (
       select outcome from bill_register r where r.run_id = k.run_id and r.shop_id = k.shop_id limit 1
     ) r on true
     left join lateral (
       select true as settled from bill_register p
       where p.shop_id = k.shop_id and p.period_start = k.period_start and p.settles limit 1
     ) p on true
     where (r.outcome is null or r.outcome = 'failed') and not (k.settles and p.settled is true)`,
    [
      entries.map(({ decision }) => decision.runId),
      entries.map(({ decision }) => decision.shopId),
      entries.map(({ decision }) => decision.periodStartDate),
      entries.map(({ decision }) => SETTLING_OUTCOMES.includes(decision.outcome)),
    ],
  );
  return rows.map((row) => entries[row.n - 1]!);
}

/** The next numbers of each series, in the order of the decisions. A rollback gives them back, so there are no gaps. */
async function takeNumbers(client: Client, issuing: readonly Entry[]): Promise<string[]> {
  if (issuing.length === 0) return [];
  const wanted = new Map<string, number>();
  for (const { decision } of issuing) {
    const { series } = decision.invoice!;
    wanted.set(series, (wanted.get(series) ?? 0) + 1);
  }
  const series = [...wanted].sort(([a], [b]) => (a < b ? -1 : 1));
  const { rows } = await client.query<{ series: string; last_number: bigint }>(
    `insert into invoice_series as known (series, last_number) select * from unnest($1::text[], $2::bigint[])
     on conflict (series) do update set last_number = known.last_number + excluded.last_number
     returning series, last_number`,
    [series.map(([name]) => name), series.map(([, count]) => count)],
  );
  const next = new Map(rows.map((row) => [row.series, row.last_number - BigInt(wanted.get(row.series)!) + 1n]));
  return issuing.map(({ decision }) => {
    const { series } = decision.invoice!;
    const ordinal = next.get(series)!;
    next.set(series, ordinal + 1n);
    return invoiceNumber(series, ordinal);
  });
}

/**
 * The frames of all rows travel as one binary parameter and are cut apart by the server; an array of bytea would be
 * sent as hexadecimal text.
 */
async function insertRows(client: Client, rows: readonly Finished[]): Promise<void> {
  if (rows.length === 0) return;
  const decisions = rows.map((row) => row.decision);
  let end = 1;
  const starts = rows.map(({ framed }) => (end += framed.length) - framed.length);
  await client.query(
    `insert into bill_register (run_id, shop_id, shop_sequence, period_start, outcome, settles, source_topic,
       source_partition, source_offset, pins, decided_at_ms, invoice_number, records)
     select k.run_id, k.shop_id, k.shop_sequence, k.period_start, k.outcome, k.settles, k.source_topic,
       k.source_partition, k.source_offset, k.pins, k.decided_at_ms, k.invoice_number,
       substring($1::bytea from k.starts for k.length)
     from unnest($2::int[], $3::int[], $4::text[], $5::text[], $6::int[], $7::date[], $8::text[], $9::boolean[],
       $10::text[], $11::int[], $12::bigint[], $13::jsonb[], $14::bigint[], $15::text[])
       as k(starts, length, run_id, shop_id, shop_sequence, period_start, outcome, settles, source_topic,
         source_partition, source_offset, pins, decided_at_ms, invoice_number)
     on conflict (run_id, shop_id) do update set
       shop_sequence = excluded.shop_sequence, period_start = excluded.period_start, outcome = excluded.outcome,
       settles = excluded.settles, source_topic = excluded.source_topic, source_partition = excluded.source_partition,
       source_offset = excluded.source_offset, pins = excluded.pins, decided_at_ms = excluded.decided_at_ms,
       invoice_number = excluded.invoice_number, records = excluded.records`,
    [
      Buffer.concat(rows.map((row) => row.framed)),
      starts,
      rows.map((row) => row.framed.length),
      decisions.map((decision) => decision.runId),
      decisions.map((decision) => decision.shopId),
      decisions.map((decision) => decision.expectedSequence + 1),
      decisions.map((decision) => decision.periodStartDate),
      decisions.map((decision) => decision.outcome),
      decisions.map((decision) => SETTLING_OUTCOMES.includes(decision.outcome)),
      decisions.map((decision) => decision.source.topic),
      decisions.map((decision) => decision.source.partition),
      decisions.map((decision) => decision.source.offset),
      decisions.map((decision) => decision.pins && pinsToJson(decision.pins)),
      decisions.map((decision) => decision.decidedAt),
      rows.map((row) => row.invoiceNumber),
    ],
  );
}
