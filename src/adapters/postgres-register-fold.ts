/** Compares the register with what the log tells, and records what it lacks. */
import { insertRows, supersede } from './postgres-register-insert.ts';
import { moveCredits } from './postgres-register-credits.ts';
import { refusal } from './postgres-register-record.ts';
import { loadRows } from './postgres-register-rows.ts';
import { transaction, type Client, type Pool } from './postgres.ts';
import { encodeRecords } from './record-framing.ts';
import { requireAgreement } from './register-agreement.ts';
import { parseNumber, type LoggedDecision } from './register.ts';

/** `fold` of the register port. */
export async function foldDecisions(pool: Pool, decisions: readonly LoggedDecision[]): Promise<number> {
  if (decisions.length === 0) return 0;
  // Nearly always everything is there and nothing needs to be locked.
  if ((await missing(pool, decisions)).length === 0) return 0;
  try {
    return await transaction(pool, { durable: true }, async (client) => {
      await lockHeads(client, decisions);
      const absent = await missing(client, decisions);
      for (const wave of inWaves(absent)) await restore(client, wave);
      await raiseSeries(client, absent);
      return absent.length;
    });
  } catch (error) {
    throw refusal(error);
  }
}

/** @throws BillingError REGISTER_CONFLICT for one that is there and tells something else */
async function missing(asked: Pool | Client, decisions: readonly LoggedDecision[]): Promise<LoggedDecision[]> {
  const find = await loadRows(
    asked,
    decisions.map(({ shopId, shopSequence: sequence }) => ({ shopId, sequence })),
  );
  return decisions.filter((logged) => {
    const recorded = find(logged.shopId, logged.shopSequence);
    if (recorded !== null) requireAgreement(recorded, logged);
    return recorded === null;
  });
}

/** In the order in which everybody locks them. */
async function lockHeads(client: Client, decisions: readonly LoggedDecision[]): Promise<void> {
  const shopIds = [...new Set(decisions.map(({ shopId }) => shopId))].sort();
  await client.query(
    `insert into shop_heads (shop_id, sequence) select shop_id, 0 from unnest($1::text[]) as k(shop_id)
     on conflict (shop_id) do nothing`,
    [shopIds],
  );
  await client.query('select from shop_heads where shop_id = any($1::text[]) order by shop_id for update', [shopIds]);
}

/** No shop is named twice. */
async function restore(client: Client, decisions: readonly LoggedDecision[]): Promise<void> {
  const { rows } = await client.query<{ n: number; newest: number }>(
    `select k.n::int as n, r.shop_sequence as newest
     from unnest($1::text[], $2::text[]) with ordinality as k(run_id, shop_id, n)
     cross join lateral (
       select shop_sequence from bill_register r where r.run_id = k.run_id and r.shop_id = k.shop_id and r.current limit 1
     ) r`,
    [decisions.map(({ runId }) => runId), decisions.map(({ shopId }) => shopId)],
  );
  const newest = new Map(rows.map((row) => [row.n, row.newest]));
  const entries = decisions.map((decision, index) => {
    const standing = newest.get(index + 1);
    return {
      decision: { ...decision, expectedSequence: decision.shopSequence - 1 },
      stands: standing === undefined || standing < decision.shopSequence,
      issuedNumber: decision.issuedNumber,
      records: decision.records,
      framed: encodeRecords(decision.records),
    };
  });
  await supersede(
    client,
    decisions.filter((decision, index) => (newest.get(index + 1) ?? Infinity) < decision.shopSequence),
  );
  await moveCredits(client, decisions);
  await insertRows(client, entries);
  await client.query(
    `update shop_heads h set sequence = greatest(h.sequence, k.sequence)
     from unnest($1::text[], $2::int[]) as k(shop_id, sequence) where h.shop_id = k.shop_id`,
    [decisions.map(({ shopId }) => shopId), decisions.map(({ shopSequence }) => shopSequence)],
  );
}

/** A number that was issued is not issued again. */
async function raiseSeries(client: Client, decisions: readonly LoggedDecision[]): Promise<void> {
  const highest = new Map<string, bigint>();
  for (const { issuedNumber } of decisions) {
    if (issuedNumber === null) continue;
    const { series, ordinal } = parseNumber(issuedNumber);
    if (ordinal > (highest.get(series) ?? 0n)) highest.set(series, ordinal);
  }
  const sorted = [...highest].sort(([a], [b]) => (a < b ? -1 : 1));
  await client.query(
    `insert into invoice_series as known (series, last_number) select * from unnest($1::text[], $2::bigint[])
     on conflict (series) do update set last_number = greatest(known.last_number, excluded.last_number)`,
    [sorted.map(([series]) => series), sorted.map(([, ordinal]) => ordinal)],
  );
}

/** The k-th decision of each shop in wave k. */
function inWaves(decisions: readonly LoggedDecision[]): LoggedDecision[][] {
  const waves: LoggedDecision[][] = [];
  const counts = new Map<string, number>();
  for (const decision of decisions) {
    const wave = counts.get(decision.shopId) ?? 0;
    counts.set(decision.shopId, wave + 1);
    (waves[wave] ??= []).push(decision);
  }
  return waves;
}
