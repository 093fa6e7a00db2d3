/**
 * Publishes a frozen run in parts. What was published stands beside the committed offset, in the same transaction, so
 * that a planner cut off anywhere goes on behind the last part.
 */
import type { Clock } from '../adapters/clock.ts';
import type { Codec } from '../adapters/codec.ts';
import type { Batch, OutRecord, Step } from '../adapters/log.ts';
import type { FrozenRun, Runs } from '../adapters/runs.ts';
import { eventIdName } from '../domain/ids.ts';

export interface PublishRunDependencies {
  readonly codec: Codec;
  readonly runs: Pick<Runs, 'manifest'>;
  readonly clock: Clock;
  readonly deterministicId: (name: string) => string;
  readonly requestsPerStep?: number;
}

/**
 * Of a run that is cancelled meanwhile, all shops are asked for all the same: each gets its outcome.
 * @param cancelled asked before each part: the event that the run was cancelled, which is published once
 */
export async function* publishRun(
  dependencies: PublishRunDependencies,
  run: FrozenRun,
  {
    requestEventId,
    batch,
    cancelled,
  }: {
    requestEventId: string;
    batch: Pick<Batch, 'metadata'>;
    cancelled: () => Promise<OutRecord | null>;
  },
): AsyncIterable<Step> {
  const { runs, requestsPerStep = 2_000 } = dependencies;
  const { runId } = run;
  let { after, isCancelled } = resumePoint(batch.metadata, runId);
  const opening = after === null ? [startedRecord(dependencies, run, requestEventId)] : [];
  for (let head: OutRecord[] = opening; ; head = []) {
    const cancellation = isCancelled ? null : await cancelled();
    if (cancellation !== null) head.push(cancellation);
    isCancelled ||= cancellation !== null;
    const shopIds = await runs.manifest({ runId, after, limit: requestsPerStep });
    const requests = shopIds.map((shopId) => shopRequest(dependencies, { runId, shopId, causationId: requestEventId }));
    const isLast = shopIds.length < requestsPerStep;
    after = shopIds.at(-1) ?? after;
    yield isLast
      ? { publish: [...head, ...requests], advance: true }
      : { publish: [...head, ...requests], advance: false, metadata: JSON.stringify({ runId, after, isCancelled }) };
    if (isLast) return;
  }
}

/** The wish to have a shop billed in a run. The same wish has the same id, however often it is published. */
export function shopRequest(
  { codec, clock, deterministicId }: Pick<PublishRunDependencies, 'codec' | 'clock' | 'deterministicId'>,
  { runId, shopId, causationId }: { runId: string; shopId: string; causationId: string },
): OutRecord {
  return codec.encode(
    'shop-requests',
    shopId,
    'ShopBillRequested',
    { runId, shopId },
    {
      id: deterministicId(eventIdName({ runId, shopId, type: 'ShopBillRequested' })),
      correlationId: runId,
      causationId,
      time: clock.now(),
    },
  );
}

interface ResumePoint {
  /** The last shop that was asked for; null: nothing was published yet. */
  readonly after: string | null;
  readonly isCancelled: boolean;
}

function resumePoint(metadata: string, runId: string): ResumePoint {
  const beginning = { after: null, isCancelled: false };
  if (metadata === '') return beginning;
  try {
    const parsed = JSON.parse(metadata) as { runId?: unknown; after?: unknown; isCancelled?: unknown };
    if (parsed.runId !== runId || typeof parsed.after !== 'string') return beginning;
    return { after: parsed.after, isCancelled: parsed.isCancelled === true };
  } catch {
    return beginning; // Another program's note beside the offset: begin again, repeats are harmless.
  }
}

/** Id of a run's BillingRunStarted. */
export const runStartedIdName = (runId: string): string => `BillingRunStarted ${runId}`;

function startedRecord(
  { codec, deterministicId }: PublishRunDependencies,
  run: FrozenRun,
  requestEventId: string,
): OutRecord {
  const { runId, requestId, ...started } = run;
  return codec.encode(
    'run-events',
    runId,
    'BillingRunStarted',
    { runId, ...started },
    {
      id: deterministicId(runStartedIdName(runId)),
      correlationId: runId,
      causationId: requestEventId,
      time: run.startedAt,
      requestPosition: requestId,
    },
  );
}
