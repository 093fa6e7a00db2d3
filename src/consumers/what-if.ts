/**
 * A period under other plans: each shop decided twice, as it is and with its plan versions changed, by the same
 * `decide`. Reads the ledger and nothing else: no run, no event, no register. Carried credit and late facts are the same
 * on both sides and left out of both.
 */
import type { Ledger } from '../adapters/ledger.ts';
import type { Outcome, Period } from '../domain/events.ts';
import type { Pin } from '../domain/log-position.ts';
import { decide } from '../domain/shop-bill.ts';
import type { PlanVersion } from '../domain/shop-facts.ts';
import { sortDecisionFailure } from '../sort-failure.ts';
import { loadShopFacts, type LoadedFacts } from './load-shop-facts.ts';

export interface WhatIfBill {
  readonly outcome: Outcome;
  /** Of a bill; null where none is made. */
  readonly currency: string | null;
  readonly totalMinor: bigint | null;
  readonly fraudLevel: string | null;
  /** Why there is no bill. */
  readonly reason: string | null;
}

export interface WhatIfShop {
  readonly shopId: string;
  readonly before: WhatIfBill;
  readonly after: WhatIfBill;
}

const SHOPS_AT_ONCE = 500;
const FRESH = { sequence: 0, settledByRunId: null, invoicesIssued: 0, credits: [], cancelled: false };

/**
 * Yields shops by id, ascending; of all shops those that are billed on either side.
 *
 * @param shopIds null: all
 * @param change a plan version as it would be
 */
export async function* whatIf(
  { ledger, deterministicId }: { readonly ledger: Ledger; readonly deterministicId: (name: string) => string },
  asked: {
    readonly shopIds: readonly string[] | null;
    readonly period: Period;
    readonly pins: readonly Pin[];
    readonly now: number;
    readonly change: (plan: PlanVersion) => PlanVersion;
  },
): AsyncIterable<readonly WhatIfShop[]> {
  const { period, pins, now, change } = asked;
  const changed: Ledger = {
    ...ledger,
    loadShops: async (query) => {
      const shops = await ledger.loadShops(query);
      return new Map([...shops].map(([id, shop]) => [id, { ...shop, plans: shop.plans.map(change) }]));
    },
  };
  const billOf = (shopId: string, loaded: LoadedFacts): WhatIfBill => {
    try {
      if ('error' in loaded) throw loaded.error;
      const request = { runId: 'what-if', shopId, period, dryRun: true, now, pins, deterministicId };
      const { outcome, events } = decide(loaded.facts, request);
      const [event] = events;
      if (event?.type === 'ShopBillSkipped') return unbilled(outcome, event.data.reason);
      if (event?.type !== 'ShopBillCalculated') return unbilled(outcome, null);
      const { currency, totalMinor, fraud } = event.data;
      return { outcome, currency, totalMinor, fraudLevel: fraud?.level ?? null, reason: null };
    } catch (error) {
      const { action, code, message } = sortDecisionFailure(error);
      if (action === 'wait' || action === 'stop') throw error;
      return unbilled('failed', `${code}: ${message}`);
    }
  };
  for await (const shopIds of pagesOf(ledger, asked)) {
    const states = shopIds.map(() => FRESH);
    const [before, after] = await Promise.all(
      [ledger, changed].map((source) => loadShopFacts({ ledger: source, shopIds, states, period, pins })),
    );
    yield shopIds
      .map((shopId, at) => ({
        shopId,
        before: billOf(shopId, before![at]!),
        after: billOf(shopId, after![at]!),
      }))
      .filter((one) => asked.shopIds !== null || one.before.outcome !== 'skipped' || one.after.outcome !== 'skipped');
  }
}

const unbilled = (outcome: Outcome, reason: string | null): WhatIfBill => ({
  ...{ outcome, reason },
  ...{ currency: null, totalMinor: null, fraudLevel: null },
});

async function* pagesOf(
  ledger: Ledger,
  { shopIds, pins }: { shopIds: readonly string[] | null; pins: readonly Pin[] },
): AsyncIterable<readonly string[]> {
  if (shopIds !== null) {
    const named = [...new Set(shopIds)];
    for (let at = 0; at < named.length; at += SHOPS_AT_ONCE) yield named.slice(at, at + SHOPS_AT_ONCE);
    return;
  }
  for (let after: string | null = null; ;) {
    const page: string[] = await ledger.shopIds({ after, limit: SHOPS_AT_ONCE, pins });
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)!;
  }
}
