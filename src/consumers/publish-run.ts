/**
 * Publishes a frozen run in parts. What was published stands beside the committed offset, in the same transaction, so
 * that a planner cut off anywhere goes on behind the last part.
 */
import type { Clock } from '../adapters/clock.ts';
import type { Codec } from '../adapters/codec.ts';
import type { OutRecord, Step } from '../adapters/log.ts';
import type { FrozenRun, Runs } from '../adapters/runs.ts';
import { eventIdName } from '../domain/ids.ts';

export interface PublishRunDependencies {
  readonly codec: Codec;
  readonly runs: Pick<Runs, 'manifest'>;
  readonly clock: Clock;
  readonly deterministicId: (name: string) => string;
  readonly requestsPerStep?: number;
}

/** @param metadata what the step before this one, if there was one, left beside the offset */
export async function* publishRun(
  dependencies: PublishRunDependencies,
  run: FrozenRun,
  requestEventId: string,
  metadata: string,
): AsyncIterable<Step> {
  const { runs, requestsPerStep = 2_000 } = dependencies;
  const { runId } = run;
  let after = resumePoint(metadata, runId);
  const opening = after === null ? [startedRecord(dependencies, run, requestEventId)] : [];
  for (let head: OutRecord[] = opening; ; head = []) {
    const shopIds = await runs.manifest({ runId, after, limit: requestsPerStep });
    const requests = shopIds.map((shopId) => shopRequest(dependencies, { runId, shopId, causationId: requestEventId }));
    const isLast = shopIds.length < requestsPerStep;
    after = shopIds.at(-1) ?? after;
    yield isLast
      ? { publish: [...head, ...requests], advance: true }
      : { publish: [...head, ...requests], advance: false, metadata: JSON.stringify({ runId, after }) };
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

function resumePoint(metadata: string, runId: string): string | null {
  if (metadata === '') return null;
  try {
    const parsed = JSON.parse(metadata) as { runId?: unknown; after?: unknown };
    return parsed.runId === runId && typeof parsed.after === 'string' ? parsed.after : null;
  } catch {
    return null; // Another program's note beside the offset: begin again, repeats are harmless.
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
  const record = codec.encode(
    'run-events',
    runId,
    'BillingRunStarted',
    { runId, ...started },
    {
      id: deterministicId(runStartedIdName(runId)),
      correlationId: runId,
      causationId: requestEventId,
      time: run.startedAt,
    },
  );
  return { ...record, headers: { ...record.headers, 'request-position': requestId } };
}
