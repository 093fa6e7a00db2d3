import { describe, expect, test } from 'vitest';
import type { LockedRun, OutcomeCount } from '../../src/adapters/projection-store.ts';
import type { Outcome } from '../../src/domain/events.ts';
import { completionDue } from '../../src/projections/completion.ts';
import { foldRun } from '../../src/projections/run-state.ts';
import { NOVEMBER_1, runCancelled, runCompleted, runStarted } from './shop-events.ts';

const UNSEEN = { runId: 'run-1', started: null, cancelledAt: null, completed: null };
const count = (outcome: Outcome, shops: number, feesMinor: bigint | null = null): OutcomeCount => ({
  ...{ runId: 'run-1', outcome, shops, revenueMinor: 0n, feesMinor: feesMinor ?? 0n },
  ...{ currency: feesMinor === null ? null : 'USD', currencyExponent: feesMinor === null ? null : 2 },
});
const run = (expectedShops: number, counts: OutcomeCount[], last: LockedRun['lastCompletion'] = null): LockedRun => ({
  state: foldRun(UNSEEN, runStarted({ expectedShops })),
  counts,
  lastCompletion: last,
});

describe('a completion is due', () => {
  test.each<[string, LockedRun, object | null]>([
    ['not before the run has started', { ...run(0, []), state: UNSEEN }, null],
    ['not while a shop is missing', run(3, [count('zero', 2, 0n)]), null],
    ['not beyond what was expected', run(1, [count('zero', 2, 0n)]), null],
    ['at once without shops', run(0, []), { revision: 1, status: 'completed', outcomes: {}, totals: [] }],
    [
      'when all are there',
      run(2, [count('skipped', 2)]),
      { revision: 1, status: 'completed', outcomes: { skipped: 2 } },
    ],
    [
      'with failures when one failed',
      run(2, [count('skipped', 1), count('failed', 1)]),
      { status: 'completed_with_failures', outcomes: { failed: 1, skipped: 1 } },
    ],
    [
      'from partitions added up, where one may be below zero',
      run(2, [count('held', 2, 8n), count('held', -1, -4n), count('invoiced', 1, 4n)]),
      { outcomes: { held: 1, invoiced: 1 }, totals: [{ currency: 'USD', feesMinor: 8n }] },
    ],
    [
      'not when the last one said the same',
      run(1, [count('skipped', 1)], runCompleted({ outcomes: { skipped: 1 } }).data),
      null,
    ],
    [
      'again when the outcomes have changed',
      run(1, [count('zero', 1, 0n), count('failed', 0)], runCompleted({ revision: 4, outcomes: { failed: 1 } }).data),
      { revision: 5, status: 'completed', outcomes: { zero: 1 } },
    ],
    [
      'again when only the totals have changed',
      run(1, [count('zero', 1, 9n)], runCompleted({ outcomes: { zero: 1 } }).data),
      { revision: 2, totals: [{ feesMinor: 9n }] },
    ],
  ])('%s', (_, locked, expected) => {
    const due = completionDue(locked, NOVEMBER_1);
    if (expected === null) expect(due).toBeNull();
    else expect(due).toMatchObject({ runId: 'run-1', completedAt: NOVEMBER_1, ...expected });
  });
});

test('a run is folded from its events in any order, repeats included', () => {
  const events = [runStarted(), runCompleted(), runCompleted({ revision: 2, completedAt: 7 }), runCancelled()];
  const inOrder = events.reduce(foldRun, UNSEEN);

  expect([...events, ...events].reverse().reduce(foldRun, UNSEEN)).toEqual(inOrder);
  expect(inOrder).toMatchObject({ completed: { revision: 2, completedAt: 7 }, cancelledAt: NOVEMBER_1 });
  expect(foldRun(inOrder, runCompleted())).toBe(inOrder);
});
