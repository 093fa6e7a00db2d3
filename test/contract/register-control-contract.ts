/** What every register promises to an operator: nothing of a cancelled run, and nothing while issuing is paused. */
import { beforeEach, describe, expect, test } from 'vitest';
import { at, command, decided, held, invoiced, OCTOBER, type RegisterWorld } from './register-given.ts';

export function registerControlContract(createWorld: () => Promise<RegisterWorld>): void {
  let world: RegisterWorld;
  beforeEach(async () => {
    world = await createWorld();
  });

  const state = async (runId = 'run-1', shopId = 's1') =>
    (await world.register.load([{ runId, shopId, periodStartDate: OCTOBER, source: at(99) }]))[0]!;

  describe('a cancelled run', () => {
    test('is told, and decides nothing more but in that knowledge', async () => {
      expect((await state()).cancelled).toBe(false);
      await world.cancelRun('run-1');
      expect((await state()).cancelled).toBe(true);
      expect((await state('run-2')).cancelled).toBe(false);

      const results = await world.register.record([
        invoiced(),
        decided({ shopId: 's2', outcome: 'failed' }),
        decided({ shopId: 's3', outcome: 'skipped', knowsCancelled: true }),
        invoiced({ shopId: 's4', runId: 'run-2' }),
      ]);

      expect(results.map((result) => result !== null)).toEqual([false, false, true, true]);
      expect(await state()).toMatchObject({ sequence: 0, decision: null });
      expect((await state('run-2', 's4')).decision).toMatchObject({ issuedNumber: 'INV-2026-000001' });
    });

    test('lets people decide about the bills it has made', async () => {
      await world.register.record([held(), invoiced({ shopId: 's2' })]);
      await world.cancelRun('run-1');

      const results = await world.register.record([command('release'), command('void', { shopId: 's2' })]);

      expect(results).not.toContain(null);
    });
  });

  describe('issuing that is paused', () => {
    test('takes no decision of any kind until it is resumed', async () => {
      await world.register.record([held()]);
      await world.setPaused(true);

      for (const decision of [decided({ shopId: 's2', outcome: 'skipped' }), command('release'), command('reject')]) {
        await expect(world.register.record([decision])).rejects.toMatchObject({ code: 'ISSUING_PAUSED' });
      }
      expect(await world.register.record([])).toEqual([]);
      expect(await state()).toMatchObject({ sequence: 1, decision: { outcome: 'held' } });

      await world.setPaused(false);
      expect(await world.register.record([command('release')])).not.toContain(null);
    });
  });
}
