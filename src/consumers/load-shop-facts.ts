/** Everything decisions about a batch of shops look at, read with a handful of set-based queries. */
import type { Ledger } from '../adapters/ledger.ts';
import type { ShopState } from '../adapters/register.ts';
import type { CarriedCredit } from '../domain/carried-credit.ts';
import { examineShop } from '../domain/eligibility.ts';
import type { Period } from '../domain/events.ts';
import type { Pin } from '../domain/log-position.ts';
import type { ShopFacts } from '../domain/shop-bill.ts';
import type { PlanVersion, RefundWindow, ShopRecord, UsageWindow } from '../domain/shop-facts.ts';
import { usageQuery } from '../domain/usage-query.ts';
import { loadFraudFacts, loadFraudSums, type AssessedShop } from './load-fraud-facts.ts';
import { loadOrderFacts, type SummedShop } from './load-order-facts.ts';

export interface DecisionState extends Pick<ShopState, 'sequence' | 'settledByRunId' | 'invoicesIssued' | 'cancelled'> {
  readonly credits: readonly CarriedCredit[];
}

/** Facts of one shop, or the error that kept them from being understood: one shop's trouble is its own. */
export type LoadedFacts = { readonly facts: ShopFacts } | { readonly error: unknown };

/** Where a shop's usage and refunds will stand in the answers; null when it needs none. */
type Look =
  | {
      readonly shop: ShopRecord | null;
      readonly query: { plan: PlanVersion; firstWindow: number; windowCount: number; refundIndex: number } | null;
    }
  | { readonly error: unknown };

/** Aligned with `shopIds`. @param states aligned with `shopIds` */
export async function loadShopFacts({
  ledger,
  shopIds,
  states,
  period,
  pins,
}: {
  ledger: Ledger;
  shopIds: readonly string[];
  states: readonly DecisionState[];
  period: Period;
  pins: readonly Pin[];
}): Promise<LoadedFacts[]> {
  const shops = await ledger.loadShops({ shopIds, pins });
  const usageWindows: UsageWindow[] = [];
  const refundWindows: RefundWindow[] = [];
  const looks = shopIds.map((shopId): Look => {
    const shop = shops.get(shopId) ?? null;
    try {
      const examined = examineShop(shop, period);
      if (examined.kind === 'skip') return { shop, query: null };
      const query = usageQuery({ shopId, segments: examined.segments, period });
      const firstWindow = usageWindows.push(...query.windows) - query.windows.length;
      const refundIndex = refundWindows.push(query.refundWindow) - 1;
      const { plan } = examined.segments.at(-1)!;
      return { shop, query: { plan, firstWindow, windowCount: query.windows.length, refundIndex } };
    } catch (error) {
      return { error };
    }
  });
  const assessed = looks.map((look, index): AssessedShop => {
    const shopId = shopIds[index]!;
    return 'error' in look || look.query === null ? null : { shopId, plan: look.query.plan };
  });
  const reading = { ledger, period, pins };
  const [usage, refunds, fraudSums] = await Promise.all([
    ledger.loadUsage({ windows: usageWindows, pins }),
    ledger.loadRefunds({ windows: refundWindows, pins }),
    loadFraudSums(reading, assessed),
  ]);
  const sums = looks.map((look, index): SummedShop => {
    const shopId = shopIds[index]!;
    if ('error' in look || look.query === null) return { shopId, currency: '', windows: [], usage: [], refunds: [] };
    const { plan, firstWindow, windowCount, refundIndex } = look.query;
    const [from, to] = [firstWindow, firstWindow + windowCount];
    const windows = usageWindows.slice(from, to);
    return { shopId, currency: plan.currency, windows, usage: usage.slice(from, to), refunds: refunds[refundIndex]! };
  });
  const [orders, fraud] = await Promise.all([
    loadOrderFacts({ ledger, timeZone: period.timeZone, pins }, sums),
    loadFraudFacts(reading, assessed, fraudSums, sums),
  ]);
  return looks.map((look, index): LoadedFacts => {
    if ('error' in look) return look;
    const { sequence, settledByRunId, invoicesIssued, credits } = states[index]!;
    const { usage: ofWindows, refunds: ofShop } = sums[index]!;
    const seen = { usage: ofWindows, refunds: ofShop, orders: orders[index]!, fraud: fraud[index]! };
    return { facts: { shop: look.shop, ...seen, sequence, settledByRunId, invoicesIssued, credits } };
  });
}
