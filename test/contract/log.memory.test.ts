import { systemClock } from '../../src/adapters/clock.ts';
import { createMemoryBroker } from '../../src/adapters/memory-broker.ts';
import { createMemoryLog } from '../../src/adapters/memory-log.ts';
import { createMemoryPublicationMarks } from '../../src/adapters/memory-publication-marks.ts';
import { logContract } from './log-contract.ts';

logContract('memory', async () => {
  const marks = createMemoryPublicationMarks();
  const broker = createMemoryBroker({ partitions: 4, now: () => systemClock.now() });
  return {
    marks,
    process: (own = marks) => createMemoryLog({ broker, clock: systemClock, marks: own }),
    resetOffset: async (...place) => broker.resetOffset(...place),
    close: async () => {},
  };
});
