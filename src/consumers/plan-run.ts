/**
 * BillingRunRequested → BillingRunStarted and one ShopBillRequested per shop; BillingRunCancelRequested →
 * BillingRunCancelled. A run is frozen before anything is published: which shops (the manifest) and up to which offset
 * of every fact partition it may look (the pins). It can be cut off at any point and resumes where the log says it was.
 * See docs/decisions/0007.
 */
import type { Clock } from '../adapters/clock.ts';
import type { Codec, Decoded } from '../adapters/codec.ts';
import type { Ledger } from '../adapters/ledger.ts';
import type { Batch, BatchHandler, Log, Step } from '../adapters/log.ts';
import type { Logger } from '../adapters/logger.ts';
import type { RunControl } from '../adapters/run-control.ts';
import type { Runs } from '../adapters/runs.ts';
import type { BillingRunRequested } from '../domain/requests.ts';
import { BillingError } from '../errors.ts';
import { createCancelAhead } from './cancel-ahead.ts';
import { cancelledRecord, cancelRun } from './cancel-run.ts';
import { deadLetterOnce, failureOf } from './failure.ts';
import { freezeRun, periodOf, runIdOf } from './freeze-run.ts';
import { publishRun } from './publish-run.ts';
import { requireText, toRunRequest, type RunRequest } from './run-request.ts';
import { completeManifest } from './whole-manifest.ts';

export interface PlanRunDependencies {
  readonly log: Pick<Log, 'endOffsets' | 'read'>;
  readonly codec: Codec;
  readonly ledger: Ledger;
  readonly runs: Runs;
  readonly control: RunControl;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timeZone: string;
  readonly deterministicId: (name: string) => string;
  /** Shop requests in one Kafka transaction: few, so that billing begins while a large run is still being published. */
  readonly requestsPerStep?: number;
}

/** Requests are worked off one at a time: run it with `maxBatch: 1`. */
export function createPlanRun(dependencies: PlanRunDependencies): BatchHandler {
  const { codec, logger, clock } = dependencies;
  return async function* planRun(batch) {
    const [decoded] = await codec.decode(batch.records);
    if (decoded === undefined) {
      yield { publish: [], advance: true };
      return;
    }
    try {
      if ('problem' in decoded) throw new BillingError('RECORD_UNDECODABLE', decoded.problem);
      yield* carryOut(dependencies, batch, decoded);
    } catch (error) {
      const failure = failureOf(error);
      if (failure === null) throw error;
      const { record } = decoded;
      logger.warn({ code: failure.code, offset: String(record.offset) }, `run request set aside: ${failure.message}`);
      yield { publish: deadLetterOnce(record, failure, batch, clock.now()), advance: true };
    }
  };
}

function carryOut(dependencies: PlanRunDependencies, batch: Batch, decoded: Decoded): AsyncIterable<Step> {
  const { message } = decoded;
  switch (message.type) {
    case 'BillingRunRequested':
      requireText([message.data.runId, ...(message.data.shopIds ?? [])], message.data);
      return planRequested(dependencies, batch, toRunRequest(decoded, message.data, batch));
    case 'BillingRunCancelRequested':
      requireText([message.data.runId], message.data);
      return cancelRun(dependencies, toRunRequest(decoded, message.data, batch));
    default:
      throw new BillingError('REQUEST_INVALID', `This version cannot carry out a ${message.type}.`);
  }
}

async function* planRequested(
  dependencies: PlanRunDependencies,
  batch: Batch,
  request: RunRequest<BillingRunRequested>,
): AsyncIterable<Step> {
  const { runs, control, logger } = dependencies;
  const { requestId, isReplay } = request;
  const period = periodOf(dependencies, request.data);
  const runId = runIdOf(dependencies, request.data, period, request.eventId);
  const cancelAhead = createCancelAhead(dependencies, batch, runId);
  const known = await runs.find(runId);
  const run = known ?? (await freezeRun(dependencies, batch, request, { runId, period, cancelAhead }));
  if (run.requestId !== requestId || isReplay) {
    logger.info({ correlationId: runId }, 'run was asked for before: nothing to plan');
    yield { publish: [], advance: true };
    return;
  }
  if (known !== null) await completeManifest(dependencies, batch, run, request.data);
  /** A cancellation must not wait until a large run is published: this request is then answered with it too. */
  const cancelled = async () => {
    const seen = await cancelAhead();
    if (seen === null) return null;
    const { reason, actor, eventId } = seen;
    const outcome = await control.cancel({ runId, requestId, reason, actor, at: dependencies.clock.now() });
    const isAnsweredHere = outcome.result === 'cancelled' && outcome.run.requestId === requestId;
    return isAnsweredHere ? cancelledRecord(dependencies, outcome.run, eventId) : null;
  };
  for await (const step of publishRun(dependencies, run, { requestEventId: request.eventId, batch, cancelled })) {
    yield step;
    // A planner that is to stop does so between two parts; the next one goes on behind the last.
    if (!step.advance) await batch.heartbeat();
  }
}
