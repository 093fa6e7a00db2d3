import { createMemoryRunControl } from '../../src/adapters/memory-run-control.ts';
import { createMemoryRuns } from '../../src/adapters/memory-runs.ts';
import { runControlContract } from './run-control-contract.ts';

runControlContract(async () => {
  const runs = createMemoryRuns();
  const decided = new Map<string, number>();
  const completed = new Set<string>();
  return {
    runs,
    control: createMemoryRunControl({
      runs,
      isFinished: ({ runId, expectedShops, dryRun }) =>
        completed.has(runId) || (expectedShops > 0 && !dryRun && decided.get(runId) === expectedShops),
    }),
    decide: async (runId, shopIds) => void decided.set(runId, shopIds.length),
    complete: async (runId) => void completed.add(runId),
  };
});
