/** Which shops are billed for a period (DOMAIN "Shops"), and why the others are not. */
import type { Period, SkipReason } from './events.ts';
import { compareRecorded } from './log-position.ts';
import { planSegments, type PlanSegment } from './plan.ts';
import { RuleError } from './rule-error.ts';
import type { ShopRecord, ShopStatus } from './shop-facts.ts';

export type ShopExamined =
  | { readonly kind: 'skip'; readonly reason: SkipReason; readonly shopDomain: string | null }
  | {
      readonly kind: 'bill';
      readonly shop: ShopRecord;
      readonly shopDomain: string;
      /** At least one. */
      readonly segments: readonly PlanSegment[];
    };

/**
 * Whether a shop is billed for a period, and under which plan versions. A shop nobody registered is null, or has no
 * registration. Throws PLAN_CURRENCY_CHANGED, PLAN_NOT_RATABLE.
 */
export function examineShop(shop: ShopRecord | null, period: Period): ShopExamined {
  const shopDomain = shopDomainOf(shop, period);
  if (shop === null || shopDomain === null) return { kind: 'skip', reason: 'shop_not_found', shopDomain: null };
  if (!wasActive(shop, period)) return { kind: 'skip', reason: 'shop_inactive', shopDomain };
  const segments = planSegments(shop.plans, period);
  if (segments.length === 0) return { kind: 'skip', reason: 'no_plan', shopDomain };
  return { kind: 'bill', shop, shopDomain, segments };
}

/** Whether a run over all shops includes this one. Never throws: a shop that will fail is included, and fails by name. */
export function isBillable(shop: ShopRecord | null, period: Period): boolean {
  try {
    return examineShop(shop, period).kind === 'bill';
  } catch (error) {
    if (error instanceof RuleError) return true;
    throw error;
  }
}

/** The shop's domain at the period's end, or its latest when it was registered only later; null without any. */
export function shopDomainOf(shop: ShopRecord | null, period: Period): string | null {
  const history = statusHistory(shop);
  return (history.findLast(({ occurredAt }) => occurredAt < period.end) ?? history.at(-1))?.shopDomain ?? null;
}

function wasActive(shop: ShopRecord, { start, end }: Period): boolean {
  const history = statusHistory(shop);
  return history.some(({ status, occurredAt: from }, index) => {
    const until = history[index + 1]?.occurredAt ?? Infinity;
    return status === 'active' && from < until && from < end && until > start;
  });
}

/** By time of occurrence; of two at the same time the later recorded one comes last, and counts. */
function statusHistory(shop: ShopRecord | null): ShopStatus[] {
  return [...(shop?.registrations ?? [])].sort((a, b) => a.occurredAt - b.occurredAt || compareRecorded(a, b));
}
