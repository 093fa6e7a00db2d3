import { describe, expect, test } from 'vitest';
import type { OpenRun } from '../../src/adapters/open-runs.ts';
import { judgeRun, type Look, type WatchedRun } from '../../src/consumers/ask-again.ts';

const run = (decidedShops: number, fields: Partial<OpenRun> = {}): OpenRun => ({
  ...{ runId: 'r', requestId: 'run-requests/0/0', startedAt: 0, cancelled: false, expectedShops: 3, decidedShops },
  ...fields,
});
type Glance = Partial<Look> & { readonly run: OpenRun };
const quiet = { isPublished: true, isDrained: true, lastEventAt: null, stalledAfterMs: 300_000 };

/** What is done at each of these looks, three seconds apart unless `now` says otherwise. */
function looksAt(...looks: Glance[]) {
  let watched: WatchedRun | null = null;
  return looks.map(({ run: seen, ...look }, index) => {
    const judged = judgeRun(watched, seen, { ...quiet, now: index * 3_000, ...look });
    watched = judged.watched;
    return judged;
  });
}
const stepsAt = (...looks: Glance[]) => looksAt(...looks).map(({ step }) => step);

describe('shops without an outcome are asked for again', () => {
  test('when two looks in a row find nothing left to be worked off and nothing moved', () => {
    expect(stepsAt({ run: run(2) }, { run: run(2) })).toEqual(['wait', 'ask-again']);
  });

  test.each<[string, Partial<Look>, OpenRun]>([
    ['something is still to be worked off', { isDrained: false }, run(2)],
    ['the planner is still publishing the run', { isPublished: false }, run(2)],
    ['an outcome has come in', {}, run(3, { expectedShops: 4 })],
  ])('but not while %s', (_, look, second) => {
    expect(stepsAt({ run: run(2) }, { run: second, ...look }, { run: second })).toEqual(['wait', 'wait', 'wait']);
  });

  test('and again after pauses that double up to ten minutes, for as long as nothing moves', () => {
    const everySecond = Array.from({ length: 4_000 }, (_, second) => ({ run: run(2), now: second * 1_000 }));

    const askedAt = stepsAt(...everySecond).flatMap((step, second) => (step === 'ask-again' ? second : []));

    expect(askedAt).toEqual([1, 31, 91, 211, 451, 931, 1531, 2131, 2731, 3331, 3931]);
  });

  test('and at once when it has moved since', () => {
    const looks = [{ run: run(1) }, { run: run(1) }, { run: run(2) }, { run: run(2) }, { run: run(2) }];
    expect(stepsAt(...looks)).toEqual(['wait', 'ask-again', 'wait', 'wait', 'ask-again']);
  });
});

test('when the outcomes add up and nobody has said so, then that is announced', () => {
  expect(stepsAt({ run: run(3) }, { run: run(3) })).toEqual(['wait', 'announce']);
  expect(stepsAt({ run: run(0, { expectedShops: 0 }) }, { run: run(0, { expectedShops: 0 }) })[1]).toBe('announce');
});

describe('a run is stalled', () => {
  test('when no outcome has come in for as long as is allowed, whatever else goes on', () => {
    const busy = { isDrained: false };
    const stalled = looksAt(
      { run: run(0), now: 0, ...busy },
      { run: run(1), now: 200_000, ...busy },
      { run: run(1), now: 499_999, ...busy },
      { run: run(1), now: 500_000, ...busy },
      { run: run(2), now: 600_000, ...busy },
    ).map(({ watched }) => watched.isStalled);
    expect(stalled).toEqual([false, false, false, true, false]);
  });
});
