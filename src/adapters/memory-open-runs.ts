/** Open runs in memory: the same answers as out of Postgres. */
import type { MemoryProjectionStore } from './memory-projection-store.ts';
import type { MemoryRuns } from './memory-runs.ts';
import type { OpenRuns } from './open-runs.ts';
import type { RunControlView } from './register.ts';
import { summarize } from './read-views.ts';

export function createMemoryOpenRuns({
  runs,
  control,
  store,
}: {
  runs: MemoryRuns;
  control: Pick<RunControlView, 'isCancelled'>;
  store: MemoryProjectionStore;
}): OpenRuns {
  const decidedShops = (runId: string) => {
    const { outcomes } = summarize([...(store.readModels().outcomes.get(runId)?.values() ?? [])]);
    return Object.values(outcomes).reduce((sum, shops) => sum + shops, 0);
  };
  return {
    list: async () =>
      runs
        .all()
        .filter(({ runId }) => !store.isSeenComplete(runId))
        .sort((a, b) => a.startedAt - b.startedAt || (a.runId < b.runId ? -1 : 1))
        .map(({ runId, requestId, startedAt, expectedShops }) => ({
          ...{ runId, requestId, startedAt, expectedShops },
          cancelled: control.isCancelled(runId),
          decidedShops: decidedShops(runId),
        })),

    missingShops: async ({ runId, after, limit }) => {
      const manifest = await runs.manifest({ runId, after, limit: Infinity });
      const results = store.readModels().shopResults.get(runId);
      return manifest.filter((shopId) => (results?.get(shopId)?.decided.outcome ?? null) === null).slice(0, limit);
    },

    lastEventAt: async () => {
      const newest = [...store.readModels().checkpoints.values()].map(({ newestAt }) => newestAt ?? -1);
      const last = Math.max(-1, ...newest);
      return last < 0 ? null : last;
    },
  };
}
