/** Somebody wants a run stopped: BillingRunCancelRequested on the log, checked before. */
import type { Clock } from '../adapters/clock.ts';
import type { Codec } from '../adapters/codec.ts';
import type { Log } from '../adapters/log.ts';
import type { ReadModels } from '../adapters/read-models.ts';
import type { RunControl } from '../adapters/run-control.ts';
import type { Runs } from '../adapters/runs.ts';
import type { CancelRun } from '../app.ts';
import { BillingError } from '../errors.ts';
import { checkReason } from './reason.ts';

/** The planner's consumer group, whose place on `run-requests` tells what is still to be planned. */
const PLANNER_GROUP = 'planner';

/**
 * The planner carries the request out, ahead of everything that waits for shops to be billed. A run that has been asked
 * for and not planned yet can be cancelled too.
 */
export function createCancelRun({
  log,
  codec,
  runs,
  control,
  readModels,
  clock,
  randomId,
}: {
  log: Pick<Log, 'publish' | 'read' | 'endOffsets' | 'committedOffsets'>;
  codec: Codec;
  runs: Pick<Runs, 'find'>;
  control: Pick<RunControl, 'cancelledRun'>;
  readModels: Pick<ReadModels, 'findRun'>;
  clock: Clock;
  randomId: () => string;
}): CancelRun {
  return async function cancelRun({ runId, reason, actor }) {
    checkReason(reason);
    const run = await runs.find(runId);
    if (run === null && !(await isWaiting({ log, codec }, runId))) {
      throw new BillingError('NOT_FOUND', `There is no run ${runId}.`);
    }
    if ((await control.cancelledRun(runId)) !== null) return { runId, state: 'cancelled' };
    const seen = await readModels.findRun(runId);
    if (seen !== null && seen.revision > 0) return { runId, state: 'finished' };
    const now = clock.now();
    const request = { runId, reason, actor, requestedAt: now };
    const key = run === null ? runId : run.period.startDate.slice(0, 7);
    await log.publish([
      codec.encode('run-requests', key, 'BillingRunCancelRequested', request, {
        id: randomId(),
        correlationId: runId,
        causationId: null,
        time: now,
      }),
    ]);
    return { runId, state: 'requested' };
  };
}

/** Whether this run was asked for and the planner has not come to it. */
async function isWaiting(
  { log, codec }: { log: Pick<Log, 'read' | 'endOffsets' | 'committedOffsets'>; codec: Codec },
  runId: string,
): Promise<boolean> {
  const topic = 'run-requests';
  const reached = await log.committedOffsets(PLANNER_GROUP, [topic]);
  const ranges = (await log.endOffsets([topic])).map(({ partition, offset }) => ({
    topic,
    partition,
    from: reached.find((committed) => committed.partition === partition)?.offset ?? 0n,
    to: offset,
  })) satisfies Parameters<Log['read']>[0];
  for await (const records of log.read(ranges)) {
    for (const decoded of await codec.decode(records)) {
      if (!('message' in decoded) || decoded.message.type !== 'BillingRunRequested') continue;
      if (decoded.message.data.runId === runId) return true;
    }
  }
  return false;
}
