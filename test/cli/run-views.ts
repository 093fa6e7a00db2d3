/** Runs and shops as the read models show them. */
import type { Page, RunView, ShopResultView } from '../../src/adapters/read-models.ts';

export const OCTOBER = {
  startDate: '2026-10-01',
  endDate: '2026-10-31',
  start: Date.UTC(2026, 9, 1),
  end: Date.UTC(2026, 10, 1),
  timeZone: 'UTC',
};

export function aRun(fields: Partial<RunView> = {}): RunView {
  return {
    runId: 'run-1',
    status: 'completed',
    period: OCTOBER,
    dryRun: false,
    trigger: { source: 'cli', actor: 'ada', deliveryId: null },
    expectedShops: 1,
    outcomes: { invoiced: 1 },
    totals: [{ currency: 'USD', currencyExponent: 2, revenueMinor: 300_000n, feesMinor: 9_000n }],
    unbillableShopsWithUsage: 0,
    startedAt: Date.UTC(2026, 10, 2),
    completedAt: Date.UTC(2026, 10, 2, 0, 0, 3, 200),
    revision: 1,
    ...fields,
  };
}

export function aShop(shopId: string, fields: Partial<ShopResultView> = {}): ShopResultView {
  return {
    runId: 'run-1',
    shopId,
    shopDomain: `${shopId}.example`,
    shopSequence: 1,
    outcome: 'invoiced',
    currency: 'USD',
    currencyExponent: 2,
    attributedMinor: 300_000n,
    refundedMinor: 0n,
    feeMinor: 9_000n,
    invoiceId: `invoice-of-${shopId}`,
    invoiceNumber: 'INV-2026-000001',
    reason: null,
    error: null,
    ...fields,
  };
}

export function aFailedShop(shopId: string): ShopResultView {
  return aShop(shopId, {
    outcome: 'failed',
    currency: null,
    currencyExponent: null,
    attributedMinor: null,
    refundedMinor: null,
    feeMinor: null,
    invoiceId: null,
    invoiceNumber: null,
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
