/** Records decisions: what an operator decided, then heads, numbers last, everything in one durable transaction. */
import pg from 'pg';
import { BillingError } from '../errors.ts';
import type { OutRecord } from './log.ts';
import { advanceHeads, type Entry } from './postgres-register-heads.ts';
import { insertRows, supersede, type Finished } from './postgres-register-insert.ts';
import { moveCredits } from './postgres-register-credits.ts';
import { connectionNumber, transaction, type Client, type Pool } from './postgres.ts';
import { encodeRecords } from './record-framing.ts';
import { FoldFirst, numberIn, type NewDecision } from './register.ts';

/**
 * `record` of the register port.
 * @throws BillingError ISSUING_PAUSED; FoldFirst; REGISTER_CONFLICT when a row is there that heads do not know of, or a credit
 *   would be spent beyond its amount
 */
export async function recordDecisions(
  pool: Pool,
  decisions: readonly NewDecision[],
  foldedThrough: number,
): Promise<(readonly OutRecord[] | null)[]> {
  if (decisions.length === 0) return [];
  if (new Set(decisions.map((decision) => decision.shopId)).size < decisions.length) {
    throw new BillingError('INTERNAL', 'A shop was decided twice in one batch.');
  }
  // Without a number a decision is complete before anything is locked.
  const ready = new Map(
    decisions.filter((decision) => decision.numbered === null).map((decision) => [decision, finished(decision, null)]),
  );
  try {
    return await transaction(pool, { durable: true }, async (client) => {
      if (connectionNumber(client) > foldedThrough) throw new FoldFirst();
      await passGate(client);
      const accepted = await advanceHeads(client, await withoutCancelled(client, decisions));
      const published: (readonly OutRecord[] | null)[] = decisions.map(() => null);
      const write = async (rows: readonly (Finished & { readonly index: number })[]) => {
        await insertRows(client, rows);
        for (const { index, records } of rows) published[index] = records;
      };
      await supersede(
        client,
        accepted.filter(({ supersedes }) => supersedes).map(({ decision }) => decision),
      );
      await moveCredits(
        client,
        accepted.map(({ decision }) => ({ ...decision, shopSequence: decision.expectedSequence + 1 })),
      );
      await write(
        accepted.flatMap((entry) => {
          const complete = ready.get(entry.decision);
          return complete ? [{ ...entry, ...complete }] : [];
        }),
      );
      // From here on every other issuer waits.
      const issuing = accepted.filter(({ decision }) => decision.numbered !== null);
      const numbers = await takeNumbers(client, issuing);
      await write(issuing.map((entry, i) => ({ ...entry, ...finished(entry.decision, numbers[i]!) })));
      return published;
    });
  } catch (error) {
    throw refusal(error);
  }
}

/** What breaks a rule of the tables is a conflict; anything else stays what it is. */
export function refusal(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError) || !['23505', '23514'].includes(error.code ?? '')) return error;
  const why = error.detail ?? error.message;
  return new BillingError('REGISTER_CONFLICT', `The bill register refused a decision: ${why}`, { cause: error });
}

/**
 * The row is held until the end, so a pause waits for what is being recorded, and nothing is recorded behind its back.
 * A steady stream of such holders would keep a pauser waiting for ever at the row: it takes the table's lock first,
 * for which everybody queues.
 */
async function passGate(client: Client): Promise<void> {
  const { rows } = await client.query<{ paused: boolean; reason: string | null }>(
    'select paused, reason from issuing_control for share',
  );
  if (rows[0]?.paused) {
    const why = rows[0].reason ? ` (${rows[0].reason})` : '';
    throw new BillingError('ISSUING_PAUSED', `Issuing is paused${why}: "billing resume" lets it go on.`);
  }
}

/** Leaves out bills of cancelled runs that were decided without knowing. The runs stay as they are until the end. */
async function withoutCancelled(client: Client, decisions: readonly NewDecision[]): Promise<Entry[]> {
  const entries = decisions.map((decision, index) => ({ decision, index }));
  const unknowing = ({ decision }: Entry) => decision.kind === 'bill' && !decision.knowsCancelled;
  const runIds = [...new Set(entries.filter(unknowing).map(({ decision }) => decision.runId))];
  if (runIds.length === 0) return entries;
  const { rows } = await client.query<{ run_id: string; cancelled: boolean }>(
    `select run_id, cancelled_at_ms is not null as cancelled from billing_runs
     where run_id = any($1::text[]) order by run_id for share`,
    [runIds],
  );
  const cancelled = new Set(rows.flatMap((row) => (row.cancelled ? [row.run_id] : [])));
  return cancelled.size === 0
    ? entries
    : entries.filter((entry) => !unknowing(entry) || !cancelled.has(entry.decision.runId));
}

function finished(decision: NewDecision, number: string | null): Finished {
  const records = number === null ? decision.records : [...decision.records, decision.numbered!.finish(number)];
  return { decision, issuedNumber: number, records, framed: encodeRecords(records) };
}

/** The next numbers of each series, in the order of the decisions. A rollback gives them back, so there are no gaps. */
async function takeNumbers(client: Client, issuing: readonly Entry[]): Promise<string[]> {
  if (issuing.length === 0) return [];
  const wanted = new Map<string, number>();
  for (const { decision } of issuing) {
    const { series } = decision.numbered!;
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
    const { series } = decision.numbered!;
    const ordinal = next.get(series)!;
    next.set(series, ordinal + 1n);
    return numberIn(series, ordinal);
  });
}
