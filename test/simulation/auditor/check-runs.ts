/** Every run: its pins, its manifest, an outcome for every shop of it, and a completion that adds up. */
import { createHash } from 'node:crypto';
import type { Runs } from '../../../src/adapters/runs.ts';
import { bytesKey } from '../clients.ts';
import type { SeenDecision } from './decisions.ts';
import type { Expectations } from './expectations.ts';
import { key, type Observed, type RunStarted } from './observed.ts';

export interface RunResult {
  readonly started: RunStarted;
  readonly shopIds: readonly string[];
  readonly outcomes: Readonly<Record<string, number>>;
  readonly totals: readonly { currency: string; revenueMinor: bigint; feesMinor: bigint }[];
}

const SUCCESSFUL = ['invoiced', 'zero', 'trial', 'credit', 'held', 'calculated'];

export async function checkRuns(
  observed: Observed,
  expectations: Expectations,
  runs: Runs,
  standing: ReadonlyMap<string, SeenDecision>,
): Promise<{ violations: string[]; results: RunResult[] }> {
  const violations: string[] = [];
  const results: RunResult[] = [];
  const started = observed
    .of('run-events')
    .flatMap(({ message }) => (message.type === 'BillingRunStarted' ? [message.data] : []));
  for (const runId of observed.told.runIds) {
    if (!started.some((run) => run.runId === runId)) violations.push(`run ${runId} was asked for and never started`);
  }
  for (const run of started) {
    const { runId } = run;
    const shopIds = await runs.manifest({ runId, after: null, limit: 100_000 });
    const planned = (await runs.find(runId))!;
    violations.push(...checkManifest(observed, expectations, run, shopIds, planned.requestId));
    const result = addUp(run, shopIds, standing);
    violations.push(...checkOutcomes(result, standing), ...checkCompletion(observed, result));
    results.push(result);
  }
  return { violations, results };
}

function checkManifest(
  observed: Observed,
  expectations: Expectations,
  run: RunStarted,
  shopIds: readonly string[],
  requestId: string,
): string[] {
  const { runId, period, pins, expectedShops, manifestSha256, named } = run;
  const violations: string[] = [];
  const hash = createHash('sha256')
    .update(shopIds.map((shopId) => `${shopId}\n`).join(''))
    .digest('hex');
  if (expectedShops !== shopIds.length || manifestSha256 !== hash) {
    violations.push(`the manifest of run ${runId} is not the one that was announced`);
  }
  const billable = expectations.billable(period.startDate.slice(0, 7), pins);
  if (!named && billable.join() !== shopIds.join()) {
    violations.push(`run ${runId} bills ${shopIds.join()} where ${billable.join()} could be billed`);
  }
  const request = observed
    .records('run-requests')
    .find(({ topic, partition, offset }) => `${topic}/${partition}/${offset}` === requestId);
  const ends = request && observed.told.endsWhenAsked.get(bytesKey(request));
  const tooEarly = pins.filter(({ topic, partition, offset }) => offset < (ends?.get(`${topic}/${partition}`) ?? 0n));
  if (tooEarly.length > 0) violations.push(`run ${runId} does not look at what was told before it was asked for`);
  return violations;
}

function addUp(
  started: RunStarted,
  shopIds: readonly string[],
  standing: ReadonlyMap<string, SeenDecision>,
): RunResult {
  const outcomes: Record<string, number> = {};
  const totals = new Map<string, { currency: string; revenueMinor: bigint; feesMinor: bigint }>();
  for (const { runId, outcome, bill } of standing.values()) {
    if (runId !== started.runId || outcome === null) continue;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (bill === null || !SUCCESSFUL.includes(outcome)) continue;
    const { currency, totalMinor, metrics } = bill;
    const { revenueMinor, feesMinor } = totals.get(currency) ?? { revenueMinor: 0n, feesMinor: 0n };
    totals.set(currency, {
      currency,
      revenueMinor: revenueMinor + metrics.attributedMinor,
      feesMinor: feesMinor + totalMinor,
    });
  }
  return {
    started,
    shopIds,
    outcomes,
    totals: [...totals.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1)),
  };
}

function checkOutcomes(
  { started: { runId }, shopIds }: RunResult,
  standing: ReadonlyMap<string, SeenDecision>,
): string[] {
  const missing = shopIds.filter((shopId) => !standing.has(key(runId, shopId)));
  const strangers = [...standing.values()].filter((one) => one.runId === runId && !shopIds.includes(one.shopId));
  return [
    ...missing.map((shopId) => `${shopId} of run ${runId} has no outcome`),
    ...strangers.map(({ shopId }) => `${shopId} has an outcome in run ${runId}, to which it does not belong`),
  ];
}

function checkCompletion(
  observed: Observed,
  { started: { runId, expectedShops }, outcomes, totals }: RunResult,
): string[] {
  const completions = observed
    .of('run-events')
    .flatMap(({ message }) => (message.type === 'BillingRunCompleted' ? [message.data] : []))
    .filter((completion) => completion.runId === runId)
    .sort((a, b) => a.revision - b.revision);
  const last = completions.at(-1);
  if (last === undefined) return [`run ${runId} never completed`];
  const status = outcomes['failed'] ? 'completed_with_failures' : 'completed';
  const told = summary(last.outcomes, last.totals);
  const found = summary(outcomes, totals);
  return [
    ...(last.status === status ? [] : [`run ${runId} is ${last.status}, not ${status}`]),
    ...(last.expectedShops === expectedShops ? [] : [`run ${runId} expected ${last.expectedShops} shops at its end`]),
    ...(told === found ? [] : [`run ${runId} completed with ${told}, but the log adds up to ${found}`]),
  ];
}

/** Text that is equal when the results are. */
export function summary(outcomes: RunResult['outcomes'], totals: RunResult['totals']): string {
  return [
    ...Object.entries(outcomes)
      .sort()
      .map(([outcome, shops]) => `${shops} ${outcome}`),
    ...totals.map(({ currency, revenueMinor, feesMinor }) => `${feesMinor} of ${revenueMinor} ${currency}`),
  ].join(', ');
}
