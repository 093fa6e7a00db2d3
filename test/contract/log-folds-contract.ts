import { expect, test } from 'vitest';
import type { LogFolds } from '../../src/adapters/log-folds.ts';

/** @param createFolds ones that were never moved, new for each test */
export function logFoldsContract(createFolds: () => Promise<LogFolds>): void {
  const at = (partition: number, offset: bigint) => ({ topic: 'events', partition, offset });
  const sorted = async (folds: LogFolds) => (await folds.positions()).sort((a, b) => a.partition - b.partition);

  test('positions of partitions are kept apart, and only move forward', async () => {
    const folds = await createFolds();
    expect(await folds.positions()).toEqual([]);

    await folds.move([at(0, 5n), at(1, 7n)]);
    await folds.move([at(1, 6n), at(2, 2n ** 40n)]);
    await folds.move([]);

    expect(await sorted(folds)).toEqual([at(0, 5n), at(1, 7n), at(2, 2n ** 40n)]);
  });
}
