import { beforeEach, describe, expect, test } from 'vitest';
import type { Step } from '../../src/adapters/log.ts';
import type { Pin } from '../../src/domain/log-position.ts';
import { billableShop } from '../support/facts.ts';
import { createMemoryWorld, steps, type MemoryWorld } from '../support/memory-world.ts';
import { givenPlanner, summary } from './given-planner.ts';

let world: MemoryWorld;
let planner: ReturnType<typeof givenPlanner>;
const SHOPS = ['a', 'b', 'c', 'd'];
const shopRequested = (shopId: string) => `ShopBillRequested ${shopId}`;

beforeEach(async () => {
  world = createMemoryWorld();
  planner = givenPlanner(world);
  for (const shopId of SHOPS) await world.tell(...billableShop(shopId, '100.00'));
});

describe('given a planned run', () => {
  let runId: string;
  beforeEach(async () => {
    const [first] = await steps(planner.plan([planner.request()]));
    runId = first!.publish[0]!.key!;
  });

  test('when it is cancelled, then the row is durable, and the event says who, why, when and which request', async () => {
    const [step] = await steps(planner.plan([planner.cancel(runId)], { from: 1n }));

    expect(summary([step!])).toEqual([[[`BillingRunCancelled ${runId}`], true]]);
    expect(step!.publish[0]!.headers).toMatchObject({
      'request-position': 'run-requests/0/1',
      ce_correlationid: runId,
      ce_causationid: 'cancel-1',
    });
    expect(await world.control.cancelledRun(runId)).toEqual({
      ...{ runId, requestId: 'run-requests/0/1', reason: 'wrong month', actor: 'ann' },
      cancelledAt: world.clock.now(),
    });
  });

  test('when it is cancelled twice, then the first one stands and is the only event', async () => {
    const [first] = await steps(planner.plan([planner.cancel(runId)], { from: 1n }));
    const second = planner.cancel(runId, { reason: 'another reason' }, 'cancel-2');

    expect(summary(await steps(planner.plan([second], { from: 2n })))).toEqual([[[], true]]);
    expect(await world.control.cancelledRun(runId)).toMatchObject({ reason: 'wrong month' });
    expect(first!.publish).toHaveLength(1);
  });

  test('when it is cut off before the event was published, then the same event is published', async () => {
    const [lost] = await steps(planner.plan([planner.cancel(runId)], { from: 1n }));
    world.clock.set(world.clock.now() + 60_000);

    const [again] = await steps(planner.plan([planner.cancel(runId)], { from: 1n }));

    expect(again!.publish[0]).toMatchObject({ value: lost!.publish[0]!.value, headers: lost!.publish[0]!.headers });
  });

  test('when the cancellation is met again after it was answered, then nothing happens', async () => {
    await steps(planner.plan([planner.cancel(runId)], { from: 1n }));

    const [again] = await steps(planner.plan([planner.cancel(runId)], { from: 1n, publishedBelow: 2n }));

    expect(summary([again!])).toEqual([[[], true]]);
  });

  test('when it has finished, then there is nothing to cancel, and that is no failure', async () => {
    world.finishedRuns.add(runId);

    const [step] = await steps(planner.plan([planner.cancel(runId)], { from: 1n }));

    expect(summary([step!])).toEqual([[[], true]]);
    expect(await world.control.cancelledRun(runId)).toBeNull();
  });

  test('when the period is asked for again after the cancellation, then nothing is planned without force', async () => {
    await steps(planner.plan([planner.cancel(runId)], { from: 1n }));

    const again = await steps(planner.plan([planner.request({}, 'request-2')], { from: 2n }));
    const forced = await steps(planner.plan([planner.request({ force: true }, 'request-3')], { from: 3n }));

    expect(summary(again)).toEqual([[[], true]]);
    expect(forced[0]!.publish[0]!.key).not.toBe(runId);
    expect(forced.flatMap(({ publish }) => publish)).toHaveLength(1 + SHOPS.length);
  });
});

describe('given a cancellation behind the request that is being planned', () => {
  const runId = 'the-run';
  const asked = () => planner.request({ runId });

  test('when the run is large, then it starts as cancelled, and all its shops are asked for', async () => {
    await planner.publish(asked(), planner.cancel(runId));
    const stateAtPart: boolean[] = [];

    const done: Step[] = [];
    for await (const step of planner.plan([asked()])) {
      done.push(step);
      stateAtPart.push((await world.control.cancelledRun(runId)) !== null);
    }

    expect(stateAtPart).toEqual([true, true]);
    expect(summary(done)).toEqual([
      [[`BillingRunStarted ${runId}`, `BillingRunCancelled ${runId}`, ...['a', 'b', 'c'].map(shopRequested)], false],
      [[shopRequested('d')], true],
    ]);
    expect(done[0]!.publish[1]!.headers).toMatchObject({
      'request-position': 'run-requests/0/0',
      ce_causationid: 'cancel-1',
    });
  });

  test('when its own turn comes, then it was carried out before', async () => {
    await planner.publish(asked(), planner.cancel(runId));
    await steps(planner.plan([asked()]));

    expect(summary(await steps(planner.plan([planner.cancel(runId)], { from: 1n })))).toEqual([[[], true]]);
  });

  test('when it comes while the run is being published, then the run is cancelled with the next part, once', async () => {
    await planner.publish(asked());
    const done: Step[] = [];

    for await (const step of planner.plan([asked()], {}, { requestsPerStep: 1 })) {
      done.push(step);
      await planner.publish(planner.cancel(runId));
      world.clock.set(world.clock.now() + 1_000);
    }

    expect(summary(done)).toEqual([
      [[`BillingRunStarted ${runId}`, shopRequested('a')], false],
      [[`BillingRunCancelled ${runId}`, shopRequested('b')], false],
      [[shopRequested('c')], false],
      [[shopRequested('d')], false],
      [[], true],
    ]);
    const [, second] = done;
    const resumed = await steps(planner.plan([asked()], { metadata: second!.metadata! }));
    expect(summary(resumed)).toEqual([[[shopRequested('c'), shopRequested('d')], true]]);
  });

  test('when a planner dies before that part is published, then the next one publishes the same event', async () => {
    const [first] = await steps(planner.plan([asked()]));
    await planner.publish(asked(), planner.cancel(runId));
    const [lost] = await steps(planner.plan([asked()], { metadata: first!.metadata! }));
    world.clock.set(world.clock.now() + 60_000);

    const [again] = await steps(planner.plan([asked()], { metadata: first!.metadata! }));

    expect(summary([again!])).toEqual([[[`BillingRunCancelled ${runId}`, shopRequested('d')], true]]);
    expect(again!.publish[0]).toMatchObject({ value: lost!.publish[0]!.value, headers: lost!.publish[0]!.headers });
  });

  test('when it means another run, then this one goes on', async () => {
    await planner.publish(asked(), planner.cancel('another-run'));

    expect(summary(await steps(planner.plan([asked()])))).toHaveLength(2);
    expect(await world.control.cancelledRun(runId)).toBeNull();
  });

  describe('and a ledger that never comes as far as the facts', () => {
    const outOfReach = async (): Promise<Pin[]> =>
      (await world.pins()).map((pin) => ({ ...pin, offset: pin.offset + 1n }));

    test('then planning stops waiting; the run is frozen without shops and cancelled', async () => {
      planner.ends = await outOfReach();
      await planner.publish(asked(), planner.cancel(runId));

      const done = await steps(planner.plan([asked()]));

      expect(summary(done)).toEqual([[[`BillingRunStarted ${runId}`, `BillingRunCancelled ${runId}`], true]]);
      expect(await world.runs.find(runId)).toMatchObject({ expectedShops: 0, pins: planner.ends });
      expect(await world.control.cancelledRun(runId)).not.toBeNull();
    });

    test('then a run over named shops keeps them: each will be skipped', async () => {
      planner.ends = await outOfReach();
      await planner.publish(asked(), planner.cancel(runId));

      const done = await steps(planner.plan([planner.request({ runId, shopIds: ['a', 'b'] })]));

      expect(summary(done)).toEqual([
        [[`BillingRunStarted ${runId}`, `BillingRunCancelled ${runId}`, ...['a', 'b'].map(shopRequested)], true],
      ]);
    });

    test('then a cancellation that comes while it waits is seen too', async () => {
      planner.ends = await outOfReach();
      await planner.publish(asked());

      const waiting = steps(planner.plan([asked()]));
      await planner.publish(planner.cancel(runId));

      expect(summary(await waiting)).toEqual([[[`BillingRunStarted ${runId}`, `BillingRunCancelled ${runId}`], true]]);
    });

    test('then a planner that dies between freezing and cancelling is carried on by the next', async () => {
      planner.ends = await outOfReach();
      await planner.publish(asked(), planner.cancel(runId));
      const cancel = world.control.cancel;
      world.control.cancel = () => Promise.reject(new Error('the planner dies'));
      await expect(steps(planner.plan([asked()]))).rejects.toThrow('the planner dies');
      world.control.cancel = cancel;

      const resumed = await steps(planner.plan([asked()]));

      expect(summary(resumed)).toEqual([[[`BillingRunStarted ${runId}`, `BillingRunCancelled ${runId}`], true]]);
      expect(await world.control.cancelledRun(runId)).not.toBeNull();
    });
  });
});

test('a run that nobody planned cannot be cancelled: the request is set aside', async () => {
  const [step] = await steps(planner.plan([planner.cancel('unheard-of')]));

  expect(step!.publish).toMatchObject([{ topic: 'run-requests.dlq', headers: { 'failure-code': 'REQUEST_INVALID' } }]);
  expect(step!.publish[0]!.headers['failure-message']).toContain('unheard-of');
});
