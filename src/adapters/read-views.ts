/** What is shown of folded states: pure, and the same for every store. */
import type { CurrencyTotal } from '../domain/events.ts';
import type { OutcomeCount, RunState, RunSummary, ShopResultState } from './projection-store.ts';
import type { RunView, ShopResultView } from './read-models.ts';

/** Skipped and failed shops have no amounts, whatever was calculated before. */
export function toShopResultView(state: ShopResultState): ShopResultView {
  const { decided, bill, invoice } = state;
  const amounts = decided.outcome === 'skipped' || decided.outcome === 'failed' ? null : (bill ?? invoice);
  const shown = decided.outcome === 'invoiced' || decided.outcome === 'voided' ? invoice : null;
  return {
    runId: state.runId,
    shopId: state.shopId,
    shopDomain: decided.shopDomain ?? bill?.shopDomain ?? invoice?.shopDomain ?? null,
    shopSequence: decided.sequence,
    outcome: decided.outcome,
    currency: amounts?.currency ?? null,
    currencyExponent: amounts?.currencyExponent ?? null,
    attributedMinor: amounts ? (bill?.attributedMinor ?? null) : null,
    refundedMinor: amounts ? (bill?.refundedMinor ?? null) : null,
    feeMinor: amounts?.totalMinor ?? null,
    invoiceId: shown?.invoiceId ?? null,
    invoiceNumber: shown?.invoiceNumber ?? null,
    reason: decided.reason,
    error: decided.error,
  };
}

/** Adds up the counters of one run, which may be spread over input partitions. */
export function summarize(counts: readonly OutcomeCount[]): RunSummary {
  const shops = new Map<string, number>();
  const totals = new Map<string, CurrencyTotal & { shops: number }>();
  for (const count of counts) {
    shops.set(count.outcome, (shops.get(count.outcome) ?? 0) + count.shops);
    const { currency, currencyExponent } = count;
    if (currency === null || currencyExponent === null) continue;
    const key = `${currency}/${currencyExponent}`;
    const total = totals.get(key);
    totals.set(key, {
      currency,
      currencyExponent,
      shops: (total?.shops ?? 0) + count.shops,
      revenueMinor: (total?.revenueMinor ?? 0n) + count.revenueMinor,
      feesMinor: (total?.feesMinor ?? 0n) + count.feesMinor,
    });
  }
  return {
    outcomes: Object.fromEntries([...shops].filter(([, count]) => count !== 0).sort(([a], [b]) => (a < b ? -1 : 1))),
    totals: [...totals.values()]
      .filter((total) => total.shops !== 0)
      .sort((a, b) =>
        a.currency < b.currency ? -1 : a.currency > b.currency ? 1 : a.currencyExponent - b.currencyExponent,
      )
      .map(({ shops: _, ...total }) => total),
  };
}

/** Null while the run was not seen to start. A cancelled run stays cancelled, also when its outcomes add up later. */
export function toRunView({ runId, started, cancelledAt, completed }: RunState, summary: RunSummary): RunView | null {
  if (started === null) return null;
  return {
    runId,
    status: cancelledAt !== null ? 'cancelled' : (completed?.status ?? 'running'),
    period: started.period,
    dryRun: started.dryRun,
    trigger: started.trigger,
    expectedShops: started.expectedShops,
    outcomes: summary.outcomes,
    totals: summary.totals,
    unbillableShopsWithUsage: started.unbillableShopsWithUsage,
    startedAt: started.startedAt,
    completedAt: completed?.completedAt ?? null,
    revision: completed?.revision ?? 0,
  };
}
