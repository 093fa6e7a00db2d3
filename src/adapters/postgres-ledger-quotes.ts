/** Currency quotes over many pairs at once. */
import type { Pin } from '../domain/log-position.ts';
import type { FxQuote, QuoteQuery } from '../domain/order-facts.ts';
import { pinsOf, within } from './postgres-ledger-pins.ts';
import { query, type Pool } from './postgres.ts';

interface QuoteRow {
  n: number;
  base: string;
  quote: string;
  rate_unscaled: bigint;
  rate_scale: number;
  as_of: string;
  recorded_at_ms: bigint;
  log_partition: number;
  log_offset: bigint;
}

/** Of the quotes of one pair and day the first recorded within the pins stands, contested or not. */
const QUOTES = `
  select k.n::int as n, q.*
  from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality as k(base, quote, from_date, to_date, n)
  cross join lateral (
    select distinct on (q.as_of) q.* from fx_quotes q
    where q.base = k.base and q.quote = k.quote and q.as_of between k.from_date and k.to_date and ${within('q', '$5')}
    order by q.as_of, q.recorded_at_ms, q.log_partition, q.log_offset
  ) q
  order by k.n, q.as_of`;

/** `loadQuotes` of the ledger port. */
export async function loadQuotes(
  pool: Pool,
  { quotes, pins }: { quotes: readonly QuoteQuery[]; pins: readonly Pin[] },
): Promise<FxQuote[][]> {
  if (quotes.length === 0) return [];
  const columns = (['base', 'quote', 'fromDate', 'toDate'] as const).map((name) => quotes.map((asked) => asked[name]));
  const { rows } = await query<QuoteRow>(pool, QUOTES, [...columns, pinsOf('fx-rates', pins)]);
  const found: FxQuote[][] = quotes.map(() => []);
  for (const row of rows) found[row.n - 1]!.push(toQuote(row));
  return found;
}

const toQuote = (row: QuoteRow): FxQuote => ({
  position: { topic: 'fx-rates', partition: row.log_partition, offset: row.log_offset },
  recordedAt: Number(row.recorded_at_ms),
  base: row.base,
  quote: row.quote,
  rateUnscaled: row.rate_unscaled,
  rateScale: row.rate_scale,
  asOf: row.as_of,
});
