/** Events about shops and runs with everything that a test does not care about filled in. */
import type {
  BillingRunCompleted,
  BillingRunStarted,
  BillOutcome,
  InvoiceCreated,
  Period,
  RunEvent,
  ShopBillCalculated,
  ShopEvent,
  ShopEventHead,
} from '../../src/domain/events.ts';

export const OCTOBER: Period = {
  startDate: '2026-10-01',
  endDate: '2026-10-31',
  start: Date.UTC(2026, 9, 1),
  end: Date.UTC(2026, 10, 1),
  timeZone: 'UTC',
};
export const NOVEMBER_1 = Date.UTC(2026, 10, 1, 2);

export interface Place {
  readonly runId?: string;
  readonly shopId?: string;
  readonly sequence?: number;
  readonly dryRun?: boolean;
}

export function head({ runId = 'run-1', shopId = 's1', sequence = 1, dryRun = false }: Place = {}): ShopEventHead {
  return { runId, shopId, shopSequence: sequence, dryRun, period: OCTOBER };
}

const domainOf = ({ shopId = 's1' }: Place) => `${shopId}.example`;

/** 3 % of `attributedMinor`, unless `totalMinor` says otherwise. */
export interface Amounts {
  readonly attributedMinor?: bigint;
  readonly totalMinor?: bigint;
  readonly currency?: string;
}

function amounts({
  attributedMinor = 300_000n,
  totalMinor = (attributedMinor * 3n) / 100n,
  currency = 'USD',
}: Amounts) {
  return {
    ...{ attributedMinor, currency, currencyExponent: currency === 'JPY' ? 0 : 2 },
    bill: {
      subtotalMinor: totalMinor,
      discountRatePpm: 0,
      discountMinor: 0n,
      taxRatePpm: 0,
      taxMinor: 0n,
      creditMinor: 0n,
      totalMinor,
    },
  };
}

export function calculated(
  outcome: BillOutcome,
  place: Place = {},
  money: Amounts = {},
): ShopEvent & { type: 'ShopBillCalculated' } {
  const { attributedMinor, currency, currencyExponent, bill } = amounts(
    outcome === 'zero' || outcome === 'trial' ? { totalMinor: 0n, ...money } : money,
  );
  const data: ShopBillCalculated = {
    ...head(place),
    ...bill,
    ...{ outcome, currency, currencyExponent },
    billId: `bill-${place.runId ?? 'run-1'}-${place.shopId ?? 's1'}`,
    shopDomain: domainOf(place),
    rulesVersion: 1,
    planId: 'p1',
    planName: 'Pay as performance',
    segments: [],
    lines: [],
    metrics: {
      orders: 1,
      orderRevenueMinor: attributedMinor,
      attributedMinor,
      refundedMinor: 500n,
      netMinor: attributedMinor - 500n,
      billableMinor: attributedMinor - 500n,
      interactions: 0,
      conversions: 1,
      conversionRatePpm: null,
      averageOrderValueMinor: null,
      channels: [],
    },
    unappliedRefunds: [],
    adjustments: [],
    creditsApplied: [],
    quotes: [],
    fraud:
      outcome === 'held'
        ? {
            level: 'high',
            confidencePpm: 900_000,
            checks: [
              { code: 'bot_traffic', state: 'triggered', observed: '101', threshold: '100', evidence: [] },
              { code: 'click_farm', state: 'clear', observed: '1', threshold: '50', evidence: [] },
            ],
          }
        : null,
    pins: null,
    calculatedAt: NOVEMBER_1,
    inputsDigest: '',
    unadjustedFacts: [],
  };
  return { type: 'ShopBillCalculated', data };
}

/** Number 1 of shop `s1` is INV-2026-000001, of `s2` INV-2026-000002, unless `number` says otherwise. */
export function invoiced(
  place: Place = {},
  money: Amounts & { number?: number } = {},
): ShopEvent & { type: 'InvoiceCreated' } {
  const { currency, currencyExponent, bill } = amounts(money);
  const { runId = 'run-1', shopId = 's1' } = place;
  const number = money.number ?? Number(shopId.replace(/\D/g, ''));
  const data: InvoiceCreated = {
    ...head(place),
    ...bill,
    ...{ currency, currencyExponent },
    invoiceId: `invoice-${runId}-${shopId}`,
    billId: `bill-${runId}-${shopId}`,
    ordinal: 1,
    shopDomain: domainOf(place),
    planId: 'p1',
    lines: [
      { kind: 'fee', description: 'Fee', segment: 0, channel: 'phoenix', quantity: null, amountMinor: bill.totalMinor },
      { kind: 'discount', description: 'None', segment: null, channel: null, quantity: null, amountMinor: 0n },
    ],
    status: 'pending',
    issuedAt: NOVEMBER_1,
    dueAt: NOVEMBER_1 + 30 * 86_400_000,
    invoiceNumber: `INV-2026-${String(number).padStart(6, '0')}`,
  };
  return { type: 'InvoiceCreated', data };
}

export function skipped(place: Place = {}): ShopEvent & { type: 'ShopBillSkipped' } {
  const data = { reason: 'no_plan' as const, shopDomain: domainOf(place), settledByRunId: null, pins: null };
  return { type: 'ShopBillSkipped', data: { ...head(place), ...data, skippedAt: NOVEMBER_1 } };
}

export function failed(place: Place = {}): ShopEvent & { type: 'ShopBillFailed' } {
  const data = { code: 'FX_RATE_MISSING', message: 'no quote EUR → USD', kind: 'transient' as const };
  return {
    type: 'ShopBillFailed',
    data: { ...head(place), ...data, shopDomain: null, pins: null, failedAt: NOVEMBER_1 },
  };
}

const byPerson = (place: Place) => ({
  ...head(place),
  billId: `bill-${place.runId ?? 'run-1'}-${place.shopId ?? 's1'}`,
  reason: 'looked at it',
  actor: 'ann',
});

export function released(place: Place = {}): ShopEvent & { type: 'BillHoldReleased' } {
  return { type: 'BillHoldReleased', data: { ...byPerson(place), releasedAt: NOVEMBER_1 } };
}

export function rejected(place: Place = {}): ShopEvent & { type: 'BillHoldRejected' } {
  return { type: 'BillHoldRejected', data: { ...byPerson(place), rejectedAt: NOVEMBER_1 } };
}

export function voided(place: Place = {}): ShopEvent & { type: 'InvoiceVoided' } {
  const { invoiceId, invoiceNumber } = invoiced(place).data;
  const data = {
    ...head(place),
    invoiceId,
    invoiceNumber,
    reason: 'wrong address',
    actor: 'ann',
    voidedAt: NOVEMBER_1,
  };
  return { type: 'InvoiceVoided', data };
}

export function creditNote(
  place: Place = {},
  { number = 1, amountMinor = 1_000n, issuedAt = NOVEMBER_1 } = {},
): ShopEvent & { type: 'CreditNoteIssued' } {
  const { invoiceId, invoiceNumber, currency, currencyExponent } = invoiced(place).data;
  const data = {
    ...head(place),
    ...{ invoiceId, invoiceNumber, currency, currencyExponent, amountMinor, issuedAt },
    creditNoteId: `credit-note-${number}`,
    reason: 'goodwill',
    actor: 'ops',
    creditNoteNumber: `CN-2026-${String(number).padStart(6, '0')}`,
  };
  return { type: 'CreditNoteIssued', data };
}

export function flagged(place: Place = {}): ShopEvent & { type: 'FraudFlagged' } {
  const assessment = { level: 'low' as const, confidencePpm: 500_000, checks: [] };
  return { type: 'FraudFlagged', data: { ...head(place), billId: 'b', assessment, flaggedAt: NOVEMBER_1 } };
}

export function diverged(place: Place = {}): ShopEvent & { type: 'ShopBillDiverged' } {
  const data = { decidedOutcome: 'zero', recomputedOutcome: 'invoiced', decided: null, recomputed: null };
  return { type: 'ShopBillDiverged', data: { ...head(place), ...data, rulesVersion: 1, detectedAt: NOVEMBER_1 } };
}

export function runStarted(over: Partial<BillingRunStarted> = {}): RunEvent & { type: 'BillingRunStarted' } {
  return {
    type: 'BillingRunStarted',
    data: {
      runId: 'run-1',
      period: OCTOBER,
      dryRun: false,
      force: false,
      named: false,
      trigger: { source: 'cli', actor: 'ann', deliveryId: null },
      expectedShops: 2,
      manifestSha256: '00',
      unbillableShopsWithUsage: 1,
      pins: [],
      requestedAt: NOVEMBER_1 - 1_000,
      startedAt: NOVEMBER_1,
      ...over,
    },
  };
}

export function runCompleted(over: Partial<BillingRunCompleted> = {}): RunEvent & { type: 'BillingRunCompleted' } {
  return {
    type: 'BillingRunCompleted',
    data: {
      runId: 'run-1',
      revision: 1,
      status: 'completed',
      dryRun: false,
      expectedShops: 2,
      outcomes: { zero: 2 },
      totals: [],
      completedAt: NOVEMBER_1 + 1_000,
      ...over,
    },
  };
}

export function runCancelled(runId = 'run-1'): RunEvent & { type: 'BillingRunCancelled' } {
  return { type: 'BillingRunCancelled', data: { runId, reason: 'wrong month', actor: null, cancelledAt: NOVEMBER_1 } };
}
