import { beforeEach, describe, expect, test } from 'vitest';
import { createMemoryLog, type MemoryLog } from '../../src/adapters/memory-log.ts';
import { createMemoryPublicationMarks } from '../../src/adapters/memory-publication-marks.ts';
import type { RunView } from '../../src/adapters/read-models.ts';
import { createCancelRun } from '../../src/producers/cancel-run.ts';
import { runView } from '../gateway/views.ts';
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts';

let world: MemoryWorld;
let log: MemoryLog;
let projected: RunView | null;
let cancelRun: ReturnType<typeof createCancelRun>;

beforeEach(() => {
  world = createMemoryWorld();
  log = createMemoryLog({ clock: world.clock, marks: createMemoryPublicationMarks() });
  projected = null;
  cancelRun = createCancelRun({
    ...world,
    log,
    readModels: { findRun: async () => projected },
    randomId: () => 'id-1',
  });
});

const ask = { runId: 'run-1', reason: 'wrong month', actor: 'ann' };
const requests = async () => {
  const end = log.broker.end('run-requests', 0);
  const decoded = await world.codec.decode(log.broker.slice('run-requests', 0, 0n, end));
  return decoded.flatMap((one) => ('message' in one ? [one] : []));
};
const freeze = () =>
  world.runs.freeze(
    {
      ...{ runId: 'run-1', requestId: 'run-requests/0/0', dryRun: false, force: false, named: false },
      period: { startDate: '2026-10-01', endDate: '2026-10-31', start: 0, end: 1, timeZone: 'UTC' },
      trigger: { source: 'cli', actor: null, deliveryId: null },
      pins: [],
      requestedAt: 1,
      startedAt: 2,
    },
    (async function* () {
      yield ['a'];
    })(),
    null,
  );

describe('given a planned run', () => {
  beforeEach(freeze);

  test('when it goes on, then its cancellation is asked for, under the key of its period', async () => {
    expect(await cancelRun(ask)).toEqual({ runId: 'run-1', state: 'requested' });

    const [request] = await requests();
    expect(request).toMatchObject({
      record: { key: '2026-10' },
      message: {
        type: 'BillingRunCancelRequested',
        data: { ...ask, requestedAt: world.clock.now() },
      },
      envelope: { id: 'id-1', correlationId: 'run-1' },
    });
  });

  test('when it was cancelled before, then that is the answer and nothing is published', async () => {
    await world.control.cancel({ ...ask, requestId: 'run-requests/0/1', at: 3 });

    expect(await cancelRun(ask)).toEqual({ runId: 'run-1', state: 'cancelled' });
    expect(await requests()).toEqual([]);
  });

  test('when it has finished, then that is the answer and nothing is published', async () => {
    projected = runView({ runId: 'run-1', status: 'completed_with_failures', revision: 2 });

    expect(await cancelRun(ask)).toEqual({ runId: 'run-1', state: 'finished' });
    expect(await requests()).toEqual([]);
  });
});

describe('given a run that was asked for and not planned yet', () => {
  const request = () =>
    world.message('run-requests', '2026-10', 'BillingRunRequested', {
      ...{ runId: 'run-1', period: '2026-10', periodStart: null, periodEnd: null, shopIds: null, dryRun: false },
      ...{ force: false, trigger: { source: 'cli', actor: null, deliveryId: null }, requestedAt: 1 },
    });

  test('when its request waits for the planner, then it can be cancelled', async () => {
    await log.publish([request()]);

    expect(await cancelRun(ask)).toEqual({ runId: 'run-1', state: 'requested' });
  });

  test('when the planner is past its request and there is no run, then there is nothing to cancel', async () => {
    await log.publish([request()]);
    log.broker.resetOffset('planner', 'run-requests', 0, 1n);

    await expect(cancelRun(ask)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await requests()).toHaveLength(1);
  });
});

test('a run that nobody asked for is not there', async () => {
  await expect(cancelRun(ask)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a cancellation needs a reason', async () => {
  await freeze();
  await expect(cancelRun({ ...ask, reason: ' ' })).rejects.toMatchObject({ code: 'USAGE' });
});
