import { expect, test } from 'vitest';
import { isStalled, progressOf } from '../../src/domain/run-progress.ts';

const run = (decidedShops: number) => ({ startedAt: 1_000, decidedShops });

test('a run seen for the first time has moved when it started, or with the newest event of any run', () => {
  expect(progressOf(null, run(0), { now: 5_000, lastEventAt: null })).toEqual({ decidedShops: 0, movedAt: 1_000 });
  expect(progressOf(null, run(7), { now: 5_000, lastEventAt: 500 }).movedAt).toBe(1_000);
  expect(progressOf(null, run(7), { now: 5_000, lastEventAt: 3_000 }).movedAt).toBe(3_000);
  // Clocks of a broker and of this process differ.
  expect(progressOf(null, run(7), { now: 5_000, lastEventAt: 9_000 }).movedAt).toBe(5_000);
});

test('it moves whenever its outcomes change, and only then', () => {
  const first = progressOf(null, run(2), { now: 5_000, lastEventAt: null });

  expect(progressOf(first, run(2), { now: 9_000, lastEventAt: 8_000 })).toBe(first);
  expect(progressOf(first, run(3), { now: 9_000, lastEventAt: 8_000 })).toEqual({ decidedShops: 3, movedAt: 9_000 });
});

test('it is stalled when it has not moved for as long as is allowed', () => {
  expect(isStalled({ decidedShops: 2, movedAt: 1_000 }, 1_999, 1_000)).toBe(false);
  expect(isStalled({ decidedShops: 2, movedAt: 1_000 }, 2_000, 1_000)).toBe(true);
});
