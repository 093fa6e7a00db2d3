/** What every run control promises. Run on memory and on Postgres. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { CancelOrder, RunControl } from '../../src/adapters/run-control.ts';
import type { PlannedRun, Runs } from '../../src/adapters/runs.ts';

export interface ControlWorld {
  readonly control: RunControl;
  readonly runs: Runs;
  /** Records an outcome of each of these shops, as the register would. */
  decide(runId: string, shopIds: readonly string[]): Promise<void>;
  /** Stores that the run was found complete. */
  complete(runId: string): Promise<void>;
}

const planned = (over: Partial<PlannedRun>): PlannedRun => ({
  runId: 'run-1',
  requestId: 'run-requests/0/0',
  period: { startDate: '2026-10-01', endDate: '2026-10-31', start: 0, end: 1, timeZone: 'UTC' },
  dryRun: false,
  force: false,
  named: false,
  trigger: { source: 'cli', actor: null, deliveryId: null },
  pins: [],
  requestedAt: 1,
  startedAt: 2,
  ...over,
});

const order = (over: Partial<CancelOrder> = {}): CancelOrder => ({
  runId: 'run-1',
  requestId: 'run-requests/0/7',
  reason: 'wrong month',
  actor: 'ann',
  at: 1_790_000_000_000,
  ...over,
});

async function* manifestOf(shopIds: readonly string[]) {
  yield shopIds;
}

/** @param createWorld no run planned, issuing never changed; a new one for each test */
export function runControlContract(createWorld: () => Promise<ControlWorld>): void {
  let world: ControlWorld;
  let control: RunControl;
  beforeEach(async () => {
    world = await createWorld();
    ({ control } = world);
  });
  const plan = (shopIds: readonly string[], over: Partial<PlannedRun> = {}) =>
    world.runs.freeze(planned(over), manifestOf(shopIds), null);

  describe('a run', () => {
    test('that was never planned cannot be cancelled', async () => {
      expect(await control.cancel(order())).toEqual({ result: 'unplanned' });
      expect(await control.cancelledRun('run-1')).toBeNull();
    });

    test('is cancelled, and it stands by whom, why, when and by which request', async () => {
      await plan(['a', 'b']);
      await plan(['a'], { runId: 'run-2' });
      const run = {
        ...{ runId: 'run-1', requestId: 'run-requests/0/7', reason: 'wrong month', actor: 'ann' },
        cancelledAt: 1_790_000_000_000,
      };

      expect(await control.cancel(order())).toEqual({ result: 'cancelled', run });
      expect(await control.cancelledRun('run-1')).toEqual(run);
      expect(await control.cancelledRun('run-2')).toBeNull();
    });

    test('is cancelled once: the first cancellation stands, whoever comes second or races', async () => {
      await plan(['a']);

      const orders = Array.from({ length: 5 }, (_, index) =>
        order({ requestId: `r/${index}`, actor: null, at: index }),
      );
      const answers = await Promise.all(orders.map((one) => control.cancel(one)));

      const stands = await control.cancelledRun('run-1');
      expect(stands).not.toBeNull();
      expect(answers).toEqual(answers.map(() => ({ result: 'cancelled', run: stands })));
      expect(await control.cancel(order())).toEqual({ result: 'cancelled', run: stands });
    });

    test('of which every shop is decided is not cancelled any more, one with a shop left is', async () => {
      await plan(['a', 'b']);
      await world.decide('run-1', ['a', 'b']);
      await plan(['a', 'b'], { runId: 'run-2' });
      await world.decide('run-2', ['a']);

      expect(await control.cancel(order())).toEqual({ result: 'finished' });
      expect(await control.cancelledRun('run-1')).toBeNull();
      expect(await control.cancel(order({ runId: 'run-2' }))).toMatchObject({ result: 'cancelled' });
    });

    test('that was cancelled and has all its outcomes since is still a cancelled one', async () => {
      await plan(['a']);
      const first = await control.cancel(order());
      await world.decide('run-1', ['a']);
      await world.complete('run-1');

      expect(await control.cancel(order({ requestId: 'later' }))).toEqual(first);
    });

    test.each([
      ['dry', { dryRun: true }, ['a']],
      ['without shops', {}, []],
    ])('%s has only its completion to tell that it has finished', async (_, over, shopIds) => {
      await plan(shopIds, over);
      await plan(shopIds, { ...over, runId: 'run-2' });
      await world.complete('run-2');

      expect(await control.cancel(order())).toMatchObject({ result: 'cancelled' });
      expect(await control.cancel(order({ runId: 'run-2' }))).toEqual({ result: 'finished' });
    });
  });

  describe('issuing', () => {
    const pause = { reason: 'numbers look wrong', actor: 'ann', at: 1_790_000_000_000 };
    const resume = { reason: 'they were right', actor: null, at: 1_790_000_000_500 };
    const paused = {
      ...{ revision: 1, paused: true, reason: 'numbers look wrong', actor: 'ann' },
      changedAt: 1_790_000_000_000,
    };
    const resumed = {
      ...{ revision: 2, paused: false, reason: 'they were right', actor: null },
      changedAt: 1_790_000_000_500,
    };

    test('goes on until somebody pauses it', async () => {
      const untouched = { paused: false, revision: 0, reason: null, actor: null, changedAt: null };
      expect(await control.issuing()).toEqual(untouched);
      expect(await control.resume(resume)).toEqual({ revision: 0, changed: false });
      expect(await control.issuing()).toEqual(untouched);
      expect(await control.unannouncedChanges()).toEqual([]);
    });

    test('is paused and resumed; each change counts once', async () => {
      expect(await control.pause(pause)).toEqual({ revision: 1, changed: true });
      expect(await control.pause({ ...pause, reason: 'again' })).toEqual({ revision: 1, changed: false });
      expect(await control.issuing()).toEqual(paused);
      expect(await control.resume(resume)).toEqual({ revision: 2, changed: true });
      expect(await control.resume(resume)).toEqual({ revision: 2, changed: false });
      expect(await control.issuing()).toEqual(resumed);
    });

    test('remembers every change until its event was published', async () => {
      await control.pause(pause);
      await control.resume(resume);
      expect(await control.unannouncedChanges()).toEqual([paused, resumed]);

      await control.noteAnnounced(1);
      expect(await control.unannouncedChanges()).toEqual([resumed]);

      await control.noteAnnounced(2);
      await control.noteAnnounced(1);
      expect(await control.unannouncedChanges()).toEqual([]);
    });

    test('is paused once by many at the same time', async () => {
      const answers = await Promise.all(Array.from({ length: 5 }, () => control.pause(pause)));

      expect(answers.filter(({ changed }) => changed)).toHaveLength(1);
      expect(answers.every(({ revision }) => revision === 1)).toBe(true);
      expect(await control.unannouncedChanges()).toHaveLength(1);
    });
  });
}
