/**
 * BillingRunRequested → BillingRunStarted and one ShopBillRequested per shop. A run is frozen before anything is
 * published: which shops (the manifest) and up to which offset of every fact partition it may look (the pins). It can
 * be cut off at any point and resumes where the log says it was. See docs/decisions/0007.
 */
import type { Clock } from '../adapters/clock.ts';
import type { Codec, Decoded } from '../adapters/codec.ts';
import type { Ledger } from '../adapters/ledger.ts';
import type { Batch, BatchHandler, Log, OutRecord, Step } from '../adapters/log.ts';
import type { Logger } from '../adapters/logger.ts';
import type { FrozenRun, PlannedRun, Runs } from '../adapters/runs.ts';
import { resolvePeriod } from '../domain/billing-period.ts';
import type { Period } from '../domain/events.ts';
import { eventIdName, runIdName } from '../domain/ids.ts';
import type { BillingRunRequested } from '../domain/requests.ts';
import { BillingError } from '../errors.ts';
import { FACT_TOPICS } from '../topics.ts';
import { deadLetterOnce, failureOf } from './failure.ts';
import { billableShops, namedShops } from './manifest.ts';
import { waitForIngester } from './wait-for-ingester.ts';

export interface PlanRunDependencies {
  readonly log: Pick<Log, 'endOffsets'>;
  readonly codec: Codec;
  readonly ledger: Ledger;
  readonly runs: Runs;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timeZone: string;
  readonly deterministicId: (name: string) => string;
  /** Shop requests in one Kafka transaction: few, so that billing begins while a large run is still being published. */
  readonly requestsPerStep?: number;
}

/** Requests are planned one at a time: run it with `maxBatch: 1`. */
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
      yield* plan(dependencies, batch, decoded);
    } catch (error) {
      const failure = failureOf(error);
      if (failure === null) throw error;
      const { record } = decoded;
      logger.warn({ code: failure.code, offset: String(record.offset) }, `run request set aside: ${failure.message}`);
      yield { publish: deadLetterOnce(record, failure, batch, clock.now()), advance: true };
    }
  };
}

async function* plan(dependencies: PlanRunDependencies, batch: Batch, decoded: Decoded): AsyncIterable<Step> {
  const { runs, logger } = dependencies;
  const { record, message, envelope } = decoded;
  if (message.type !== 'BillingRunRequested') {
    throw new BillingError('REQUEST_INVALID', `This version cannot carry out a ${message.type}.`);
  }
  const period = periodOf(dependencies, message.data);
  const runId = runIdOf(dependencies, message.data, period, envelope.id);
  const requestId = `${record.topic}/${record.partition}/${record.offset}`;
  const run =
    (await runs.find(runId)) ?? (await freeze(dependencies, batch, message.data, { runId, requestId, period }));
  const isReplay = record.offset < batch.publishedBelow;
  if (run.requestId !== requestId || isReplay) {
    logger.info({ correlationId: runId }, 'run was asked for before: nothing to plan');
    yield { publish: [], advance: true };
    return;
  }
  yield* publishRun(dependencies, run, envelope.id, batch.metadata);
}

/** Relative to when it was asked, so that a request met again later still means the same month. */
function periodOf({ clock, timeZone }: PlanRunDependencies, request: BillingRunRequested): Period {
  const now = Math.min(request.requestedAt, clock.now());
  return resolvePeriod(request, { now, timeZone, dryRun: request.dryRun });
}

/** A live run over all shops of a period has one id, whoever asks; any other run is known by its request. */
function runIdOf(
  { deterministicId }: PlanRunDependencies,
  request: BillingRunRequested,
  period: Period,
  requestEventId: string,
): string {
  if (request.runId !== null) return request.runId;
  const isDeterministic = request.shopIds === null && !request.dryRun && !request.force;
  return deterministicId(isDeterministic ? runIdName(period) : requestEventId);
}

async function freeze(
  dependencies: PlanRunDependencies,
  batch: Batch,
  request: BillingRunRequested,
  { runId, requestId, period }: { runId: string; requestId: string; period: Period },
): Promise<FrozenRun> {
  const { log, ledger, runs, clock, logger } = dependencies;
  const pins = await log.endOffsets(FACT_TOPICS);
  await waitForIngester({ ...dependencies, pins, batch });
  const planned: PlannedRun = {
    runId,
    requestId,
    period,
    dryRun: request.dryRun,
    force: request.force,
    named: request.shopIds !== null,
    trigger: request.trigger,
    pins,
    requestedAt: request.requestedAt,
    startedAt: clock.now(),
  };
  const heartbeat = () => batch.heartbeat();
  const manifest =
    request.shopIds === null ? billableShops({ ledger, period, pins, heartbeat }) : namedShops(request.shopIds);
  const run = await runs.freeze(planned, manifest.shopIds, manifest.unbillableShopsWithUsage);
  logger.info({ correlationId: runId, expectedShops: run.expectedShops, period: period.startDate }, 'run planned');
  return run;
}

/**
 * Publishes a frozen run in parts. What was published stands beside the committed offset, in the same transaction, so
 * that a planner cut off anywhere goes on behind the last part.
 */
async function* publishRun(
  { runs, codec, clock, requestsPerStep = 2_000, deterministicId }: PlanRunDependencies,
  run: FrozenRun,
  requestEventId: string,
  metadata: string,
): AsyncIterable<Step> {
  const { runId } = run;
  let after = resumePoint(metadata, runId);
  const opening = after === null ? [startedRecord({ codec, run, requestEventId, deterministicId })] : [];
  for (let head: OutRecord[] = opening; ; head = []) {
    const shopIds = await runs.manifest({ runId, after: after === null ? null : after, limit: requestsPerStep });
    const requests = shopIds.map((shopId) =>
      codec.encode(
        'shop-requests',
        shopId,
        'ShopBillRequested',
        { runId, shopId },
        {
          id: deterministicId(eventIdName({ runId, shopId, type: 'ShopBillRequested' })),
          correlationId: runId,
          causationId: requestEventId,
          time: clock.now(),
        },
      ),
    );
    const isLast = shopIds.length < requestsPerStep;
    after = shopIds.at(-1) ?? after;
    yield isLast
      ? { publish: [...head, ...requests], advance: true }
      : { publish: [...head, ...requests], advance: false, metadata: JSON.stringify({ runId, after }) };
    if (isLast) return;
  }
}

function resumePoint(metadata: string, runId: string): string | null {
  if (metadata === '') return null;
  try {
    const parsed = JSON.parse(metadata) as { runId?: unknown; after?: unknown };
    return parsed.runId === runId && typeof parsed.after === 'string' ? parsed.after : null;
  } catch {
    return null; // Another program's note beside the offset: begin again, repeats are harmless.
  }
}

function startedRecord({
  codec,
  run,
  requestEventId,
  deterministicId,
}: {
  codec: Codec;
  run: FrozenRun;
  requestEventId: string;
  deterministicId: (name: string) => string;
}): OutRecord {
  const { runId, requestId: _, ...started } = run;
  return codec.encode(
    'run-events',
    runId,
    'BillingRunStarted',
    { runId, ...started },
    {
      id: deterministicId(`BillingRunStarted ${runId}`),
      correlationId: runId,
      causationId: requestEventId,
      time: run.startedAt,
    },
  );
}
