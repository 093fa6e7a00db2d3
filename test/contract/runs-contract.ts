/** What every store of planned runs promises. Run on memory and on Postgres. */
import { createHash } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import type { FrozenRun, PlannedRun, Runs } from '../../src/adapters/runs.ts';

const planned = (over: Partial<PlannedRun> = {}): PlannedRun => ({
  runId: 'run-1',
  requestId: 'request-1',
  period: {
    startDate: '2026-10-01',
    endDate: '2026-10-31',
    start: Date.UTC(2026, 9, 1),
    end: Date.UTC(2026, 10, 1),
    timeZone: 'Europe/Berlin',
  },
  dryRun: false,
  force: true,
  named: false,
  trigger: { source: 'github', actor: null, deliveryId: 'd1' },
  pins: [
    { topic: 'usage', partition: 1, offset: 9_007_199_254_740_993n },
    { topic: 'shops', partition: 0, offset: 0n },
  ],
  requestedAt: 1_790_000_000_000,
  startedAt: 1_790_000_000_001,
  ...over,
});

async function* chunks(...lists: readonly string[][]) {
  yield* lists;
}

const hashOf = (...shopIds: string[]) =>
  createHash('sha256')
    .update(shopIds.map((shopId) => `${shopId}\n`).join(''))
    .digest('hex');

/** @param createRuns an empty store, a new one for each test */
export function runsContract(createRuns: () => Promise<Runs>): void {
  let runs: Runs;
  beforeEach(async () => {
    runs = await createRuns();
  });

  test('a run comes back exactly, with count and hash of its manifest', async () => {
    const frozen = await runs.freeze(planned(), chunks(['a', 'b'], [], ['c']), async () => 7);

    expect(frozen).toEqual({
      ...planned(),
      expectedShops: 3,
      manifestSha256: hashOf('a', 'b', 'c'),
      unbillableShopsWithUsage: 7,
    });
    expect(await runs.find('run-1')).toEqual(frozen);
    expect(await runs.find('run-2')).toBeNull();
  });

  test('a run may have no shops, and nobody counted', async () => {
    const frozen = await runs.freeze(planned({ named: true }), chunks(), null);

    expect(frozen).toMatchObject({ expectedShops: 0, manifestSha256: hashOf(), unbillableShopsWithUsage: null });
    expect(await runs.manifest({ runId: 'run-1', after: null, limit: 10 })).toEqual([]);
  });

  test('its manifest tells which shops are in it', async () => {
    await runs.freeze(planned(), chunks(['a', 'b'], ['c']), null);

    expect(await runs.inManifest({ runId: 'run-1', shopIds: ['c', 'd', 'a'] })).toEqual(new Set(['a', 'c']));
    expect(await runs.inManifest({ runId: 'run-1', shopIds: [] })).toEqual(new Set());
    expect(await runs.inManifest({ runId: 'run-2', shopIds: ['a'] })).toEqual(new Set());
  });

  test('planned again, the run stays as it was and no manifest is read', async () => {
    const first = await runs.freeze(planned(), chunks(['a']), null);
    let read = false;
    const other = (async function* () {
      read = true;
      yield ['x'];
    })();

    const second = await runs.freeze(planned({ requestId: 'request-2', pins: [] }), other, null);

    expect(second).toEqual(first);
    expect(read).toBe(false);
    expect(await runs.manifest({ runId: 'run-1', after: null, limit: 10 })).toEqual(['a']);
  });

  test('of racing planners the first wins and all get the same run', async () => {
    const planners = Array.from({ length: 5 }, (_, i) =>
      runs.freeze(planned({ requestId: `request-${i}` }), chunks([`a${i}`], [`b${i}`]), async () => i),
    );

    const frozen = await Promise.all(planners);

    const winner = frozen[0]!.unbillableShopsWithUsage!;
    expect(frozen).toEqual(frozen.map(() => frozen[0]));
    expect(frozen[0]).toMatchObject({
      requestId: `request-${winner}`,
      manifestSha256: hashOf(`a${winner}`, `b${winner}`),
    });
    expect(await runs.manifest({ runId: 'run-1', after: null, limit: 10 })).toEqual([`a${winner}`, `b${winner}`]);
  });

  test('a planner that fails leaves nothing behind, and another one can plan', async () => {
    let waiting: Promise<FrozenRun> | undefined;
    const failing = (async function* () {
      yield ['a'];
      waiting = runs.freeze(planned(), chunks(['b']), null);
      throw new Error('the ledger is away');
    })();
    const first = runs.freeze(planned({ requestId: 'failing' }), failing, null);

    await expect(first).rejects.toThrow('the ledger is away');

    expect(await waiting).toMatchObject({ requestId: 'request-1', expectedShops: 1 });
    expect(await runs.manifest({ runId: 'run-1', after: null, limit: 10 })).toEqual(['b']);
  });

  test.each([
    ['descends', ['b'], ['a']],
    ['repeats', ['a'], ['a']],
  ])('refuses a manifest that %s, also between chunks', async (_, first, second) => {
    await expect(runs.freeze(planned(), chunks(first, second), null)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await runs.find('run-1')).toBeNull();
  });

  test('the manifest is paged in order of bytes', async () => {
    const shopIds = ['B', 'a', 'a-1', 'a_1', 'b', 'ä', '\uffee', '\u{1f600}'];
    await runs.freeze(planned(), chunks(shopIds), null);
    await runs.freeze(planned({ runId: 'run-0' }), chunks(['other']), null);

    const first = await runs.manifest({ runId: 'run-1', after: null, limit: 3 });
    const second = await runs.manifest({ runId: 'run-1', after: first.at(-1)!, limit: 3 });
    const third = await runs.manifest({ runId: 'run-1', after: second.at(-1)!, limit: 3 });

    expect([first.length, second.length, third.length]).toEqual([3, 3, 2]);
    expect([...first, ...second, ...third]).toEqual(shopIds);
    expect(await runs.manifest({ runId: 'run-1', after: third.at(-1)!, limit: 3 })).toEqual([]);
  });

  test('the runs of a period come newest first', async () => {
    const november = { ...planned().period, startDate: '2026-11-01' };
    await runs.freeze(planned({ runId: 'old', startedAt: 1 }), chunks(), null);
    await runs.freeze(planned({ runId: 'new', startedAt: 3 }), chunks(), null);
    await runs.freeze(planned({ runId: 'between', startedAt: 2 }), chunks(), null);
    await runs.freeze(planned({ runId: 'november', period: november }), chunks(), null);

    expect((await runs.ofPeriod('2026-10-01')).map((run) => run.runId)).toEqual(['new', 'between', 'old']);
    expect(await runs.ofPeriod('2026-09-01')).toEqual([]);
  });
}
