/** Follows a run in the read model until it has ended, and notices when it cannot. */
import type { ComponentHealth } from '../app.ts';
import type { Clock } from '../adapters/clock.ts';
import type { ReadModels, RunView } from '../adapters/read-models.ts';
import { BillingError } from '../errors.ts';
import { isFinished } from '../gateway/find-run.ts';
import { follow } from './follow.ts';

/**
 * Resolves with the run when every shop has its outcome. Rejects when `signal` aborts, when a server stays away, and when
 * the request was refused and so no run will come of it.
 * @param onProgress called with every look at the run; null while it is not planned
 * @param onStalled called each time nothing has moved for a while
 */
export async function followRun({
  runId,
  readModels,
  onProgress,
  ...following
}: {
  runId: string;
  readModels: Pick<ReadModels, 'findRun' | 'listDeadLetters'>;
  clock: Clock;
  signal: AbortSignal;
  serversHealth: () => Promise<ComponentHealth[]>;
  onProgress: (run: RunView | null) => void;
  onStalled: () => Promise<void>;
}): Promise<RunView> {
  let isPlanned = false;
  return follow({
    ...following,
    look: async () => {
      const run = await readModels.findRun(runId);
      onProgress(run);
      isPlanned = run !== null;
      if (run !== null && isFinished(run)) return { result: run };
      return { state: run === null ? '' : JSON.stringify(run.outcomes) };
    },
    onCheck: async () => {
      if (!isPlanned) await checkNotRefused(readModels, runId);
    },
  });
}

/** A request that cannot be planned is dead-lettered; its run would be waited for in vain. */
async function checkNotRefused(readModels: Pick<ReadModels, 'listDeadLetters'>, runId: string): Promise<void> {
  const where = { topic: 'run-requests.dlq', runId } as const;
  const [refusal] = (await readModels.listDeadLetters({ where, cursor: null, limit: 1 })).items;
  if (refusal === undefined) return;
  throw new BillingError('REQUEST_INVALID', `The request was refused (${refusal.code}): ${refusal.message}`);
}
