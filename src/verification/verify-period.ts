/**
 * A period proved by another way through the data than the one that made it: what the log says against itself and against
 * every table. Reads without a group, writes nothing. Shops are looked at part by part, so memory does not grow with
 * their number. See docs/replay.md.
 */
import type { Clock } from '../adapters/clock.ts';
import type { Codec } from '../adapters/codec.ts';
import type { Log } from '../adapters/log.ts';
import { query, type Pool } from '../adapters/postgres.ts';
import { READ_MODELS_SCHEMA } from '../adapters/read-model-tables.ts';
import type { CreditNoteIssued, ShopBillCalculated } from '../domain/events.ts';
import type { Pin } from '../domain/log-position.ts';
import { TOPIC_NAMES } from '../topics.ts';
import { checkAdjusted, checkAdjustments } from './check-adjustments.ts';
import { checkBill, checkInvoices, checkSettlement } from './check-bills.ts';
import { checkFacts, checkQuotes, FACT_TABLES } from './check-facts.ts';
import { checkNumbers, noteNumbers, type Numbers } from './check-numbers.ts';
import { checkCreditNotes, checkHeldBills, checkInvoiceRows, checkShopResults } from './check-read-models.ts';
import { checkCredits, checkRegister } from './check-register.ts';
import { checkRevenue } from './check-revenue.ts';
import { checkRuns, tally, talliesOf, type RunTally } from './check-runs.ts';
import { factsSeen } from './facts-seen.ts';
import { decisionsOf, type DecisionOnLog } from './history.ts';
import {
  partCount,
  readQuotes,
  readRunEvents,
  readShops,
  type LoggedQuote,
  type LogReader,
  type ShopOnLog,
} from './read-log.ts';
import { createFindings, type Findings, type VerificationReport } from './report.ts';
import { allRows, rowsOfShops, shopsOf, type Row, type ShopTable } from './stored.ts';

export interface VerifyDependencies {
  readonly pool: Pool;
  readonly log: Pick<Log, 'read' | 'endOffsets'>;
  readonly codec: Pick<Codec, 'decode'>;
  readonly clock: Clock;
}

export interface VerifyOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (shops: number) => void;
  /** Records of the log held at once. */
  readonly recordsAtOnce?: number;
}

/** What everything is compared with. */
interface Subject {
  readonly pool: Pool;
  readonly findings: Findings;
  readonly periodStartDate: string;
  readonly quotes: readonly LoggedQuote[];
  readonly tallies: ReadonlyMap<string, RunTally>;
  /** Of every run on the log. */
  readonly pins: ReadonlyMap<string, readonly Pin[]>;
  readonly ingested: readonly Pin[];
  /** When the verification began, epoch milliseconds: what is decided later is not looked at. */
  readonly since: number;
  readonly numbers: Numbers;
  readonly notes: CreditNoteIssued[];
}

const SHOPS_AT_ONCE = 500;
const PROJECTOR_PATIENCE_MS = 30_000;

const BY_SHOP = [
  ...FACT_TABLES,
  'bill_register',
  'shop_heads',
  'shop_credits',
  'invoices',
  'held_bills',
] as const satisfies readonly ShopTable[];

export async function verifyPeriod(
  { pool, log, codec, clock }: VerifyDependencies,
  periodStartDate: string,
  { signal, onProgress, recordsAtOnce = 500_000 }: VerifyOptions = {},
): Promise<VerificationReport> {
  const findings = createFindings();
  const since = clock.now();
  const ingested = await ledgerPositions(pool);
  const ends = await log.endOffsets(TOPIC_NAMES);
  const reader: LogReader = { log, codec, ends };
  await awaitProjector(findings, { pool, clock, ends });
  const runEvents = await readRunEvents(reader);
  const tallies = talliesOf(runEvents, periodStartDate);
  const pins = pinsByRun(runEvents);
  const quotes = await readQuotes(reader);
  const subject: Subject = {
    ...{ pool, findings, periodStartDate, quotes, tallies, pins, ingested, since },
    ...{ numbers: new Map(), notes: [] },
  };
  checkQuotes(findings, quotes, await allRows(pool, 'select * from fx_quotes'), ingested);
  const seen = new Set<string>();
  const parts = partCount(ends, recordsAtOnce);
  for (let part = 0; part < parts; part += 1) {
    const shops = await readShops(reader, part, parts);
    for (const some of chunks([...shops.values()], SHOPS_AT_ONCE)) {
      signal?.throwIfAborted();
      await checkShops(subject, some);
      for (const { shopId } of some) seen.add(shopId);
      onProgress?.(seen.size);
    }
  }
  await checkStrangers(subject, seen);
  await checkRuns(findings, pool, tallies, periodStartDate);
  await checkNumbers(findings, pool, subject.numbers);
  await checkCreditNotes(findings, pool, subject.notes, since);
  return findings.report();
}

/** Shops that a table knows and the log does not. */
async function checkStrangers(subject: Subject, seen: ReadonlySet<string>): Promise<void> {
  const strangers = new Set<string>();
  for (const table of BY_SHOP) {
    for await (const shopIds of shopsOf(subject.pool, table)) {
      for (const shopId of shopIds) if (!seen.has(shopId)) strangers.add(shopId);
    }
  }
  const shops = [...strangers].map((shopId): ShopOnLog => ({ shopId, facts: [], events: [] }));
  for (const some of chunks(shops, SHOPS_AT_ONCE)) await checkShops(subject, some);
}

async function checkShops(subject: Subject, shops: readonly ShopOnLog[]): Promise<void> {
  const { pool, tallies } = subject;
  const shopIds = shops.map(({ shopId }) => shopId);
  const tables = new Map<ShopTable, Map<string, Row[]>>();
  for (const table of BY_SHOP) tables.set(table, await rowsOfShops(pool, table, shopIds));
  const results = await allRows(
    pool,
    `select * from ${READ_MODELS_SCHEMA}.shop_results where run_id = any($1::text[]) and shop_id = any($2::text[])`,
    [[...tallies.keys()], shopIds],
  );
  tables.set(
    'shop_results',
    Map.groupBy(results, (row) => row['shop_id'] as string),
  );
  for (const shop of shops) checkShop(subject, shop, (table) => tables.get(table)!.get(shop.shopId) ?? []);
}

function checkShop(subject: Subject, shop: ShopOnLog, rowsIn: (table: ShopTable) => readonly Row[]): void {
  const { findings, periodStartDate, tallies, pins, ingested, since, numbers, notes } = subject;
  const { shopId } = shop;
  const decisions = decisionsOf(shop);
  checkFacts(findings, shop, new Map(FACT_TABLES.map((table) => [table, rowsIn(table)])), ingested);
  checkSettlement(findings, shop, decisions, periodStartDate);
  const [head] = rowsIn('shop_heads');
  checkRegister(findings, shopId, decisions, { rows: rowsIn('bill_register'), head: head ?? null, since });
  checkCredits(findings, shopId, decisions, rowsIn('shop_credits'));
  checkInvoices(findings, decisions, periodStartDate);
  const pinsOf = ({ bill, runId }: DecisionOnLog) => bill?.pins ?? pins.get(runId) ?? [];
  checkAdjustments(findings, shop, decisions, pinsOf);
  for (const decision of decisions) {
    const { bill } = decision;
    if (bill === null || decision.periodStartDate !== periodStartDate) continue;
    checkBillOf(subject, shop, { ...decision, bill });
    checkAdjusted(findings, shop, subject.quotes, decisions, { decision: { ...decision, bill }, pinsOf });
  }
  noteNumbers(findings, numbers, decisions);
  tally(tallies, decisions);
  checkShopResults(findings, shopId, decisions, rowsIn('shop_results'), new Set(tallies.keys()));
  checkInvoiceRows(findings, decisions, rowsIn('invoices'), since);
  checkHeldBills(findings, shopId, decisions, rowsIn('held_bills'), since);
  for (const { note } of decisions) if (note !== null) notes.push(note);
}

function checkBillOf(
  { findings, pins: ofRuns, quotes }: Subject,
  shop: ShopOnLog,
  { bill, runId, place }: DecisionOnLog & { bill: ShopBillCalculated },
): void {
  checkBill(findings, bill, place);
  const pins = bill.pins ?? ofRuns.get(runId);
  if (pins === undefined) findings.add('revenue', place, `the log has no BillingRunStarted of run ${runId}`);
  else checkRevenue(findings, bill, factsSeen(shop, quotes, pins), place);
}

const pinsByRun = (events: Awaited<ReturnType<typeof readRunEvents>>): Map<string, readonly Pin[]> =>
  new Map(
    events.flatMap(({ message: { type, data } }) =>
      type === 'BillingRunStarted' ? [[data.runId, data.pins] as const] : [],
    ),
  );

async function ledgerPositions(pool: Pool): Promise<Pin[]> {
  const { rows } = await query<{ topic: string; partition: number; next_offset: bigint }>(
    pool,
    'select topic, partition, next_offset from ingest_positions',
  );
  return rows.map(({ topic, partition, next_offset: offset }) => ({ topic, partition, offset }));
}

/** Read models follow the log by moments: what they lack for longer, they lack. */
async function awaitProjector(
  findings: Findings,
  { pool, clock, ends }: Pick<VerifyDependencies, 'pool' | 'clock'> & { ends: readonly Pin[] },
): Promise<void> {
  const folded = ends.filter(({ topic }) => topic === 'events' || topic === 'run-events');
  const until = clock.now() + PROJECTOR_PATIENCE_MS;
  for (;;) {
    const rows = await allRows(pool, `select topic, partition, position from ${READ_MODELS_SCHEMA}.checkpoints`);
    const reached = new Map(
      rows.map((row) => [`${row['topic'] as string}/${row['partition'] as number}`, row['position']]),
    );
    const behind = folded.filter(({ topic, partition, offset }) => {
      const position = reached.get(`${topic}/${partition}`) as bigint | undefined;
      return (position ?? 0n) < offset;
    });
    if (behind.length === 0) return;
    if (clock.now() >= until) {
      for (const { topic, partition } of behind) {
        findings.add('read models', `${topic}/${partition}`, 'is not folded to its end: is a projector running?');
      }
      return;
    }
    await clock.sleep(100);
  }
}

function* chunks<T>(items: readonly T[], size: number): Iterable<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
