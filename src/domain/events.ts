/**
 * What happened, shaped exactly as in schemas/*.avsc: amounts are bigint minor units, rates parts per million,
 * instants epoch milliseconds, dates `YYYY-MM-DD` (inclusive where they end something).
 */
import type { LogPosition, Pin } from './log-position.ts';
import type { Trigger } from './requests.ts';

/** Half-open [start, end) as instants; the dates are inclusive, in `timeZone`. */
export interface Period {
  readonly startDate: string;
  readonly endDate: string;
  readonly start: number;
  readonly end: number;
  readonly timeZone: string;
}

export type Outcome =
  'invoiced' | 'zero' | 'trial' | 'credit' | 'held' | 'skipped' | 'failed' | 'calculated' | 'rejected' | 'voided';
export type BillOutcome = 'invoiced' | 'zero' | 'trial' | 'credit' | 'held' | 'calculated';
export type SkipReason = 'shop_not_found' | 'shop_inactive' | 'no_plan' | 'already_settled' | 'run_cancelled';
export type RunStatus = 'running' | 'completed' | 'completed_with_failures' | 'cancelled';

export interface BillingRunStarted {
  readonly runId: string;
  readonly period: Period;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly named: boolean;
  readonly trigger: Trigger;
  readonly expectedShops: number;
  readonly manifestSha256: string;
  readonly unbillableShopsWithUsage: number | null;
  readonly pins: readonly Pin[];
  readonly requestedAt: number;
  readonly startedAt: number;
}

export interface CurrencyTotal {
  readonly currency: string;
  readonly currencyExponent: number;
  readonly revenueMinor: bigint;
  readonly feesMinor: bigint;
}

export interface BillingRunCompleted {
  readonly runId: string;
  readonly revision: number;
  readonly status: 'completed' | 'completed_with_failures';
  readonly dryRun: boolean;
  readonly expectedShops: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly totals: readonly CurrencyTotal[];
  readonly completedAt: number;
}

export interface BillingRunCancelled {
  readonly runId: string;
  readonly reason: string;
  readonly actor: string | null;
  readonly cancelledAt: number;
}

export interface DeadLetterRedriven {
  readonly deadLetterId: string;
  readonly originalTopic: string;
  readonly runId: string | null;
  readonly failureCode: string | null;
  readonly reason: string;
  readonly actor: string | null;
  readonly redriveCount: number;
  readonly redrivenAt: number;
}

export type DeadLetterDiscarded = Omit<DeadLetterRedriven, 'redriveCount' | 'redrivenAt'> & {
  readonly discardedAt: number;
};

interface IssuingChanged {
  /** Counts the changes, from 1: the highest says how it stands. */
  readonly revision: number;
  readonly reason: string;
  readonly actor: string | null;
}
export interface IssuingPaused extends IssuingChanged {
  readonly pausedAt: number;
}
export interface IssuingResumed extends IssuingChanged {
  readonly resumedAt: number;
}

/** What every event about a shop starts with. */
export interface ShopEventHead {
  readonly runId: string;
  readonly shopId: string;
  /** Position of the decision among all about this shop; in a dry run the sequence it looked at. */
  readonly shopSequence: number;
  readonly dryRun: boolean;
  readonly period: Period;
}

/** The part of billable revenue in one band: slice = sliceNumerator / sliceDenominator minor units, exact. */
export interface FeeBand {
  readonly ratePpm: number;
  readonly sliceNumerator: string;
  readonly sliceDenominator: string;
}

export interface BillSegment {
  readonly planId: string;
  readonly planName: string;
  readonly planEffectiveFrom: string;
  readonly planFact: LogPosition;
  readonly startDate: string;
  readonly endDate: string;
  readonly days: number;
  readonly periodDays: number;
  readonly type: string;
  readonly attributedMinor: bigint;
  readonly refundedMinor: bigint;
  readonly netMinor: bigint;
  readonly billableMinor: bigint;
  readonly trialThresholdMinor: bigint;
  readonly trialBeforeMinor: bigint | null;
  readonly meter: string | null;
  readonly units: number | null;
  readonly includedUnits: number | null;
  readonly bands: readonly FeeBand[];
  readonly bound: 'minimum' | 'maximum' | null;
  readonly feeMinor: bigint;
}

export interface BillLine {
  readonly kind: 'fee' | 'adjustment' | 'credit' | 'discount' | 'tax';
  readonly description: string;
  /** Index into the bill's segments. */
  readonly segment: number | null;
  readonly channel: string | null;
  readonly quantity: number | null;
  readonly amountMinor: bigint;
}

export interface ChannelMetrics {
  readonly channel: string;
  readonly attributedMinor: bigint;
  readonly feeMinor: bigint;
  readonly interactions: number;
  readonly conversions: number;
}

export interface BillMetrics {
  readonly orders: number;
  readonly orderRevenueMinor: bigint;
  readonly attributedMinor: bigint;
  readonly refundedMinor: bigint;
  readonly netMinor: bigint;
  readonly billableMinor: bigint;
  readonly interactions: number;
  readonly conversions: number;
  readonly conversionRatePpm: bigint | null;
  readonly averageOrderValueMinor: bigint | null;
  readonly channels: readonly ChannelMetrics[];
}

export interface UnappliedRefund {
  readonly refundId: string;
  readonly orderId: string;
  readonly reason: 'order_not_seen' | 'currency_differs' | 'order_not_covered';
  readonly currency: string;
  readonly refundTotalMinor: bigint;
}

export interface Adjustment {
  readonly periodStartDate: string;
  readonly amountMinor: bigint;
  readonly facts: readonly LogPosition[];
}

export interface CreditApplied {
  readonly billId: string;
  readonly amountMinor: bigint;
}

export interface QuoteUsed {
  readonly base: string;
  readonly quote: string;
  readonly asOf: string;
  readonly rateUnscaled: bigint;
  readonly rateScale: number;
}

export interface FraudCheck {
  readonly code: string;
  readonly state: 'clear' | 'triggered' | 'not_applicable' | 'not_evaluated';
  readonly observed: string | null;
  readonly threshold: string | null;
  readonly evidence: readonly string[];
}

export interface FraudAssessment {
  readonly level: 'none' | 'low' | 'medium' | 'high' | 'critical';
  readonly confidencePpm: number;
  readonly checks: readonly FraudCheck[];
}

export interface BillAmounts {
  readonly subtotalMinor: bigint;
  readonly discountRatePpm: number;
  readonly discountMinor: bigint;
  readonly taxRatePpm: number;
  readonly taxMinor: bigint;
  /** Carried credit applied. */
  readonly creditMinor: bigint;
  readonly totalMinor: bigint;
}

export interface ShopBillCalculated extends ShopEventHead, BillAmounts {
  readonly billId: string;
  readonly shopDomain: string;
  readonly rulesVersion: number;
  readonly outcome: BillOutcome;
  readonly currency: string;
  readonly currencyExponent: number;
  readonly planId: string;
  readonly planName: string;
  readonly segments: readonly BillSegment[];
  readonly lines: readonly BillLine[];
  readonly metrics: BillMetrics;
  readonly unappliedRefunds: readonly UnappliedRefund[];
  readonly adjustments: readonly Adjustment[];
  readonly creditsApplied: readonly CreditApplied[];
  readonly quotes: readonly QuoteUsed[];
  /** Null: not assessed. */
  readonly fraud: FraudAssessment | null;
  /** Null: the pins of the run. */
  readonly pins: readonly Pin[] | null;
  readonly calculatedAt: number;
  /** sha256, hex, over the facts the bill was made of; empty where it was not taken. */
  readonly inputsDigest: string;
  /** Facts that came too late to adjust anything. */
  readonly unadjustedFacts: readonly LogPosition[];
}

export interface FraudFlagged extends ShopEventHead {
  readonly billId: string;
  readonly assessment: FraudAssessment;
  readonly flaggedAt: number;
}

export interface InvoiceCreated extends ShopEventHead, BillAmounts {
  readonly invoiceId: string;
  readonly billId: string;
  readonly ordinal: number;
  readonly shopDomain: string;
  readonly planId: string;
  readonly currency: string;
  readonly currencyExponent: number;
  readonly lines: readonly BillLine[];
  readonly status: 'pending';
  readonly issuedAt: number;
  readonly dueAt: number;
  /** Empty until the register has taken a number from the series; the last field of the schema for that reason. */
  readonly invoiceNumber: string;
}

export interface ShopBillSkipped extends ShopEventHead {
  readonly reason: SkipReason;
  readonly shopDomain: string | null;
  readonly settledByRunId: string | null;
  readonly skippedAt: number;
  /** Null: the pins of the run. */
  readonly pins: readonly Pin[] | null;
}

export interface ShopBillFailed extends ShopEventHead {
  readonly code: string;
  readonly message: string;
  readonly kind: 'transient' | 'permanent' | 'poison';
  readonly shopDomain: string | null;
  readonly failedAt: number;
  /** Null: the pins of the run. */
  readonly pins: readonly Pin[] | null;
}

interface HoldDecided extends ShopEventHead {
  readonly billId: string;
  readonly reason: string;
  readonly actor: string | null;
}
export interface BillHoldReleased extends HoldDecided {
  readonly releasedAt: number;
}
export interface BillHoldRejected extends HoldDecided {
  readonly rejectedAt: number;
}

export interface ShopBillDiverged extends ShopEventHead {
  readonly decidedOutcome: string;
  readonly recomputedOutcome: string;
  readonly decided: string | null;
  readonly recomputed: string | null;
  readonly rulesVersion: number;
  readonly detectedAt: number;
}

export interface InvoiceVoided extends ShopEventHead {
  readonly invoiceId: string;
  readonly invoiceNumber: string;
  readonly reason: string;
  readonly actor: string | null;
  readonly voidedAt: number;
}

export interface CreditNoteIssued extends ShopEventHead {
  readonly creditNoteId: string;
  readonly invoiceId: string;
  readonly invoiceNumber: string;
  readonly currency: string;
  readonly currencyExponent: number;
  readonly amountMinor: bigint;
  readonly reason: string;
  readonly actor: string | null;
  readonly issuedAt: number;
  readonly creditNoteNumber: string;
}

export interface ShopEventByType {
  ShopBillCalculated: ShopBillCalculated;
  FraudFlagged: FraudFlagged;
  InvoiceCreated: InvoiceCreated;
  ShopBillSkipped: ShopBillSkipped;
  ShopBillFailed: ShopBillFailed;
  BillHoldReleased: BillHoldReleased;
  BillHoldRejected: BillHoldRejected;
  ShopBillDiverged: ShopBillDiverged;
  InvoiceVoided: InvoiceVoided;
  CreditNoteIssued: CreditNoteIssued;
}

export interface RunEventByType {
  BillingRunStarted: BillingRunStarted;
  BillingRunCompleted: BillingRunCompleted;
  BillingRunCancelled: BillingRunCancelled;
  DeadLetterRedriven: DeadLetterRedriven;
  DeadLetterDiscarded: DeadLetterDiscarded;
  IssuingPaused: IssuingPaused;
  IssuingResumed: IssuingResumed;
}

export type ShopEventType = keyof ShopEventByType;
export type ShopEvent = {
  [T in ShopEventType]: { readonly type: T; readonly data: ShopEventByType[T] };
}[ShopEventType];
export type RunEventType = keyof RunEventByType;
export type RunEvent = { [T in RunEventType]: { readonly type: T; readonly data: RunEventByType[T] } }[RunEventType];
