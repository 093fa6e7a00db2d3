/** One shop's facts → what is to be recorded and published about it, a failure included. */
import type { Codec, Envelope } from '../adapters/codec.ts';
import type { LogRecord, OutRecord } from '../adapters/log.ts';
import type { NewDecision } from '../adapters/register.ts';
import type { FrozenRun } from '../adapters/runs.ts';
import type { InvoiceCreated, Outcome, ShopEvent } from '../domain/events.ts';
import { eventIdName } from '../domain/ids.ts';
import { invoiceSeries } from '../domain/invoice.ts';
import { decide, failShop } from '../domain/shop-bill.ts';
import type { Logger } from '../adapters/logger.ts';
import { BillingError } from '../errors.ts';
import { deadLetterOf, failureOf, kindOf, type MessageFailure } from './failure.ts';
import type { DecisionState, LoadedFacts } from './load-shop-facts.ts';

export interface ShopRequest {
  readonly record: LogRecord;
  /** Id of the request as an event. */
  readonly causationId: string;
  readonly shopId: string;
  /** Set when the request itself cannot be carried out: the shop fails with it. */
  readonly failure: MessageFailure | null;
}

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
 * @param now epoch milliseconds: the clock of the decision
 */
export function decideShop({
  run,
  request,
  loaded,
  state,
  now,
  deterministicId,
  logger,
}: {
  run: FrozenRun;
  request: ShopRequest;
  loaded: LoadedFacts;
  state: DecisionState;
  now: number;
  deterministicId: (name: string) => string;
  logger: Logger;
}): ShopDecision {
  const { runId, period, dryRun } = run;
  const { shopId } = request;
  try {
    if (request.failure !== null) throw new BillingError(request.failure.code, request.failure.message);
    if ('error' in loaded) throw loaded.error;
    const decision = decide(loaded.facts, { runId, shopId, period, dryRun, now, pins: null, deterministicId });
    return { ...decision, deadLetter: null };
  } catch (error) {
    // An unexpected error is this shop's failure, not the run's: it is dead-lettered with its message, and logged whole.
    const failure = failureOf(error) ?? { code: 'INTERNAL' as const, message: String(error) };
    logger.warn({ correlationId: runId, shopId, code: failure.code, err: error }, 'shop failed');
    const shop = 'facts' in loaded ? loaded.facts.shop : null;
    const event = failShop({
      runId,
      shopId,
      period,
      dryRun,
      pins: null,
      sequence: state.sequence,
      shop,
      now,
      code: failure.code,
      message: failure.message,
      kind: kindOf(failure.code),
    });
    return {
      outcome: 'failed',
      events: [event],
      invoice: null,
      deadLetter: deadLetterOf(request.record, failure, now),
    };
  }
}

/** Encodes a decision; the invoice stays open for its number, which only the register can give. */
export function toNewDecision({
  codec,
  run,
  request,
  state,
  decision,
  now,
  invoicePrefix,
  deterministicId,
}: {
  codec: Codec;
  run: FrozenRun;
  request: ShopRequest;
  state: DecisionState;
  decision: ShopDecision;
  now: number;
  invoicePrefix: string;
  deterministicId: (name: string) => string;
}): NewDecision {
  const { runId, period, dryRun } = run;
  const { shopId, record } = request;
  const topic = dryRun ? 'dry-run-events' : 'events';
  const envelopeOf = (type: ShopEvent['type'], shopSequence: number): Envelope => ({
    id: deterministicId(eventIdName(dryRun ? { runId, shopId, type } : { shopId, shopSequence, type })),
    correlationId: runId,
    causationId: request.causationId,
    time: now,
  });
  const records = decision.events.map(({ type, data }) =>
    codec.encode(topic, shopId, type, data, envelopeOf(type, data.shopSequence)),
  );
  if (decision.deadLetter !== null) records.push(decision.deadLetter);
  const { invoice } = decision;
  return {
    runId,
    shopId,
    periodStartDate: period.startDate,
    expectedSequence: state.sequence,
    outcome: decision.outcome,
    source: { topic: record.topic, partition: record.partition, offset: record.offset },
    pins: null,
    decidedAt: now,
    records,
    invoice: invoice && {
      series: invoiceSeries(invoicePrefix, invoice.issuedAt, period.timeZone),
      finish: codec.encodeOpen(
        topic,
        shopId,
        'InvoiceCreated',
        invoice,
        envelopeOf('InvoiceCreated', invoice.shopSequence),
      ),
    },
  };
}
