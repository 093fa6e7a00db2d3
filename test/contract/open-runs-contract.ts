/** What every view of open runs promises. Run on memory and on Postgres. */
import { beforeEach, expect, test } from 'vitest';
import type { OpenRuns } from '../../src/adapters/open-runs.ts';
import type { ProjectionStore } from '../../src/adapters/projection-store.ts';
import type { RunControl } from '../../src/adapters/run-control.ts';
import type { PlannedRun, Runs } from '../../src/adapters/runs.ts';
import { NOVEMBER_1, OCTOBER, calculated, invoiced, runStarted, skipped } from '../projections/shop-events.ts';
import { createWrittenLog, projectorAt, type WrittenLog } from './projector-at-log.ts';

export interface OpenRunsUnderTest {
  readonly openRuns: OpenRuns;
  readonly runs: Runs;
  readonly control: RunControl;
  readonly store: ProjectionStore;
}

const planned = (over: Partial<PlannedRun>): PlannedRun => ({
  runId: 'run-1',
  requestId: 'run-requests/0/5',
  period: OCTOBER,
  dryRun: false,
  force: false,
  named: false,
  trigger: { source: 'cli', actor: null, deliveryId: null },
  pins: [],
  requestedAt: NOVEMBER_1,
  startedAt: NOVEMBER_1,
  ...over,
});

/** @param createEmpty everything empty, for each test anew */
export function openRunsContract(createEmpty: () => Promise<OpenRunsUnderTest>): void {
  let world: OpenRunsUnderTest;
  let log: WrittenLog;
  let projector: ReturnType<typeof projectorAt>;
  beforeEach(async () => {
    world = await createEmpty();
    log = createWrittenLog();
    projector = projectorAt(log, world.store);
  });

  const plan = (shopIds: readonly string[], over: Partial<PlannedRun> = {}) =>
    world.runs.freeze(
      planned(over),
      (async function* () {
        yield shopIds;
      })(),
      null,
    );
  const missing = (after: string | null = null, limit = 10) =>
    world.openRuns.missingShops({ runId: 'run-1', after, limit });

  test('before anything was planned there are none', async () => {
    expect(await world.openRuns.list()).toEqual([]);
    expect(await world.openRuns.lastEventAt()).toBeNull();
    expect(await missing()).toEqual([]);
  });

  test('a planned run is open, also when nothing of it was projected yet; the oldest comes first', async () => {
    await plan(['a', 'b'], { runId: 'run-2', startedAt: NOVEMBER_1 + 1 });
    await plan(['a', 'b']);
    await world.control.cancel({ runId: 'run-2', requestId: 'r', reason: 'x', actor: null, at: 1 });

    const open = { requestId: 'run-requests/0/5', expectedShops: 2, decidedShops: 0 };
    expect(await world.openRuns.list()).toEqual([
      { ...open, runId: 'run-1', startedAt: NOVEMBER_1, cancelled: false },
      { ...open, runId: 'run-2', startedAt: NOVEMBER_1 + 1, cancelled: true },
    ]);
    expect(await missing()).toEqual(['a', 'b']);
  });

  test('shops with an outcome are counted and not missing; a bill whose invoice was not seen has none yet', async () => {
    await plan(['a', 'b', 'c', 'd']);
    log.writeRuns(runStarted({ expectedShops: 4 }));
    log.writeShops(0, skipped({ shopId: 'b' }), calculated('invoiced', { shopId: 'd' }, {}));
    log.writeShops(1, calculated('zero', { shopId: 'c' }, {}));
    await projector.settle();

    expect(await world.openRuns.list()).toMatchObject([{ expectedShops: 4, decidedShops: 2 }]);
    expect(await missing()).toEqual(['a', 'd']);
    expect(await missing(null, 1)).toEqual(['a']);
    expect(await missing('a', 1)).toEqual(['d']);
    expect(await world.openRuns.lastEventAt()).toBeGreaterThanOrEqual(NOVEMBER_1);
  });

  test('what other runs decided about a shop does not count', async () => {
    await plan(['a']);
    log.writeShops(0, skipped({ shopId: 'a', runId: 'run-2' }));
    await projector.settle();

    expect(await world.openRuns.list()).toMatchObject([{ runId: 'run-1', decidedShops: 0 }]);
    expect(await missing()).toEqual(['a']);
  });

  test('a run is open until its completion was seen on the log, not only found due', async () => {
    await plan(['a']);
    log.writeRuns(runStarted({ expectedShops: 1 }));
    await projector.project({ topic: 'run-events' });
    log.writeShops(0, calculated('invoiced', { shopId: 'a' }, {}), invoiced({ shopId: 'a' }, { number: 1 }));
    const [completion] = await projector.project({ topic: 'events' });

    expect(await world.openRuns.list()).toMatchObject([{ expectedShops: 1, decidedShops: 1 }]);

    log.write('run-events', 0, completion!);
    await projector.project({ topic: 'run-events' });
    expect(await world.openRuns.list()).toEqual([]);
  });
}
