/** Runs and shops as the read models show them: those of the gateway's tests, with one shop and a person who asked. */
import type { Page, RunView, ShopResultView } from '../../src/adapters/read-models.ts';
import { runView, shopResultView, WITHOUT_AMOUNTS } from '../gateway/views.ts';

export { OCTOBER } from '../gateway/views.ts';

export function aRun(fields: Partial<RunView> = {}): RunView {
  return runView({
    trigger: { source: 'cli', actor: 'ada', deliveryId: null },
    expectedShops: 1,
    outcomes: { invoiced: 1 },
    startedAt: Date.UTC(2026, 10, 2),
    completedAt: fields.status === 'running' ? null : Date.UTC(2026, 10, 2, 0, 0, 3, 200),
    ...fields,
  });
}

export function aShop(shopId: string, fields: Partial<ShopResultView> = {}): ShopResultView {
  return shopResultView(shopId, {
    shopDomain: `${shopId}.example`,
    invoiceId: `invoice-of-${shopId}`,
    ...fields,
  });
}

export function aFailedShop(shopId: string): ShopResultView {
  return aShop(shopId, {
    ...WITHOUT_AMOUNTS,
    outcome: 'failed',
    reason: 'FX_RATE_MISSING',
    error: 'There is no quote INR to USD.',
  });
}

/** Pages through `items` by position. */
export function pageOf<T>(items: readonly T[], { cursor, limit }: { cursor: string | null; limit: number }): Page<T> {
  const from = Number(cursor ?? 0);
  const to = from + limit;
  return { items: items.slice(from, to), nextCursor: to < items.length ? String(to) : null };
}
