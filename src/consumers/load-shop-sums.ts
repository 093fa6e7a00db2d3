/** What is read of every shop of a batch before it can be rated: the shop itself, sums of its usage, its refunds. */
import type { Ledger } from '../adapters/ledger.ts';
import { examineShop } from '../domain/eligibility.ts';
import type { Period } from '../domain/events.ts';
import type { Pin } from '../domain/log-position.ts';
import type { PlanVersion, RefundWindow, ShopRecord, UsageWindow } from '../domain/shop-facts.ts';
import { usageQuery } from '../domain/usage-query.ts';
import type { SummedShop } from './load-order-facts.ts';

export interface SumsReading {
  readonly ledger: Pick<Ledger, 'loadShops' | 'loadUsage' | 'loadRefunds'>;
  readonly period: Period;
  readonly pins: readonly Pin[];
}

/** What is to be read of a shop: null when it needs nothing, or the error that kept it from being understood. */
export type Look =
  | {
      readonly shopId: string;
      readonly shop: ShopRecord | null;
      readonly query: {
        readonly plan: PlanVersion;
        readonly windows: readonly UsageWindow[];
        readonly refundWindow: RefundWindow;
      } | null;
    }
  | { readonly shopId: string; readonly shop: ShopRecord | null; readonly error: unknown };

/** Aligned with `shopIds`. */
export async function lookAtShops({ ledger, period, pins }: SumsReading, shopIds: readonly string[]): Promise<Look[]> {
  const shops = await ledger.loadShops({ shopIds, pins });
  return shopIds.map((shopId): Look => {
    const shop = shops.get(shopId) ?? null;
    try {
      const examined = examineShop(shop, period);
      if (examined.kind === 'skip') return { shopId, shop, query: null };
      const { segments } = examined;
      const { plan } = segments.at(-1)!;
      return { shopId, shop, query: { plan, ...usageQuery({ shopId, segments, period }) } };
    } catch (error) {
      return { shopId, shop, error };
    }
  });
}

/** Aligned with `looks`: two reads, however many shops; empty for those that need nothing. */
export async function sumShops({ ledger, pins }: SumsReading, looks: readonly Look[]): Promise<SummedShop[]> {
  const usageWindows: UsageWindow[] = [];
  const refundWindows: RefundWindow[] = [];
  const places = looks.map((look) => {
    if ('error' in look || look.query === null) return null;
    const { windows, refundWindow } = look.query;
    const from = usageWindows.push(...windows) - windows.length;
    return { from, refunds: refundWindows.push(refundWindow) - 1, query: look.query };
  });
  const [usage, refunds] = await Promise.all([
    ledger.loadUsage({ windows: usageWindows, pins }),
    ledger.loadRefunds({ windows: refundWindows, pins }),
  ]);
  return looks.map(({ shopId }, index): SummedShop => {
    const place = places[index]!;
    if (place === null) return { shopId, currency: '', windows: [], usage: [], refunds: [] };
    const { plan, windows } = place.query;
    const ofShop = usage.slice(place.from, place.from + windows.length);
    return { shopId, currency: plan.currency, windows, usage: ofShop, refunds: refunds[place.refunds]! };
  });
}
