/**
 * Looks after the runs that are open: asks again for shops that were never asked for, has a completion announced that
 * was lost, and says when a run does not move. Belongs to the planner; one process does it at a time, and two would do
 * no harm: a shop asked for twice is decided once.
 */
import type { Clock } from '../adapters/clock.ts';
import type { Codec } from '../adapters/codec.ts';
import type { Log } from '../adapters/log.ts';
import type { Logger } from '../adapters/logger.ts';
import type { OpenRun, OpenRuns } from '../adapters/open-runs.ts';
import type { RunControl } from '../adapters/run-control.ts';
import type { Pin } from '../domain/log-position.ts';
import { judgeRun, type WatchedRun } from './ask-again.ts';
import { isPast, readBacklog, type Backlog, type WorkingGroups } from './backlog.ts';
import { runStartedIdName, shopRequest } from './publish-run.ts';

export interface WatchRunsDependencies {
  readonly log: Pick<Log, 'publish' | 'endOffsets' | 'committedOffsets'>;
  readonly codec: Codec;
  readonly openRuns: OpenRuns;
  readonly control: Pick<RunControl, 'issuing'>;
  readonly checkpoints: () => Promise<readonly Pin[]>;
  /** Publishes the completion of a run whose outcomes add up. */
  readonly announce: (runId: string) => Promise<void>;
  readonly groups: WorkingGroups;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly deterministicId: (name: string) => string;
  readonly stalledAfterMs: number;
  readonly requestsPerPublish?: number;
}

/** Returns one look at all open runs, to be repeated every few seconds; it remembers what it saw. */
export function createWatchRuns(dependencies: WatchRunsDependencies): () => Promise<void> {
  const { openRuns, clock, stalledAfterMs } = dependencies;
  let watched = new Map<string, WatchedRun>();

  return async function watchRuns() {
    const runs = await openRuns.list();
    if (runs.length === 0) return void (watched = new Map());
    const backlog = await readBacklog(dependencies);
    const look = {
      now: clock.now(),
      lastEventAt: await openRuns.lastEventAt(),
      isDrained: backlog.shopRequests + backlog.events === 0n,
      stalledAfterMs,
    };
    const before = watched;
    watched = new Map();
    for (const run of runs) {
      const known = before.get(run.runId) ?? null;
      const isPublished = isPast(backlog.planned, run.requestId);
      const { watched: now, step } = judgeRun(known, run, { ...look, isPublished });
      watched.set(run.runId, now);
      if (now.isStalled && !known?.isStalled) await reportStall(dependencies, run, now, backlog);
      if (step === 'ask-again') await askAgain(dependencies, run);
      if (step === 'announce') await dependencies.announce(run.runId);
    }
  };
}

async function reportStall(
  { logger, control, clock }: WatchRunsDependencies,
  { runId, expectedShops, decidedShops, cancelled }: OpenRun,
  { progress }: WatchedRun,
  { shopRequests, events }: Backlog,
): Promise<void> {
  const { paused } = await control.issuing();
  logger.warn(
    {
      correlationId: runId,
      missing: expectedShops - decidedShops,
      waiting: Number(shopRequests),
      unprojected: Number(events),
      forSeconds: Math.round((clock.now() - progress.movedAt) / 1_000),
      ...{ cancelled, paused },
    },
    paused ? 'run does not move: issuing is paused' : 'run does not move',
  );
}

async function askAgain(dependencies: WatchRunsDependencies, { runId }: OpenRun): Promise<void> {
  const { openRuns, log, logger, deterministicId, requestsPerPublish = 2_000 } = dependencies;
  const causationId = deterministicId(runStartedIdName(runId));
  let asked = 0;
  for (let after: string | null = null; ;) {
    const shopIds: string[] = await openRuns.missingShops({ runId, after, limit: requestsPerPublish });
    if (shopIds.length > 0)
      await log.publish(shopIds.map((shopId) => shopRequest(dependencies, { runId, shopId, causationId })));
    asked += shopIds.length;
    if (shopIds.length < requestsPerPublish) break;
    after = shopIds.at(-1)!;
  }
  logger.warn({ correlationId: runId, shops: asked }, 'shops without an outcome are asked for again');
}
