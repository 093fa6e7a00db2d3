/** One shop's facts → what is to be recorded and published about it, a failure included. */
import type { NewDecision } from '../adapters/register.ts';
import type { FrozenRun } from '../adapters/runs.ts';
import type { InvoiceCreated, Outcome, ShopEvent } from '../domain/events.ts';
import { invoiceSeries } from '../domain/invoice.ts';
import type { Pin } from '../domain/log-position.ts';
import { decide } from '../domain/shop-bill.ts';
import { failShop, skipCancelled } from '../domain/unbilled.ts';
import type { Logger } from '../adapters/logger.ts';
import type { OutRecord } from '../adapters/log.ts';
import { BillingError } from '../errors.ts';
import { shopEventEncoder, type EncodeDependencies } from './encode-events.ts';
import { deadLetterOf, failureOf, kindOf } from './failure.ts';
import type { DecisionState, LoadedFacts } from './load-shop-facts.ts';
import type { ShopRequest } from './shop-request.ts';

/** What was decided, before it has bytes. */
export interface ShopDecision {
  readonly outcome: Outcome;
  readonly events: readonly ShopEvent[];
  readonly invoice: InvoiceCreated | null;
  /** The request goes here too when it failed. */
  readonly deadLetter: OutRecord | null;
}

/**
 * Decides one shop. Whatever goes wrong with this shop alone becomes ShopBillFailed and a dead letter.
 * @param loaded null when the run is cancelled
 * @param pins null: those of the run
 * @param now epoch milliseconds: the clock of the decision
 */
export function decideShop({
  run,
  request,
  loaded,
  state,
  pins,
  now,
  deterministicId,
  logger,
}: {
  run: FrozenRun;
  request: ShopRequest;
  loaded: LoadedFacts | null;
  state: DecisionState;
  pins: readonly Pin[] | null;
  now: number;
  deterministicId: (name: string) => string;
  logger: Logger;
}): ShopDecision {
  const { runId, period, dryRun } = run;
  const { shopId } = request;
  const asked = { runId, shopId, period, dryRun, now, pins };
  try {
    if (request.failure !== null) throw new BillingError(request.failure.code, request.failure.message);
    if (loaded === null) return { ...skipCancelled(state, asked), deadLetter: null };
    if ('error' in loaded) throw loaded.error;
    return { ...decide(loaded.facts, { ...asked, deterministicId }), deadLetter: null };
  } catch (error) {
    // An unexpected error is this shop's failure, not the run's: it is dead-lettered with its message, and logged whole.
    const failure = failureOf(error) ?? { code: 'INTERNAL' as const, message: String(error) };
    const { code, message } = failure;
    logger.warn({ correlationId: runId, shopId, code, err: error }, 'shop failed');
    const shop = loaded !== null && 'facts' in loaded ? loaded.facts.shop : null;
    const event = failShop({ ...asked, sequence: state.sequence, shop, code, message, kind: kindOf(code) });
    const deadLetter = deadLetterOf(request.record, failure, now);
    return { outcome: 'failed', events: [event], invoice: null, deadLetter };
  }
}

/** Encodes a decision; the invoice stays open for its number, which only the register can give. */
export function toNewDecision({
  run,
  request,
  state,
  decision,
  pins,
  now,
  invoicePrefix,
  ...encoding
}: EncodeDependencies & {
  run: FrozenRun;
  request: ShopRequest;
  state: DecisionState;
  decision: ShopDecision;
  pins: readonly Pin[] | null;
  now: number;
  invoicePrefix: string;
}): NewDecision {
  const { runId, period, dryRun } = run;
  const { shopId, record } = request;
  const { outcome, events, invoice, deadLetter } = decision;
  const bill = events.find((event) => event.type === 'ShopBillCalculated')?.data ?? null;
  const encoder = shopEventEncoder(encoding, { request, dryRun, now });
  return {
    runId,
    shopId,
    kind: 'bill',
    periodStartDate: period.startDate,
    expectedSequence: state.sequence,
    outcome,
    source: { topic: record.topic, partition: record.partition, offset: record.offset },
    pins,
    decidedAt: now,
    billId: bill?.billId ?? null,
    invoiceId: invoice?.invoiceId ?? null,
    invoiceNumber: null,
    creditNoteId: null,
    currency: bill?.currency ?? null,
    totalMinor: bill?.totalMinor ?? null,
    creditsUsed: bill?.creditsApplied ?? [],
    knowsCancelled: state.cancelled,
    records: [...events.map(encoder.encode), ...(deadLetter === null ? [] : [deadLetter])],
    numbered: invoice && {
      series: invoiceSeries(invoicePrefix, invoice.issuedAt, period.timeZone),
      finish: encoder.encodeOpen({ type: 'InvoiceCreated', data: invoice }),
    },
  };
}
