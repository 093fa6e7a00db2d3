/** Follows a run in the read model until it has ended, and notices when it cannot. */
import type { ComponentHealth } from '../app.ts';
import type { Clock } from '../adapters/clock.ts';
import type { ReadModels, RunView } from '../adapters/read-models.ts';
import { BillingError, type ErrorCode } from '../errors.ts';
import { isFinished } from '../gateway/find-run.ts';
import { allPages, PAGE_SIZE } from './pages.ts';

const POLL_EVERY_MS = 250;
/** How often servers and dead letters are looked at: a server that dies is named within a few seconds. */
const CHECK_EVERY_MS = 2_000;
const STALLED_AFTER_MS = 15_000;
/** One missed answer may be a hiccup. */
const UNHEALTHY_CHECKS = 2;

/** A run does without the registry: its schemas are frozen files. */
const NEEDED: Readonly<Record<string, { readonly code: ErrorCode; readonly title: string }>> = {
  kafka: { code: 'KAFKA_UNREACHABLE', title: 'Kafka' },
  postgres: { code: 'POSTGRES_UNREACHABLE', title: 'Postgres' },
};

/**
 * Resolves with the run when every shop has its outcome. Rejects when `signal` aborts, when a server stays away, and when
 * the request was refused and so no run will come of it.
 * @param onProgress called with every look at the run; null while it is not planned
 * @param onStalled called each time nothing has moved for a while
 */
export async function followRun({
  runId,
  readModels,
  clock,
  signal,
  serversHealth,
  onProgress,
  onStalled,
}: {
  runId: string;
  readModels: Pick<ReadModels, 'findRun' | 'listDeadLetters'>;
  clock: Clock;
  signal: AbortSignal;
  serversHealth: () => Promise<ComponentHealth[]>;
  onProgress: (run: RunView | null) => void;
  onStalled: () => Promise<void>;
}): Promise<RunView> {
  let unhealthyChecks = 0;
  let nextCheckAt = clock.now() + CHECK_EVERY_MS;
  let seen = '';
  let movedAt = clock.now();
  for (;;) {
    signal.throwIfAborted();
    const run = await readModels.findRun(runId);
    onProgress(run);
    if (run !== null && isFinished(run)) return run;
    const now = clock.now();
    const state = run === null ? '' : JSON.stringify(run.outcomes);
    if (state !== seen) [seen, movedAt] = [state, now];
    if (now >= nextCheckAt) {
      const away = (await serversHealth()).find(({ name, healthy }) => !healthy && name in NEEDED);
      unhealthyChecks = away ? unhealthyChecks + 1 : 0;
      if (away && unhealthyChecks >= UNHEALTHY_CHECKS) throw serverAway(away);
      if (run === null) await checkNotRefused(readModels, runId);
      nextCheckAt = clock.now() + CHECK_EVERY_MS;
    }
    if (now - movedAt >= STALLED_AFTER_MS) {
      movedAt = now;
      await onStalled();
    }
    await clock.sleep(POLL_EVERY_MS, signal);
  }
}

function serverAway({ name, reason }: ComponentHealth): BillingError {
  const { code, title } = NEEDED[name]!;
  return new BillingError(code, `${title} went away${reason === null ? '' : `: ${reason}`}.`);
}

/** A request that cannot be planned is dead-lettered; its run would be waited for in vain. */
async function checkNotRefused(readModels: Pick<ReadModels, 'listDeadLetters'>, runId: string): Promise<void> {
  for await (const letters of allPages((cursor) => readModels.listDeadLetters({ cursor, limit: PAGE_SIZE }))) {
    const refusal = letters.find((letter) => letter.originalTopic.endsWith('run-requests') && letter.runId === runId);
    if (refusal) {
      throw new BillingError('REQUEST_INVALID', `The request was refused (${refusal.code}): ${refusal.message}`);
    }
  }
}
