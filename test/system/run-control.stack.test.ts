/** What an operator does to a run, and what a run does about requests and planners that got lost, on real servers. */
import { describe, expect, test } from 'vitest';
import type { RunningRoles } from '../../src/app.ts';
import { eventually } from '../contract/eventually.ts';
import { billableShop } from '../support/facts.ts';
import { readTopic } from '../support/read-log.ts';
import { EVERY_SHOP, openTestApp, type TestApp } from '../support/test-app.ts';

const shopIds = (count: number) => Array.from({ length: count }, (_, index) => `shop-${index}`);
const cancel = (world: TestApp, runId: string) => world.app.cancelRun({ runId, reason: 'wrong month', actor: 'ann' });
const pause = (world: TestApp, paused: boolean) =>
  world.app.setIssuing({ paused, reason: 'numbers look wrong', actor: 'ann' });

const runEvents = async (world: TestApp) => (await readTopic(world.app, 'run-events')).map(({ message }) => message);
const numbers = async (world: TestApp) =>
  (await world.invoices()).map(({ invoiceNumber }) => Number(invoiceNumber.split('-').at(-1)));

test('a run is cancelled: its sums add up, asking again answers with it, and force bills what is not settled', async () => {
  await using world = await openTestApp();
  await world.importLines(shopIds(10).flatMap((shopId) => billableShop(shopId, '100.00')));
  await world.bill({ shopIds: shopIds(3) });
  await pause(world, true);
  const { runId } = await world.app.requestBillingRun(EVERY_SHOP);
  await eventually(async () => expect(await world.app.runs.find(runId)).not.toBeNull());

  expect(await cancel(world, runId)).toEqual({ runId, state: 'requested' });
  await eventually(async () => expect(await cancel(world, runId)).toEqual({ runId, state: 'cancelled' }));
  await pause(world, false);
  const cancelled = await world.ended(runId);

  expect(cancelled).toMatchObject({ status: 'cancelled', expectedShops: 10, outcomes: { skipped: 10 } });
  expect((await world.shopResults(runId)).map(({ reason }) => reason)).toEqual(Array(10).fill('run_cancelled'));
  expect(await world.app.requestBillingRun(EVERY_SHOP)).toMatchObject({ runId, published: false });
  expect(await world.bill({ force: true })).toMatchObject({ outcomes: { invoiced: 7, skipped: 3 } });
  expect(await numbers(world)).toEqual(shopIds(10).map((_, index) => index + 1));
  const events = (await runEvents(world)).filter(({ type }) => type === 'BillingRunCancelled');
  expect(events).toMatchObject([{ data: { runId, reason: 'wrong month', actor: 'ann' } }]);
});

test('a cancellation that races with decisions: each shop is billed or skipped, and a finished run stays finished', async () => {
  await using world = await openTestApp();
  const count = 400;
  await world.importLines(shopIds(count).flatMap((shopId) => billableShop(shopId, '100.00')));
  const { runId } = await world.app.requestBillingRun(EVERY_SHOP);
  await eventually(async () => expect(await world.app.runs.find(runId)).not.toBeNull());

  await cancel(world, runId);
  const run = await world.ended(runId);

  const { invoiced = 0, skipped = 0 } = run.outcomes;
  expect(invoiced + skipped).toBe(count);
  const isCancelled = (await world.app.cancelRun({ runId, reason: 'again', actor: null })).state === 'cancelled';
  expect(isCancelled || skipped === 0).toBe(true);
  if (isCancelled)
    await eventually(async () =>
      expect(await world.app.readModels.findRun(runId)).toMatchObject({ status: 'cancelled' }),
    );
  const again = await world.bill({ force: true });
  expect(again.outcomes).toEqual(
    Object.fromEntries(Object.entries({ invoiced: skipped, skipped: invoiced }).filter(([, shops]) => shops > 0)),
  );
  expect(await cancel(world, again.runId)).toEqual({ runId: again.runId, state: 'finished' });
  expect(await numbers(world)).toEqual(shopIds(count).map((_, index) => index + 1));
});

test('while issuing is paused nothing is issued, health says why, and each change is an event', async () => {
  await using world = await openTestApp({ withRoles: false });
  const roles: RunningRoles = await world.app.startRoles(['ingester', 'planner', 'biller', 'projector']);
  await world.importLines(billableShop('a', '100.00'));

  expect(await pause(world, true)).toEqual({ paused: true, revision: 1, changed: true });
  expect(await pause(world, true)).toEqual({ paused: true, revision: 1, changed: false });
  const { runId } = await world.app.requestBillingRun(EVERY_SHOP);
  await eventually(() => {
    const biller = roles.health().find(({ name }) => name === 'biller');
    expect(biller).toMatchObject({ healthy: false, reason: expect.stringContaining('paused') as string });
  });
  expect(await readTopic(world.app, 'events')).toEqual([]);
  expect(await world.app.issuing()).toMatchObject({ paused: true, actor: 'ann', reason: 'numbers look wrong' });

  expect(await pause(world, false)).toMatchObject({ changed: true });
  expect(await world.ended(runId)).toMatchObject({ outcomes: { invoiced: 1 } });
  const changes = (await runEvents(world)).filter(({ type }) => type.startsWith('Issuing'));
  expect(changes).toMatchObject([
    { type: 'IssuingPaused', data: { revision: 1 } },
    { type: 'IssuingResumed', data: { revision: 2 } },
  ]);
  await roles.stop();
});

test('a run that waits for an ingester which does not come can be cancelled', async () => {
  await using world = await openTestApp({ withRoles: false });
  const roles = await world.app.startRoles(['planner', 'biller', 'projector']);
  await world.importLines(billableShop('a', '100.00'));
  const { runId } = await world.app.requestBillingRun(EVERY_SHOP);

  expect(await cancel(world, runId)).toEqual({ runId, state: 'requested' });

  expect(await world.ended(runId)).toMatchObject({ status: 'cancelled', expectedShops: 0, outcomes: {} });
  await roles.stop();
});

describe('given a run whose requests are not all on the log', () => {
  test('when everything is drained, then the shops that lack an outcome are asked for again', async () => {
    await using world = await openTestApp();
    await world.importLines(['a', 'b', 'c'].flatMap((shopId) => billableShop(shopId, '100.00')));
    const { period } = await world.bill({ dryRun: true });
    const { app } = world;
    const runId = 'planned-by-hand';
    const pins = await app.log.endOffsets(['shops', 'usage', 'fx-rates']);
    const { requestId, ...run } = await app.runs.freeze(
      {
        ...{ runId, requestId: 'run-requests/0/0', period, pins, dryRun: false, force: true, named: false },
        ...{ trigger: EVERY_SHOP.trigger, requestedAt: app.clock.now(), startedAt: app.clock.now() },
      },
      (async function* () {
        yield ['a', 'b', 'c'];
      })(),
      null,
    );
    const envelope = { correlationId: runId, causationId: requestId, time: app.clock.now() };
    await app.log.publish([
      app.codec.encode('run-events', runId, 'BillingRunStarted', run, { id: 'started', ...envelope }),
      ...['a', 'c'].map((shopId) =>
        app.codec.encode('shop-requests', shopId, 'ShopBillRequested', { runId, shopId }, { id: shopId, ...envelope }),
      ),
    ]);

    const ended = await world.ended(runId);

    expect(ended).toMatchObject({ status: 'completed', outcomes: { invoiced: 3 } });
    expect(await numbers(world)).toEqual([1, 2, 3]);
  });
});

test('of two planners the one that publishes a run is stopped in the middle: the other goes on, and repeats nothing', async () => {
  await using world = await openTestApp({ withRoles: false });
  const other = await world.another();
  const rest = await other.startRoles(['ingester', 'biller', 'projector']);
  const first = await world.app.startRoles(['planner']);
  const unknown = shopIds(9_000);
  const { runId } = await world.app.requestBillingRun({ ...EVERY_SHOP, shopIds: unknown });
  await eventually(async () => {
    const ends = await world.app.log.endOffsets(['shop-requests']);
    expect(ends.some(({ offset }) => offset > 0n)).toBe(true);
  });

  const [second] = await Promise.all([other.startRoles(['planner']), first.stop()]);
  const run = await world.ended(runId);

  expect(run).toMatchObject({ expectedShops: 9_000, outcomes: { skipped: 9_000 } });
  const requests = await readTopic(world.app, 'shop-requests');
  expect(requests.map(({ record }) => record.key).sort()).toEqual([...unknown].sort());
  const started = (await runEvents(world)).filter(({ type }) => type === 'BillingRunStarted');
  expect(started).toHaveLength(1);
  await Promise.all([second.stop(), rest.stop()]);
});
