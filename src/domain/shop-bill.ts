/** The heart: what is decided about one shop and period, from the facts alone. Pure, synchronous, the same dry and live. */
import { adjustmentLine, type Adjusted } from './adjustment.ts';
import { assertAddsUp, billAmounts, billOutcome } from './bill-amounts.ts';
import { assessBill } from './bill-fraud.ts';
import { applyCredits, withCredits, type CarriedCredit } from './carried-credit.ts';
import { examineShop, shopDomainOf, type ShopExamined } from './eligibility.ts';
import type { InvoiceCreated, Outcome, Period, ShopBillCalculated, ShopBillDiverged, ShopEvent } from './events.ts';
import { isHeldAt } from './fraud.ts';
import type { FraudFacts } from './fraud-signals.ts';
import { billIdName } from './ids.ts';
import { createInvoice } from './invoice.ts';
import type { Pin } from './log-position.ts';
import { billMetrics } from './metrics.ts';
import type { PlanSegment } from './plan.ts';
import { ratePeriod, revenueBetween, type RatingFacts } from './rate-period.ts';
import { quotesUsed } from './rated-order.ts';
import type { WindowRevenue } from './revenue.ts';
import type { ShopRecord } from './shop-facts.ts';
import { eventHead, skipShop } from './unbilled.ts';

/** Which program made a bill. Raised whenever the same facts could give other amounts, lines or outcomes. */
export const RULES_VERSION = 2;

export interface ShopFacts extends RatingFacts {
  /** Null: no fact names the shop. */
  readonly shop: ShopRecord | null;
  readonly fraud: FraudFacts;
  /** sha256 over all of these facts, hex; left out where nobody took it. */
  readonly inputsDigest?: string;
  /** The shop's head: 0 when nothing was decided about it yet. */
  readonly sequence: number;
  /** The run that settled this period of the shop. */
  readonly settledByRunId: string | null;
  /** Invoices ever issued for the shop and period. */
  readonly invoicesIssued: number;
  /** What earlier bills left, oldest first. */
  readonly credits: readonly CarriedCredit[];
  /** What facts that came late change in earlier months. */
  readonly adjusted: Adjusted;
}

export interface DecideRequest {
  readonly runId: string;
  readonly shopId: string;
  readonly period: Period;
  readonly dryRun: boolean;
  /** Epoch milliseconds: when the bill is calculated, the invoice issued. */
  readonly now: number;
  /** Null: those of the run. */
  readonly pins: readonly Pin[] | null;
  /** The same id for the same name. */
  readonly deterministicId: (name: string) => string;
}

export interface Decision {
  readonly outcome: Outcome;
  /** All events but the invoice. */
  readonly events: readonly ShopEvent[];
  /** Without its number, which the register gives; null when none is issued. */
  readonly invoice: InvoiceCreated | null;
}

/**
 * Decides about one shop: skipped, or billed with one of the outcomes of DOMAIN "Outcomes". Throws RuleError when the
 * shop cannot be billed as its facts stand: see failShop.
 */
export function decide(facts: ShopFacts, request: DecideRequest): Decision {
  const { shop, settledByRunId } = facts;
  if (settledByRunId !== null && !request.dryRun) {
    return skipShop(facts, request, {
      reason: 'already_settled',
      shopDomain: shopDomainOf(shop, request.period),
      settledByRunId,
    });
  }
  const examined = examineShop(shop, request.period);
  if (examined.kind === 'skip') {
    const { reason, shopDomain } = examined;
    return skipShop(facts, request, { reason, shopDomain, settledByRunId: null });
  }
  const bill = calculateBill(facts, request, examined);
  const { invoicesIssued } = facts;
  const { now: issuedAt, deterministicId } = request;
  return {
    outcome: bill.outcome,
    events: [
      { type: 'ShopBillCalculated', data: bill },
      ...fraudFlag(bill),
      ...facts.adjusted.diverged.map(divergence),
    ],
    invoice: bill.outcome === 'invoiced' ? createInvoice({ bill, invoicesIssued, issuedAt, deterministicId }) : null,
  };
}

function calculateBill(
  facts: ShopFacts,
  request: DecideRequest,
  examined: Extract<ShopExamined, { kind: 'bill' }>,
): ShopBillCalculated {
  const { period, dryRun, runId, shopId } = request;
  const { segments: rated, lines: fees, orders, refunds, revenue } = ratePeriod(facts, examined, period);
  const { segments } = examined;
  const { plan } = segments.at(-1)!;

  const { adjustments, unadjustedFacts } = facts.adjusted;
  const lines = [...fees, ...adjustments.map(adjustmentLine)];
  const beforeCredit = billAmounts({
    subtotalMinor: lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
    discountRatePpm: plan.discountRatePpm,
    taxRatePpm: plan.taxRatePpm,
  });
  const creditsApplied = applyCredits(facts.credits, {
    currency: plan.currency,
    payableMinor: beforeCredit.totalMinor,
  });
  const amounts = withCredits(beforeCredit, creditsApplied);
  assertAddsUp(amounts, rated, lines);

  const inTrial = isInTrial(segments.at(-1)!, revenue, period);
  const inPeriod = revenue.filter((window) => window.start >= period.start);
  const metrics = billMetrics({ windows: inPeriod, segments: rated, lines });
  const fraud = assessBill({ facts: facts.fraud, plan, period, metrics, orders, refunds: refunds.applied });
  return {
    ...eventHead(facts, request),
    billId: request.deterministicId(billIdName({ runId, shopId })),
    shopDomain: examined.shopDomain,
    rulesVersion: RULES_VERSION,
    outcome: billOutcome(amounts, { inTrial, dryRun, isSuspicious: isHeldAt(fraud) }),
    currency: plan.currency,
    currencyExponent: plan.currencyExponent,
    planId: plan.planId,
    planName: plan.name,
    segments: rated,
    lines,
    ...amounts,
    metrics,
    unappliedRefunds: refunds.unapplied,
    adjustments,
    creditsApplied,
    quotes: quotesUsed([...orders, ...refunds.orders]),
    fraud,
    pins: request.pins,
    calculatedAt: request.now,
    inputsDigest: facts.inputsDigest ?? '',
    unadjustedFacts,
  };
}

/** Any level but none is an event of its own, so that whoever watches for fraud need not read every bill. */
function fraudFlag(bill: ShopBillCalculated): ShopEvent[] {
  const { runId, shopId, shopSequence, dryRun, period, billId, fraud, calculatedAt } = bill;
  if (fraud === null || fraud.level === 'none') return [];
  const head = { runId, shopId, shopSequence, dryRun, period };
  return [{ type: 'FraudFlagged', data: { ...head, billId, assessment: fraud, flaggedAt: calculatedAt } }];
}

const divergence = (data: ShopBillDiverged): ShopEvent => ({ type: 'ShopBillDiverged', data });

/** Whether a trial threshold applies at the period's end and is not passed by then: passed is strictly above. */
function isInTrial({ plan, planStart }: PlanSegment, windows: readonly WindowRevenue[], period: Period): boolean {
  const threshold = plan.trialThresholdMinor;
  return threshold > 0n && revenueBetween(windows, planStart, period.end).netMinor <= threshold;
}
