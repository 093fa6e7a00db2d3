import { createMemoryOpenRuns } from '../../src/adapters/memory-open-runs.ts';
import { createMemoryProjectionStore } from '../../src/adapters/memory-projection-store.ts';
import { createMemoryRunControl } from '../../src/adapters/memory-run-control.ts';
import { createMemoryRuns } from '../../src/adapters/memory-runs.ts';
import { openRunsContract } from './open-runs-contract.ts';

openRunsContract(async () => {
  const [runs, store] = [createMemoryRuns(), createMemoryProjectionStore()];
  const control = createMemoryRunControl({ runs, isFinished: () => false });
  return { runs, store, control, openRuns: createMemoryOpenRuns({ runs, control, store }) };
});
