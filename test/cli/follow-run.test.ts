import { describe, expect, it } from 'vitest';
import type { DeadLetterView, RunView } from '../../src/adapters/read-models.ts';
import type { ComponentHealth } from '../../src/app.ts';
import { followRun } from '../../src/cli/follow-run.ts';
import { createFakeClock } from './fake-terminal.ts';
import { aRun, pageOf } from './run-views.ts';

const HEALTHY: ComponentHealth[] = ['kafka', 'postgres', 'registry'].map((name) => ({
  name,
  healthy: true,
  reason: null,
}));

/** Follows a run that looks like `looks` one after the other, the last one for ever. */
function follow(
  looks: readonly (RunView | null)[],
  {
    health = () => HEALTHY,
    deadLetters = [],
    onStalled = async () => {},
    signal = new AbortController().signal,
  }: {
    health?: () => ComponentHealth[];
    deadLetters?: DeadLetterView[];
    onStalled?: () => Promise<void>;
    signal?: AbortSignal;
  } = {},
) {
  const seen: (RunView | null)[] = [];
  const clock = createFakeClock();
  let look = 0;
  const run = followRun({
    runId: 'run-1',
    readModels: {
      findRun: async () => looks[Math.min(look++, looks.length - 1)]!,
      listDeadLetters: async ({ where, ...query }) =>
        pageOf(
          deadLetters.filter(({ runId }) => runId === where?.runId),
          query,
        ),
    },
    clock,
    signal,
    serversHealth: async () => health(),
    onProgress: (one) => seen.push(one),
    onStalled,
  });
  return { run, seen, clock };
}

const running = (invoiced: number) => aRun({ status: 'running', expectedShops: 3, outcomes: { invoiced } });

describe('following a run', () => {
  it('goes on from not planned to its end and shows every look', async () => {
    const done = aRun({ expectedShops: 3, outcomes: { invoiced: 3 } });
    const { run, seen } = follow([null, running(0), running(2), done]);
    expect(await run).toBe(done);
    expect(seen).toEqual([null, running(0), running(2), done]);
  });

  it.each(['completed_with_failures', 'cancelled'] as const)('ends when the run is %s', async (status) => {
    expect(await follow([running(1), aRun({ status })]).run).toMatchObject({ status });
  });

  it('stays with a cancelled run until its last shop was skipped', async () => {
    const cancelled = aRun({ status: 'cancelled', completedAt: null, outcomes: {} });
    const ended = aRun({ status: 'cancelled', outcomes: { skipped: 1 } });
    expect(await follow([running(0), cancelled, ended]).run).toBe(ended);
  });

  it('names a server that stays away, within seconds', async () => {
    const away = { name: 'kafka', healthy: false, reason: 'no answer within 2000 ms' };
    const { run, clock } = follow([running(1)], { health: () => [away] });
    const startedAt = clock.now();
    await expect(run).rejects.toMatchObject({
      code: 'KAFKA_UNREACHABLE',
      message: 'Kafka went away: no answer within 2000 ms.',
    });
    expect(clock.now() - startedAt).toBeLessThan(6_000);
  });

  it('takes one missed answer for a hiccup, and does without the registry', async () => {
    const answers = [{ name: 'kafka', healthy: false, reason: 'slow' }];
    const looks = [...Array.from({ length: 40 }, (_, index) => running(index)), aRun()];
    const health = () => [answers.pop() ?? { name: 'registry', healthy: false, reason: 'down' }];
    expect(await follow(looks, { health }).run).toMatchObject({ status: 'completed' });
  });

  it('does not wait for a run whose request was refused', async () => {
    const refusal: DeadLetterView = {
      ...{ deadLetterId: 'run-requests.dlq/0/0', redriveCount: 0, eventId: null, settlement: null },
      originalTopic: 'run-requests',
      originalPartition: 0,
      originalOffset: 7n,
      key: '2026-10',
      runId: 'run-1',
      code: 'REQUEST_INVALID',
      message: 'The period has no end.',
      kind: 'permanent',
      attempt: 1,
      failedAt: 0,
    };
    const others = Array.from({ length: 600 }, () => ({ ...refusal, runId: 'another' }));
    await expect(follow([null], { deadLetters: [...others, refusal] }).run).rejects.toThrow('The period has no end.');
  });

  it('tells when nothing moves', async () => {
    const controller = new AbortController();
    let stalls = 0;
    const onStalled = async () => {
      if (++stalls === 2) controller.abort(new Error('seen enough'));
    };
    const { run } = follow([running(1)], { onStalled, signal: controller.signal });
    await expect(run).rejects.toThrow('seen enough');
  });
});
