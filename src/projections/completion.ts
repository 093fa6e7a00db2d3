/** When a run is complete: decision 7. A run completes again, one revision higher, when its outcomes have changed. */
import type { LockedRun, RunSummary } from '../adapters/projection-store.ts';
import { summarize } from '../adapters/read-views.ts';
import type { BillingRunCompleted } from '../domain/events.ts';

/** The completion that is due, or null: shops are missing, or the last revision says the same. */
export function completionDue(run: LockedRun, completedAt: number): BillingRunCompleted | null {
  const { state, lastCompletion } = run;
  if (state.started === null) return null;
  const summary = summarize(run.counts);
  const decided = Object.values(summary.outcomes).reduce((sum, shops) => sum + shops, 0);
  if (decided !== state.started.expectedShops) return null;
  if (lastCompletion !== null && isSame(lastCompletion, summary)) return null;
  return {
    runId: state.runId,
    revision: (lastCompletion?.revision ?? 0) + 1,
    status: summary.outcomes['failed'] ? 'completed_with_failures' : 'completed',
    dryRun: state.started.dryRun,
    expectedShops: state.started.expectedShops,
    ...summary,
    completedAt,
  };
}

/** Totals count too: a bill that arrives after its invoice changes no outcome, but brings its revenue. */
function isSame(a: RunSummary, b: RunSummary): boolean {
  const keys = new Set([...Object.keys(a.outcomes), ...Object.keys(b.outcomes)]);
  return (
    [...keys].every((key) => (a.outcomes[key] ?? 0) === (b.outcomes[key] ?? 0)) &&
    a.totals.length === b.totals.length &&
    a.totals.every((total, index) => {
      const other = b.totals[index]!;
      return (
        total.currency === other.currency &&
        total.currencyExponent === other.currencyExponent &&
        total.revenueMinor === other.revenueMinor &&
        total.feesMinor === other.feesMinor
      );
    })
  );
}
