/** What a run is, fixed before anything of it is published: its id, its period, its shops, its pins. */
import type { Clock } from '../adapters/clock.ts';
import type { Ledger } from '../adapters/ledger.ts';
import type { Batch, Log } from '../adapters/log.ts';
import type { Logger } from '../adapters/logger.ts';
import type { FrozenRun, PlannedRun, Runs } from '../adapters/runs.ts';
import { resolvePeriod } from '../domain/billing-period.ts';
import type { Period } from '../domain/events.ts';
import { runIdName } from '../domain/ids.ts';
import type { BillingRunRequested } from '../domain/requests.ts';
import { FACT_TOPICS } from '../topics.ts';
import { billableShops, namedShops } from './manifest.ts';
import type { RunRequest } from './run-request.ts';
import { waitForIngester } from './wait-for-ingester.ts';

interface FreezeRunDependencies {
  readonly log: Pick<Log, 'endOffsets'>;
  readonly ledger: Ledger;
  readonly runs: Pick<Runs, 'freeze'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Relative to when it was asked, so that a request met again later still means the same month. */
export function periodOf(
  { clock, timeZone }: { clock: Clock; timeZone: string },
  request: BillingRunRequested,
): Period {
  const now = Math.min(request.requestedAt, clock.now());
  return resolvePeriod(request, { now, timeZone, dryRun: request.dryRun });
}

/** A live run over all shops of a period has one id, whoever asks; any other run is known by its request. */
export function runIdOf(
  { deterministicId }: { deterministicId: (name: string) => string },
  request: BillingRunRequested,
  period: Period,
  requestEventId: string,
): string {
  if (request.runId !== null) return request.runId;
  const isDeterministic = request.shopIds === null && !request.dryRun && !request.force;
  return deterministicId(isDeterministic ? runIdName(period) : requestEventId);
}

/**
 * Freezes the run with what is on the log now. A run that is cancelled before the ledger has come that far is frozen
 * all the same, so that it has an end that everybody can see: without shops, unless they were named.
 */
export async function freezeRun(
  dependencies: FreezeRunDependencies,
  batch: Batch,
  { data: request, requestId }: RunRequest<BillingRunRequested>,
  { runId, period, cancelAhead }: { runId: string; period: Period; cancelAhead: () => Promise<unknown> },
): Promise<FrozenRun> {
  const { log, ledger, runs, clock, logger } = dependencies;
  const pins = await log.endOffsets(FACT_TOPICS);
  const isLedgerThere = await waitForIngester({
    ...dependencies,
    pins,
    batch,
    giveUp: async () => (await cancelAhead()) !== null,
  });
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
    request.shopIds !== null || !isLedgerThere
      ? namedShops(request.shopIds ?? [])
      : billableShops({ ledger, period, pins, heartbeat });
  const run = await runs.freeze(planned, manifest.shopIds, manifest.unbillableShopsWithUsage);
  logger.info(
    { correlationId: runId, expectedShops: run.expectedShops, period: period.startDate },
    isLedgerThere ? 'run planned' : 'run cancelled before it could be planned',
  );
  return run;
}
