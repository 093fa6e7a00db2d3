/**
 * Names from which deterministic ids (UUIDv5) are made: the same thing has the same id whoever computes it, however
 * often. A name is a JSON array, so that no two things share one whatever characters their parts contain.
 */
import type { Period } from './events.ts';

function name(...parts: readonly (string | number)[]): string {
  return JSON.stringify(parts);
}

export type EventIdParts =
  | { readonly shopId: string; readonly shopSequence: number; readonly type: string }
  | { readonly runId: string; readonly shopId: string; readonly type: string };

/**
 * Name of an event about a shop: its place in the shop's sequence, or, for a dry run, which takes no place there, the
 * run.
 */
export function eventIdName(event: EventIdParts): string {
  return 'shopSequence' in event
    ? name('event', event.shopId, event.shopSequence, event.type)
    : name('dry-run-event', event.runId, event.shopId, event.type);
}

/** Name of a bill: a run makes at most one for a shop, also when it is recomputed. */
export function billIdName({ runId, shopId }: { readonly runId: string; readonly shopId: string }): string {
  return name('bill', runId, shopId);
}

/** Name of an invoice: `ordinal` counts the invoices ever issued for this shop and period, from 1. */
export function invoiceIdName({
  shopId,
  period,
  ordinal,
}: {
  readonly shopId: string;
  readonly period: Pick<Period, 'startDate' | 'endDate'>;
  readonly ordinal: number;
}): string {
  return name('invoice', shopId, period.startDate, period.endDate, ordinal);
}

/** Name of a credit note: the same request, however often it is sent, makes one. */
export function creditNoteIdName({
  invoiceId,
  requestId,
}: {
  readonly invoiceId: string;
  readonly requestId: string;
}): string {
  return name('credit-note', invoiceId, requestId);
}

/** Name of the live run over all shops of a period: however many ask for it, there is one. */
export function runIdName(period: Pick<Period, 'startDate' | 'endDate'>): string {
  return name('run', period.startDate, period.endDate);
}

/** Name of the event that a run was cancelled: it can be, once. */
export function runCancelledIdName(runId: string): string {
  return name('run-cancelled', runId);
}

/** Name of the event that issuing was paused or resumed: each revision is one change. */
export function issuingChangeIdName(revision: number): string {
  return name('issuing-change', revision);
}
