/**
 * One batch of events on the read models, inside one transaction. Tables are written in one order and rows in
 * order of their keys, so that two projectors wait for each other instead of deadlocking.
 */
import type {
  LockedRun,
  OutcomeCount,
  ProjectionTransaction,
  RunState,
  ShopResultState,
} from '../adapters/projection-store.ts';
import type { BatchEvents } from './batch-events.ts';
import { foldRun } from './run-state.ts';
import { countOf, foldShopResult } from './shop-result.ts';

/** Returns the runs touched, locked until the transaction ends: their counters are those after this batch. */
export async function applyEvents(transaction: ProjectionTransaction, batch: BatchEvents): Promise<LockedRun[]> {
  const countedRunIds = await applyShopEvents(transaction, batch);
  if (batch.heldBills.length > 0) await transaction.saveHeldBills(batch.heldBills);
  if (batch.decidedHolds.length > 0) await transaction.decideHeldBills(batch.decidedHolds);
  if (batch.invoices.length > 0) await transaction.saveInvoices(batch.invoices);
  if (batch.voidedInvoiceIds.length > 0) await transaction.voidInvoices(batch.voidedInvoiceIds);
  if (batch.creditNotes.length > 0) await transaction.saveCreditNotes(batch.creditNotes);
  if (batch.deadLetters.length > 0) await transaction.saveDeadLetters(batch.deadLetters);
  if (batch.settledDeadLetters.length > 0) await transaction.settleDeadLetters(batch.settledDeadLetters);
  const runIds = [...new Set([...countedRunIds, ...batch.runs.keys()])];
  return runIds.length > 0 ? applyRunEvents(transaction, batch, runIds) : [];
}

/** Returns the runs whose counters changed. */
async function applyShopEvents(transaction: ProjectionTransaction, { shops }: BatchEvents): Promise<string[]> {
  if (shops.length === 0) return [];
  const before = await transaction.loadShopResults(shops.map(({ key }) => key));
  const changed: ShopResultState[] = [];
  const differences = new Differences();
  for (const [index, { events }] of shops.entries()) {
    const old = before[index] ?? null;
    const state = events.reduce(foldShopResult, old);
    if (state === null || state === old) continue;
    changed.push(state);
    differences.add(countOf(old), -1);
    differences.add(countOf(state), 1);
  }
  if (changed.length > 0) await transaction.saveShopResults(changed);
  const nonZero = differences.nonZero();
  if (nonZero.length > 0) await transaction.addOutcomes(nonZero);
  return [...new Set(nonZero.map(({ runId }) => runId))];
}

async function applyRunEvents(
  transaction: ProjectionTransaction,
  { runs, completed }: BatchEvents,
  runIds: readonly string[],
): Promise<LockedRun[]> {
  const locked = await transaction.lockRuns(runIds);
  const changed: RunState[] = [];
  const after = locked.map((run) => {
    const state = (runs.get(run.state.runId) ?? []).reduce(foldRun, run.state);
    if (state !== run.state) changed.push(state);
    return { ...run, state, lastCompletion: latest(run, completed) };
  });
  if (changed.length > 0) await transaction.saveRuns(changed);
  if (completed.length > 0) await transaction.noteCompletions(completed);
  return after;
}

function latest(
  { state, lastCompletion }: LockedRun,
  completed: BatchEvents['completed'],
): LockedRun['lastCompletion'] {
  return completed
    .filter(({ runId }) => runId === state.runId)
    .reduce((last, next) => (last === null || next.revision >= last.revision ? next : last), lastCompletion);
}

/** Differences of run counters, added up by run, outcome and currency. */
class Differences {
  readonly #byKey = new Map<string, OutcomeCount>();

  add(count: OutcomeCount | null, sign: 1 | -1): void {
    if (count === null) return;
    const key = `${count.runId}\n${count.outcome}\n${count.currency}\n${count.currencyExponent}`;
    const sum = this.#byKey.get(key);
    this.#byKey.set(key, {
      ...count,
      shops: (sum?.shops ?? 0) + sign * count.shops,
      revenueMinor: (sum?.revenueMinor ?? 0n) + BigInt(sign) * count.revenueMinor,
      feesMinor: (sum?.feesMinor ?? 0n) + BigInt(sign) * count.feesMinor,
    });
  }

  nonZero(): OutcomeCount[] {
    return [...this.#byKey.keys()]
      .sort()
      .map((key) => this.#byKey.get(key)!)
      .filter(({ shops, revenueMinor, feesMinor }) => shops !== 0 || revenueMinor !== 0n || feesMinor !== 0n);
  }
}
