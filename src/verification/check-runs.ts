/** Runs: the shops they were planned with ⇔ the outcomes on the log, and what was announced of them. */
import { createHash } from 'node:crypto';
import type { Pool } from '../adapters/postgres.ts';
import { READ_MODELS_SCHEMA } from '../adapters/read-model-tables.ts';
import type { BillingRunCompleted, BillingRunStarted, RunEvent } from '../domain/events.ts';
import { standingOf, type DecisionOnLog } from './history.ts';
import { placeOf, type Logged } from './read-log.ts';
import { text, type Findings } from './report.ts';
import { allRows, type Row } from './stored.ts';

/** What the shops of a run came to, counted while they are looked at part by part. */
export interface RunTally {
  readonly started: BillingRunStarted;
  readonly place: string;
  readonly completed: BillingRunCompleted | null;
  readonly isCancelled: boolean;
  /** Shops with an outcome. */
  readonly decided: Set<string>;
  readonly outcomes: Map<string, number>;
  /** Attributed revenue and fees of shops with a bill that stands, by currency. */
  readonly totals: Map<string, { revenue: bigint; fees: bigint }>;
}

/** Live runs of the period, by id. */
export function talliesOf(events: readonly Logged<RunEvent>[], periodStartDate: string): Map<string, RunTally> {
  const tallies = new Map<string, RunTally>();
  for (const { record, message } of events) {
    if (message.type !== 'BillingRunStarted') continue;
    const { runId, dryRun, period } = message.data;
    if (dryRun || period.startDate !== periodStartDate || tallies.has(runId)) continue;
    const completions = events.flatMap(({ message: { type, data } }) =>
      type === 'BillingRunCompleted' && data.runId === runId ? [data] : [],
    );
    tallies.set(runId, {
      ...{ started: message.data, place: placeOf(record), decided: new Set(), outcomes: new Map(), totals: new Map() },
      completed: completions.sort((a, b) => a.revision - b.revision).at(-1) ?? null,
      isCancelled: events.some(({ message: { type, data } }) => type === 'BillingRunCancelled' && data.runId === runId),
    });
  }
  return tallies;
}

const WITHOUT_AMOUNTS = ['failed', 'skipped', 'rejected', 'voided'];

export function tally(tallies: ReadonlyMap<string, RunTally>, decisions: readonly DecisionOnLog[]): void {
  for (const [runId, { outcome, shopId }] of standingOf(decisions)) {
    const run = tallies.get(runId);
    if (run === undefined) continue;
    run.decided.add(shopId);
    run.outcomes.set(outcome, (run.outcomes.get(outcome) ?? 0) + 1);
    const bill = decisions.findLast((decision) => decision.runId === runId && decision.bill !== null)?.bill;
    if (bill === undefined || bill === null || WITHOUT_AMOUNTS.includes(outcome)) continue;
    const { revenue, fees } = run.totals.get(bill.currency) ?? { revenue: 0n, fees: 0n };
    const { totalMinor, metrics } = bill;
    run.totals.set(bill.currency, { revenue: revenue + metrics.attributedMinor, fees: fees + totalMinor });
  }
}

export async function checkRuns(
  findings: Findings,
  pool: Pool,
  tallies: ReadonlyMap<string, RunTally>,
  periodStartDate: string,
): Promise<void> {
  const stored = await allRows(pool, 'select * from billing_runs where period_start_date = $1 and not dry_run', [
    periodStartDate,
  ]);
  for (const row of stored) {
    if (tallies.has(text(row['run_id']))) continue;
    findings.add(
      'manifests',
      `table billing_runs, run ${text(row['run_id'])}`,
      'the log has no BillingRunStarted of it',
    );
  }
  for (const [runId, run] of tallies) {
    findings.examined('manifests');
    const row = stored.find((one) => one['run_id'] === runId) ?? null;
    checkPlanned(findings, run, row);
    await checkManifest(findings, pool, runId, run);
    checkCompleted(findings, run);
    await checkRunReadModels(findings, pool, runId, run);
  }
}

function checkPlanned(findings: Findings, { started, place }: RunTally, row: Row | null): void {
  const at = `table billing_runs, run ${started.runId}`;
  if (row === null) return findings.add('manifests', at, `missing: the run began at ${place}`);
  const pins = (all: readonly { topic: string; partition: number; offset: bigint | string }[]) =>
    all.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`).sort();
  const columns = {
    ...{ expected_shops: started.expectedShops, manifest_sha256: started.manifestSha256, force: started.force },
    ...{ period_end_date: started.period.endDate, period_start_ms: started.period.start, named: started.named },
    ...{ period_end_ms: started.period.end, time_zone: started.period.timeZone, started_at_ms: started.startedAt },
    ...{ requested_at_ms: started.requestedAt, unbillable_shops_with_usage: started.unbillableShopsWithUsage },
  };
  for (const [name, value] of Object.entries(columns)) findings.expectSame('manifests', at, name, value, row[name]);
  const stored = row['pins'] as Parameters<typeof pins>[0];
  findings.expectSame('manifests', at, 'pins', pins(started.pins), pins(stored));
}

const SHOPS_AT_ONCE = 5_000;

async function checkManifest(findings: Findings, pool: Pool, runId: string, { started, decided, place }: RunTally) {
  const hash = createHash('sha256');
  const unplanned = new Set(decided);
  let count = 0;
  for (let after = ''; ;) {
    const rows = await allRows(
      pool,
      'select shop_id from billing_run_shops where run_id = $1 and shop_id > $2 order by shop_id limit $3',
      [runId, after, SHOPS_AT_ONCE],
    );
    if (rows.length === 0) break;
    for (const row of rows) {
      after = row['shop_id'] as string;
      hash.update(`${after}\n`);
      count += 1;
      if (!unplanned.delete(after)) {
        findings.add('manifests', `run ${runId}, shop ${after}`, 'the shop has no outcome on the log');
      }
    }
  }
  findings.examined('manifests', count);
  const at = `table billing_run_shops, run ${runId}`;
  findings.expectSame('manifests', at, `the number of shops (${place})`, started.expectedShops, count);
  findings.expectSame('manifests', at, `the hash of its shops (${place})`, started.manifestSha256, hash.digest('hex'));
  for (const shopId of unplanned)
    findings.add('manifests', `run ${runId}, shop ${shopId}`, 'the run never had this shop');
}

function checkCompleted(findings: Findings, { started, completed, isCancelled, outcomes, totals }: RunTally): void {
  const at = `run ${started.runId}`;
  if (completed === null) {
    if (!isCancelled) findings.add('manifests', at, 'has not ended: nothing on run-events announces its completion');
    return;
  }
  const told = Object.entries(completed.outcomes).filter(([, shops]) => shops > 0);
  findings.expectSame('manifests', at, 'the outcomes announced', countsText(outcomes), countsText(new Map(told)));
  const announced = completed.totals.map(
    ({ currency, revenueMinor, feesMinor }) => `${currency} ${revenueMinor} ${feesMinor}`,
  );
  const counted = [...totals].map(([currency, { revenue, fees }]) => `${currency} ${revenue} ${fees}`);
  findings.expectSame('manifests', at, 'the totals announced', counted.sort(), announced.sort());
}

const countsText = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .map(([outcome, shops]) => `${outcome} ${shops}`)
    .sort()
    .join(', ');

async function checkRunReadModels(findings: Findings, pool: Pool, runId: string, run: RunTally): Promise<void> {
  const { started, completed, outcomes, totals, decided } = run;
  const at = (table: string) => `table ${READ_MODELS_SCHEMA}.${table}, run ${runId}`;
  findings.examined('read models');
  const [row] = await allRows(pool, `select * from ${READ_MODELS_SCHEMA}.runs where run_id = $1`, [runId]);
  if (row === undefined) findings.add('read models', at('runs'), 'missing');
  else {
    findings.expectSame('read models', at('runs'), 'started_at_ms', started.startedAt, row['started_at_ms']);
    findings.expectSame('read models', at('runs'), 'revision', completed?.revision ?? null, row['revision']);
    findings.expectSame(
      'read models',
      at('runs'),
      'completed_status',
      completed?.status ?? null,
      row['completed_status'],
    );
  }
  const counts = await allRows(
    pool,
    `select outcome, currency, sum(shops)::bigint as shops, sum(revenue_minor)::bigint as revenue,
       sum(fees_minor)::bigint as fees
     from ${READ_MODELS_SCHEMA}.run_outcomes where run_id = $1 group by outcome, currency`,
    [runId],
  );
  const shops = new Map<string, number>();
  const sums = new Map<string, { revenue: bigint; fees: bigint }>();
  for (const { outcome, currency, shops: count, revenue, fees } of counts) {
    if (Number(count) !== 0) shops.set(text(outcome), (shops.get(text(outcome)) ?? 0) + Number(count));
    const sum = sums.get(text(currency)) ?? { revenue: 0n, fees: 0n };
    sums.set(text(currency), { revenue: sum.revenue + (revenue as bigint), fees: sum.fees + (fees as bigint) });
  }
  findings.expectSame('read models', at('run_outcomes'), 'outcomes', countsText(outcomes), countsText(shops));
  for (const [currency, { revenue, fees }] of sums) {
    const { revenue: earned, fees: owed } = totals.get(currency) ?? { revenue: 0n, fees: 0n };
    findings.expectSame('read models', at('run_outcomes'), `revenue in ${currency}`, earned, revenue);
    findings.expectSame('read models', at('run_outcomes'), `fees in ${currency}`, owed, fees);
  }
  const [results] = await allRows(
    pool,
    `select count(*)::int as rows from ${READ_MODELS_SCHEMA}.shop_results where run_id = $1`,
    [runId],
  );
  findings.expectSame('read models', at('shop_results'), 'the number of rows', decided.size, results!['rows']);
}
