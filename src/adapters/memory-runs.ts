/** Planned runs in memory: the same promises in the plainest way, for tests and the simulator. */
import { compareIds } from './id-order.ts';
import { createManifestHash } from './manifest-hash.ts';
import type { FrozenRun, Runs } from './runs.ts';

interface Frozen {
  readonly run: FrozenRun;
  readonly shopIds: readonly string[];
}

export interface MemoryRuns extends Runs {
  all(): FrozenRun[];
}

export function createMemoryRuns(): MemoryRuns {
  const frozen = new Map<string, Frozen>();
  const freezing = new Map<string, Promise<void>>();

  return {
    all: () => [...frozen.values()].map(({ run }) => run),

    find: async (runId) => frozen.get(runId)?.run ?? null,

    freeze: async (run, manifest, countUnbillable) => {
      // Whoever comes second waits for the first, and takes over when the first fails.
      while (freezing.has(run.runId)) await freezing.get(run.runId)!.catch(() => {});
      const known = frozen.get(run.runId);
      if (known) return known.run;
      const work = (async () => {
        const hash = createManifestHash();
        const shopIds: string[] = [];
        for await (const chunk of manifest) {
          hash.add(chunk);
          shopIds.push(...chunk);
        }
        const unbillableShopsWithUsage = countUnbillable && (await countUnbillable());
        frozen.set(run.runId, { run: { ...run, ...hash.finish(), unbillableShopsWithUsage }, shopIds });
      })();
      freezing.set(run.runId, work);
      try {
        await work;
      } finally {
        freezing.delete(run.runId);
      }
      return frozen.get(run.runId)!.run;
    },

    manifest: async ({ runId, after, limit }) =>
      (frozen.get(runId)?.shopIds ?? [])
        .filter((shopId) => after === null || compareIds(shopId, after) > 0)
        .slice(0, limit),

    restore: async (run) => {
      if (frozen.has(run.runId)) return false;
      frozen.set(run.runId, { run, shopIds: [] });
      return true;
    },

    restoreManifest: async (runId, shopIds) => {
      const { run, shopIds: known } = frozen.get(runId)!;
      frozen.set(runId, { run, shopIds: [...new Set([...known, ...shopIds])].sort(compareIds) });
    },

    inManifest: async ({ runId, shopIds }) => {
      const manifest = new Set(frozen.get(runId)?.shopIds);
      return new Set(shopIds.filter((shopId) => manifest.has(shopId)));
    },

    ofPeriod: async (periodStartDate) =>
      [...frozen.values()]
        .map(({ run }) => run)
        .filter((run) => run.period.startDate === periodStartDate)
        .sort((a, b) => b.startedAt - a.startedAt || compareIds(b.runId, a.runId)),
  };
}
