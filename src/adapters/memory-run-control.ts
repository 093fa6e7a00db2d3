/** Run control in memory: the same promises in the plainest way, for tests and the simulator. */
import type { RunControlView } from './register.ts';
import type { CancelledRun, Issuing, IssuingChange, IssuingOrder, RunControl } from './run-control.ts';
import type { FrozenRun, Runs } from './runs.ts';

/** @param isFinished whether every shop of the run has an outcome */
export function createMemoryRunControl({
  runs,
  isFinished,
}: {
  runs: Pick<Runs, 'find'>;
  isFinished: (run: FrozenRun) => Promise<boolean> | boolean;
}): RunControl & RunControlView {
  const cancelled = new Map<string, CancelledRun>();
  const changes: IssuingChange[] = [];
  let announced = 0;

  function change(paused: boolean, { reason, actor, at }: IssuingOrder) {
    const changed = paused !== (changes.at(-1)?.paused ?? false);
    const revision = (changes.at(-1)?.revision ?? 0) + Number(changed);
    if (changed) changes.push({ revision, paused, reason, actor, changedAt: at });
    return { revision, changed };
  }

  return {
    isCancelled: (runId) => cancelled.has(runId),
    paused: () => changes.at(-1)?.paused ?? false,

    cancel: async ({ runId, requestId, reason, actor, at }) => {
      const run = await runs.find(runId);
      if (run === null) return { result: 'unplanned' };
      const isOver = !cancelled.has(runId) && (await isFinished(run));
      // Nothing is awaited from here on: the first one stands.
      const known = cancelled.get(runId);
      if (known) return { result: 'cancelled', run: known };
      if (isOver) return { result: 'finished' };
      const order = { runId, requestId, reason, actor, cancelledAt: at };
      cancelled.set(runId, order);
      return { result: 'cancelled', run: order };
    },

    cancelledRun: async (runId) => cancelled.get(runId) ?? null,
    pause: async (order) => change(true, order),
    resume: async (order) => change(false, order),
    issuing: async () => toIssuing(changes.at(-1)),
    restoreCancelled: async (run) => {
      if ((await runs.find(run.runId)) !== null && !cancelled.has(run.runId)) cancelled.set(run.runId, run);
    },
    restoreIssuing: async (told) => {
      if (told.revision <= (changes.at(-1)?.revision ?? 0)) return;
      changes.push(told);
      announced = told.revision;
    },
    unannouncedChanges: async () => changes.filter(({ revision }) => revision > announced),
    noteAnnounced: async (revision) => void (announced = Math.max(announced, revision)),
  };
}

function toIssuing(last: IssuingChange | undefined): Issuing {
  return last ?? { paused: false, revision: 0, reason: null, actor: null, changedAt: null };
}
