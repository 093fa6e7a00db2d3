/** One shop's facts → what is to be recorded and published about it, a failure included. */
import type { NewDecision } from '../adapters/register.ts';
import type { FrozenRun } from '../adapters/runs.ts';
import type { InvoiceCreated, Outcome, ShopEvent } from '../domain/events.ts';
import { invoiceSeries } from '../domain/invoice.ts';
import type { Pin } from '../domain/log-position.ts';
import { decide } from '../domain/shop-bill.ts';
import { failShop, skipCancelled } from '../domain/unbilled.ts';
import type { Logger } from '../adapters/logger.ts';
import { BillingError } from '../errors.ts';
import { attemptOf } from './attempts.ts';
import { shopEventEncoder, type EncodeDependencies } from './encode-events.ts';
import { deadLetterOf, decisionFailureOf, kindOf, type MessageFailure } from './failure.ts';
import type { DecisionState, LoadedFacts } from './load-shop-facts.ts';
import type { ShopRequest } from './shop-request.ts';

/** What was decided, before it has bytes. */
export interface ShopDecision {
  readonly outcome: Outcome;
  readonly events: readonly ShopEvent[];
  readonly invoice: InvoiceCreated | null;
  /** Why there is no bill; null when nothing failed. */
  readonly failure: MessageFailure | null;
}

/** What a decision about one shop looks at. */
export interface ShopAsked {
  readonly run: FrozenRun;
  readonly request: ShopRequest;
  readonly state: DecisionState;
  /** Null when the run is cancelled. */
  readonly loaded: LoadedFacts | null;
  /** Null: those of the run. */
  readonly pins: readonly Pin[] | null;
  /** The clock of the decision, epoch milliseconds. */
  readonly now: number;
  readonly deterministicId: (name: string) => string;
  readonly logger: Logger;
}

/** Decides one shop. Whatever goes wrong with this shop alone becomes ShopBillFailed. */
export function decideShop(asked: ShopAsked): ShopDecision {
  const { request, loaded, state, deterministicId } = asked;
  try {
    if (request.failure !== null) throw new BillingError(request.failure.code, request.failure.message);
    if (loaded === null) return { ...skipCancelled(state, toDecide(asked)), failure: null };
    if ('error' in loaded) throw loaded.error;
    return { ...decide(loaded.facts, { ...toDecide(asked), deterministicId }), failure: null };
  } catch (error) {
    return failedShop(asked, error);
  }
}

/**
 * The decision that a shop cannot be billed because of `error`, which is logged whole.
 * @throws the error when it is not about this shop: everything in hand waits, or the role stops
 */
export function failedShop(asked: ShopAsked, error: unknown): ShopDecision {
  const failure = decisionFailureOf(error);
  if (failure === null) throw error;
  const { code, message } = failure;
  const { run, request, loaded, state, logger } = asked;
  const attempt = attemptOf(request.record);
  logger.warn({ correlationId: run.runId, shopId: request.shopId, code, attempt, err: error }, 'shop failed');
  const shop = loaded !== null && 'facts' in loaded ? loaded.facts.shop : null;
  const { sequence } = state;
  const event = failShop({ ...toDecide(asked), sequence, shop, code, message, kind: kindOf(code) });
  return { outcome: 'failed', events: [event], invoice: null, failure };
}

const toDecide = ({ run: { runId, period, dryRun }, request: { shopId }, now, pins }: ShopAsked) => ({
  runId,
  shopId,
  period,
  dryRun,
  now,
  pins,
});

/**
 * Encodes a decision; a failed one takes the request to the dead letters. The invoice stays open for its number, which
 * only the register can give.
 */
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
  const { outcome, events, invoice, failure } = decision;
  const deadLetters = failure === null ? [] : [deadLetterOf(record, failure, now)];
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
    records: [...events.map(encoder.encode), ...deadLetters],
    numbered: invoice && {
      series: invoiceSeries(invoicePrefix, invoice.issuedAt, period.timeZone),
      finish: encoder.encodeOpen({ type: 'InvoiceCreated', data: invoice }),
    },
  };
}
