import { createMemoryRegister } from '../../src/adapters/memory-register.ts';
import { registerContract } from './register-contract.ts';

registerContract(async () => {
  const cancelled = new Set<string>();
  let isPaused = false;
  return {
    register: createMemoryRegister({
      control: { isCancelled: (runId) => cancelled.has(runId), paused: () => isPaused },
    }),
    cancelRun: async (runId) => void cancelled.add(runId),
    setPaused: async (paused) => void (isPaused = paused),
  };
});
