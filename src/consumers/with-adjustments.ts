/** Facts of shops, completed by what their earlier months change. */
import type { FrozenRun } from '../adapters/runs.ts';
import { examineShop } from '../domain/eligibility.ts';
import type { Pin } from '../domain/log-position.ts';
import type { Clock } from '../adapters/clock.ts';
import { loadAdjustments, type AdjustmentDependencies } from './load-adjustments.ts';
import type { LoadedFacts } from './load-shop-facts.ts';

/** Aligned with `loaded`. Shops that were never decided about, and those that are not billed, cost nothing. */
export async function withAdjustments(
  dependencies: AdjustmentDependencies & { readonly clock: Pick<Clock, 'now'> },
  { period, dryRun }: FrozenRun,
  pins: readonly Pin[],
  loaded: readonly LoadedFacts[],
): Promise<LoadedFacts[]> {
  const bills = loaded.flatMap((one, index) => {
    if ('error' in one || one.facts.sequence === 0 || (one.facts.settledByRunId !== null && !dryRun)) return [];
    const examined = examineShop(one.facts.shop, period);
    if (examined.kind === 'skip') return [];
    const { shop, segments } = examined;
    return [{ index, shopId: shop.shopId, facts: one.facts, currency: segments.at(-1)!.plan.currency }];
  });
  const completed = [...loaded];
  if (bills.length === 0) return completed;
  const found = await loadAdjustments(dependencies, { period, pins, now: dependencies.clock.now() }, bills);
  for (const [at, { index, facts }] of bills.entries()) {
    const one = found[at]!;
    completed[index] = 'error' in one ? one : { facts: { ...facts, adjusted: one.adjusted } };
  }
  return completed;
}
