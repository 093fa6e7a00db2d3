/** A billing run as the outside sees it, the same over HTTP and from the CLI. Amounts are decimal strings in major units. */
import type { RunView, ShopResultView } from '../adapters/read-models.ts';
import type { Outcome, RunStatus } from '../domain/events.ts';
import { formatMinor } from '../domain/money.ts';
import type { TriggerSource } from '../domain/requests.ts';
import { presentPeriod, type PeriodJson } from './present-period.ts';

export interface RunSummaryJson {
  readonly run_id: string;
  readonly status: RunStatus;
  readonly period: PeriodJson;
  readonly dry_run: boolean;
  readonly trigger: {
    readonly source: TriggerSource;
    readonly actor: string | null;
    readonly delivery_id: string | null;
  };
  readonly expected_shops: number;
  readonly processed_shops: number;
  readonly successful_shops: number;
  readonly failed_shops: number;
  readonly skipped_shops: number;
  readonly held_shops: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly totals: readonly {
    readonly currency: string;
    readonly total_revenue: string;
    readonly total_fees: string;
  }[];
  readonly started_at: string;
  readonly completed_at: string | null;
}

export interface ShopResultJson {
  readonly success: boolean;
  readonly shop_id: string;
  readonly shop_domain: string | null;
  readonly outcome: Outcome;
  readonly attributed_revenue: string | null;
  readonly refunded_revenue: string | null;
  readonly calculated_fee: string | null;
  readonly currency: string | null;
  readonly invoice_id: string | null;
  readonly invoice_number: string | null;
  readonly reason: string | null;
}

export interface ShopErrorJson {
  readonly shop_id: string;
  readonly code: string | null;
  readonly error: string | null;
}

export interface RunJson extends RunSummaryJson {
  readonly shop_results: readonly ShopResultJson[];
  readonly errors: readonly ShopErrorJson[];
  /** Where the next page of shop results begins, null at the end; left out where results are not paged. */
  readonly next_cursor?: string | null;
}

/** Whether an outcome counts among the successful shops. */
export function isSuccess(outcome: Outcome): boolean {
  switch (outcome) {
    case 'invoiced':
    case 'zero':
    case 'trial':
    case 'credit':
    case 'held':
    case 'calculated':
      return true;
    case 'skipped':
    case 'failed':
    case 'rejected':
    case 'voided':
      return false;
    default:
      return outcome satisfies never;
  }
}

/** Counts by outcome of a run so far. An outcome of a later version counts as processed, and as nothing else. */
export function countShops(outcomes: Readonly<Record<string, number>>) {
  const entries = Object.entries(outcomes);
  const sum = (counts: (outcome: string) => boolean) =>
    entries.reduce((total, [outcome, count]) => (counts(outcome) ? total + count : total), 0);
  return {
    processed_shops: sum(() => true),
    successful_shops: sum((outcome) => isSuccess(outcome as Outcome)),
    failed_shops: outcomes['failed'] ?? 0,
    skipped_shops: outcomes['skipped'] ?? 0,
    held_shops: outcomes['held'] ?? 0,
  };
}

/** A run without its shops, as lists show it. */
export function presentRunSummary(run: RunView): RunSummaryJson {
  return {
    run_id: run.runId,
    status: run.status,
    period: presentPeriod(run.period),
    dry_run: run.dryRun,
    trigger: { source: run.trigger.source, actor: run.trigger.actor, delivery_id: run.trigger.deliveryId },
    expected_shops: run.expectedShops,
    ...countShops(run.outcomes),
    outcomes: run.outcomes,
    totals: run.totals.map((total) => ({
      currency: total.currency,
      total_revenue: formatMinor(total.revenueMinor, total.currencyExponent),
      total_fees: formatMinor(total.feesMinor, total.currencyExponent),
    })),
    started_at: isoInstant(run.startedAt),
    completed_at: run.completedAt === null ? null : isoInstant(run.completedAt),
  };
}

/** One shop of a run, or null for a shop whose invoice is still on its way: it is not processed yet. */
export function presentShopResult(view: ShopResultView): ShopResultJson | null {
  if (view.outcome === null) return null;
  const exponent = view.currencyExponent;
  const money = (minor: bigint | null) => (minor === null || exponent === null ? null : formatMinor(minor, exponent));
  return {
    success: isSuccess(view.outcome),
    shop_id: view.shopId,
    shop_domain: view.shopDomain,
    outcome: view.outcome,
    attributed_revenue: money(view.attributedMinor),
    refunded_revenue: money(view.refundedMinor),
    calculated_fee: money(view.feeMinor),
    currency: view.currency,
    invoice_id: view.invoiceId,
    invoice_number: view.invoiceNumber,
    reason: view.reason,
  };
}

/** The failed among these shops, with what went wrong. */
export function presentShopErrors(shopResults: readonly ShopResultView[]): ShopErrorJson[] {
  return shopResults
    .filter((view) => view.outcome === 'failed')
    .map((view) => ({ shop_id: view.shopId, code: view.reason, error: view.error }));
}

/**
 * A run with the shop results given, all of them or one page; `errors` lists the failed among these.
 * @param nextCursor cursor of the page after these, null at the end; left out when the results are complete
 */
export function presentRun({
  run,
  shopResults,
  nextCursor,
}: {
  run: RunView;
  shopResults: readonly ShopResultView[];
  nextCursor?: string | null;
}): RunJson {
  const { started_at, completed_at, ...summary } = presentRunSummary(run);
  return {
    ...summary,
    shop_results: shopResults.map(presentShopResult).filter((result) => result !== null),
    errors: presentShopErrors(shopResults),
    started_at,
    completed_at,
    ...(nextCursor === undefined ? {} : { next_cursor: nextCursor }),
  };
}

function isoInstant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
