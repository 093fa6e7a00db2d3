/** How the whole stands, as the outside sees it. */
import type { StatusView } from '../adapters/read-models.ts';
import type { Issuing } from '../adapters/run-control.ts';
import { presentIssuing, type IssuingJson } from './present-issuing.ts';
import { isFinished } from './find-run.ts';
import { presentRunSummary, type RunSummaryJson } from './present-run.ts';

export interface StatusJson {
  /** `running` while the newest run goes on. */
  readonly status: 'running' | 'idle';
  readonly active_shops: number;
  readonly shops_with_billing_plans: number;
  readonly pending_invoices: number;
  readonly held_bills: number;
  readonly dead_letters: number;
  readonly last_run: RunSummaryJson | null;
  readonly last_updated: string | null;
  readonly issuing: IssuingJson;
}

export function presentStatus(view: StatusView, issuing: Issuing): StatusJson {
  return {
    status: view.lastRun === null || isFinished(view.lastRun) ? 'idle' : 'running',
    active_shops: view.activeShops,
    shops_with_billing_plans: view.shopsWithBillingPlans,
    pending_invoices: view.pendingInvoices,
    held_bills: view.heldBills,
    dead_letters: view.deadLetters,
    last_run: view.lastRun === null ? null : presentRunSummary(view.lastRun),
    last_updated: view.lastUpdated === null ? null : new Date(view.lastUpdated).toISOString(),
    issuing: presentIssuing(issuing),
  };
}
