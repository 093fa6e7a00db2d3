/** Views to begin a test with. */
import type {
  CreditNoteView,
  DeadLetterView,
  HeldBillView,
  InvoiceView,
  RunView,
  ShopResultView,
} from '../../src/adapters/read-models.ts';
import type { FrozenRun } from '../../src/adapters/runs.ts';
import type { Period } from '../../src/domain/events.ts';

export const OCTOBER: Period = {
  startDate: '2026-10-01',
  endDate: '2026-10-31',
  start: Date.parse('2026-10-01T00:00:00Z'),
  end: Date.parse('2026-11-01T00:00:00Z'),
  timeZone: 'UTC',
};

export function runView(changes: Partial<RunView> = {}): RunView {
  return {
    runId: 'run-1',
    status: 'completed',
    period: OCTOBER,
    dryRun: false,
    trigger: { source: 'api', actor: 'ops', deliveryId: null },
    expectedShops: 3,
    outcomes: { invoiced: 1, zero: 1, skipped: 1 },
    totals: [{ currency: 'USD', currencyExponent: 2, revenueMinor: 300_000n, feesMinor: 9_000n }],
    unbillableShopsWithUsage: 0,
    startedAt: Date.parse('2026-11-01T02:00:00Z'),
    completedAt: changes.status === 'running' ? null : Date.parse('2026-11-01T02:00:09.500Z'),
    revision: 1,
    ...changes,
  };
}

export function shopResultView(shopId: string, changes: Partial<ShopResultView> = {}): ShopResultView {
  return {
    runId: 'run-1',
    shopId,
    shopDomain: `${shopId}.myshopify.com`,
    shopSequence: 1,
    outcome: 'invoiced',
    currency: 'USD',
    currencyExponent: 2,
    attributedMinor: 300_000n,
    refundedMinor: 0n,
    feeMinor: 9_000n,
    invoiceId: 'invoice-1',
    invoiceNumber: 'INV-2026-000001',
    reason: null,
    error: null,
    ...changes,
  };
}

export const WITHOUT_AMOUNTS = {
  currency: null,
  currencyExponent: null,
  attributedMinor: null,
  refundedMinor: null,
  feeMinor: null,
  invoiceId: null,
  invoiceNumber: null,
} as const;

export function invoiceView(number: number, changes: Partial<InvoiceView> = {}): InvoiceView {
  return {
    invoiceId: `invoice-${number}`,
    invoiceNumber: `INV-2026-${String(number).padStart(6, '0')}`,
    shopId: `s${number}`,
    shopDomain: `s${number}.myshopify.com`,
    planId: 'p1',
    runId: 'run-1',
    period: OCTOBER,
    currency: 'USD',
    currencyExponent: 2,
    subtotalMinor: 9_000n,
    discountMinor: 900n,
    taxMinor: 1_539n,
    creditMinor: 139n,
    totalMinor: 9_500n,
    lines: [
      { kind: 'fee', description: 'Phoenix', segment: 0, channel: 'phoenix', quantity: null, amountMinor: 9_000n },
      { kind: 'discount', description: 'Discount', segment: null, channel: null, quantity: null, amountMinor: -900n },
    ],
    status: 'pending',
    issuedAt: Date.parse('2026-11-01T02:00:01Z'),
    dueAt: Date.parse('2026-12-01T02:00:01Z'),
    creditNotes: [],
    ...changes,
  };
}

export function creditNoteView(number: number, changes: Partial<CreditNoteView> = {}): CreditNoteView {
  return {
    creditNoteId: `credit-note-${number}`,
    creditNoteNumber: `CN-2026-${String(number).padStart(6, '0')}`,
    amountMinor: 1_000n,
    reason: 'goodwill',
    actor: 'ann',
    issuedAt: Date.parse('2026-11-02T02:00:00Z'),
    requestId: `request-${number}`,
    ...changes,
  };
}

export function deadLetterView(offset: bigint, changes: Partial<DeadLetterView> = {}): DeadLetterView {
  return {
    deadLetterId: `shop-requests.dlq/0/${offset}`,
    originalTopic: 'shop-requests',
    originalPartition: 1,
    originalOffset: 2n ** 60n,
    key: 's1',
    runId: 'run-1',
    code: 'FX_RATE_MISSING',
    message: 'No quote INR → USD.',
    kind: 'transient',
    attempt: 4,
    failedAt: Date.parse('2026-11-01T02:10:00Z'),
    redriveCount: 0,
    eventId: `request-${offset}`,
    settlement: null,
    ...changes,
  };
}

export function heldBillView(shopId: string, changes: Partial<HeldBillView> = {}): HeldBillView {
  return {
    runId: 'run-1',
    shopId,
    billId: `bill-${shopId}`,
    shopDomain: `${shopId}.myshopify.com`,
    period: OCTOBER,
    currency: 'USD',
    currencyExponent: 2,
    totalMinor: 9_000n,
    fraudLevel: 'high',
    fraudCodes: ['bot_traffic', 'click_farm'],
    heldAt: Date.parse('2026-11-01T02:00:01Z'),
    decision: null,
    ...changes,
  };
}

export function plannedRun(runId: string): FrozenRun {
  return {
    runId,
    requestId: 'run-requests/0/7',
    period: OCTOBER,
    dryRun: false,
    force: false,
    named: false,
    trigger: { source: 'cron', actor: null, deliveryId: null },
    pins: [],
    requestedAt: OCTOBER.end,
    startedAt: OCTOBER.end + 1_000,
    expectedShops: 5,
    manifestSha256: '0'.repeat(64),
    unbillableShopsWithUsage: null,
  };
}
