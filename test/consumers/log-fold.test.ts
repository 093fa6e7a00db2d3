/** What is recorded, made again from the log alone: by the real handlers, on the memory adapters. */
import { beforeEach, expect, test } from 'vitest';
import { createMemoryLog } from '../../src/adapters/memory-log.ts';
import { createMemoryLogFolds } from '../../src/adapters/memory-log-folds.ts';
import { createMemoryPublicationMarks } from '../../src/adapters/memory-publication-marks.ts';
import { createMemoryRegister } from '../../src/adapters/memory-register.ts';
import { createMemoryRunControl } from '../../src/adapters/memory-run-control.ts';
import { createMemoryRuns } from '../../src/adapters/memory-runs.ts';
import type { OutRecord } from '../../src/adapters/log.ts';
import { createBillShop } from '../../src/consumers/bill-shop.ts';
import { createLogFold } from '../../src/consumers/log-fold.ts';
import { createPlanRun } from '../../src/consumers/plan-run.ts';
import { decided } from '../contract/register-given.ts';
import { billableShop, plan, purchase } from '../support/facts.ts';
import { batchOf, createMemoryWorld, steps, type MemoryWorld } from '../support/memory-world.ts';

let world: MemoryWorld;
let log: ReturnType<typeof createMemoryLog>;

beforeEach(async () => {
  world = createMemoryWorld();
  log = createMemoryLog({ clock: world.clock, marks: createMemoryPublicationMarks(), partitions: 1 });
  await world.tell(
    ...billableShop('a', '100.00'),
    ...billableShop('b', '0.00'),
    ...billableShop('c', '50.00'),
    plan('c', { effectiveFrom: '2026-10-10', currency: 'EUR' }),
  );
});

/** Works off what is on a topic from an offset, and puts on the log what is published. */
async function work(topic: 'run-requests' | 'shop-requests', { from = 0n, publishedBelow = 0n } = {}): Promise<number> {
  const to = log.broker.end(topic, 0);
  const records = log.broker.slice(topic, 0, from, to) as OutRecord[];
  const handler =
    topic === 'run-requests'
      ? createPlanRun({ ...world, log: { ...log, endOffsets: world.log.endOffsets } })
      : createBillShop(world);
  const publish = (await steps(handler(batchOf(records, { from, publishedBelow })))).flatMap((step) => step.publish);
  await log.publish(publish);
  return publish.length;
}

const ask = (fields: object = {}) =>
  world.message('run-requests', '2026-10', 'BillingRunRequested', {
    ...{ runId: 'run-1', period: '2026-10', periodStart: null, periodEnd: null, shopIds: null },
    ...{ dryRun: false, force: false, trigger: { source: 'cli', actor: null, deliveryId: null } },
    ...{ requestedAt: world.clock.now(), ...fields },
  });

/** Empty stores, kept in step with the log. */
function emptied() {
  const runs = createMemoryRuns();
  const control = createMemoryRunControl({ runs, isFinished: () => false });
  const register = createMemoryRegister({ control, generation: () => generation });
  const marks = createMemoryPublicationMarks();
  const fold = createLogFold({
    ...{ ...world, log, register, runs, control, marks, folds: createMemoryLogFolds() },
    groups: { biller: 'biller', planner: 'planner' },
  });
  return { ...fold, control, plain: { register, runs, marks } };
}
let generation = 1;

const keys = ['a', 'b', 'c'].map((shopId, index) => ({
  ...{ runId: 'run-1', shopId, periodStartDate: '2026-10-01' },
  source: { topic: 'shop-requests', partition: 0, offset: BigInt(index) },
}));

test('decisions, run, manifest and marks are what they were, byte by byte', async () => {
  await log.publish([ask()]);
  await work('run-requests');
  await work('shop-requests');
  const made = emptied();

  const states = await made.register.load(keys);

  const withoutDeadLetters = (await world.register.load(keys)).map((state) => {
    const strip = (one: (typeof state)['own']) =>
      one && { ...one, records: one.records.filter(({ topic }) => topic === 'events') };
    return { ...state, own: strip(state.own), decision: strip(state.decision) };
  });
  expect(states).toEqual(withoutDeadLetters);
  expect(states.map(({ decision }) => decision?.outcome)).toEqual(['invoiced', 'zero', 'failed']);
  expect(await made.runs.find('run-1')).toEqual(await world.runs.find('run-1'));
  expect(await made.runs.manifest({ runId: 'run-1', after: null, limit: 9 })).toEqual(['a', 'b', 'c']);
  expect(await made.marks.load('biller', 'shop-requests', 0)).toBe(3n);
  expect(await made.marks.load('planner', 'run-requests', 0)).toBe(1n);
});

test('met again on emptied stores, requests publish nothing, and a forced run bills nobody twice', async () => {
  await log.publish([ask()]);
  await work('run-requests');
  await work('shop-requests');
  const made = emptied();
  Object.assign(world, { register: made.register, runs: made.runs, control: made.control });

  const again = await work('shop-requests', { publishedBelow: await made.marks.load('biller', 'shop-requests', 0) });
  const planned = await work('run-requests', { publishedBelow: await made.marks.load('planner', 'run-requests', 0) });
  await log.publish([ask({ runId: 'run-2', force: true })]);
  await work('run-requests', { from: 1n });
  await work('shop-requests', { from: 3n });

  expect([again, planned]).toEqual([0, 0]);
  const types = log.broker.slice('events', 0, 0n, log.broker.end('events', 0)).map(({ headers }) => headers['ce_type']);
  expect(types.filter((type) => type === 'InvoiceCreated')).toHaveLength(1);
  expect(types.filter((type) => type === 'ShopBillSkipped')).toHaveLength(2);
});

test('a run whose publishing was cut off gets the rest of its manifest back when its request is met again', async () => {
  await log.publish([ask()]);
  const records = log.broker.slice('run-requests', 0, 0n, 1n) as OutRecord[];
  const planner = (stores: object) =>
    createPlanRun({ ...world, ...stores, log: { ...log, endOffsets: world.log.endOffsets }, requestsPerStep: 1 });
  for await (const step of planner({})(batchOf(records))) {
    await log.publish(step.publish);
    break;
  }
  const made = emptied();

  const published = await steps(planner({ runs: made.runs, control: made.control })(batchOf(records)));

  const shops = published.flatMap(({ publish }) => publish).filter(({ topic }) => topic === 'shop-requests');
  expect(shops.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
});

test.each([
  ['one', 'b'],
  ['one of several', 'a'],
])('%s event that register and log tell differently stops whoever decides', async (_, shopId) => {
  await log.publish([ask()]);
  await work('run-requests');
  await work('shop-requests');
  const made = emptied();
  await made.ensure();
  const events = log.broker.slice('events', 0, 0n, log.broker.end('events', 0));
  const event = events.find(({ key }) => key === shopId)!;
  await log.publish([event]);
  generation += 1;
  await made.ensure();
  await log.publish([{ ...event, headers: { ...event.headers, ce_time: '2026-11-01T02:00:00.001Z' } }]);
  generation += 1;

  await expect(made.register.load(keys)).rejects.toMatchObject({ code: 'REGISTER_CONFLICT' });
});

test('a cancellation and a pause are put back', async () => {
  await log.publish([ask()]);
  await work('run-requests');
  const cancel = { runId: 'run-1', reason: 'wrong plan', actor: 'ann', requestedAt: world.clock.now() };
  await log.publish([world.message('run-requests', 'run-1', 'BillingRunCancelRequested', cancel)]);
  await work('run-requests', { from: 1n });
  const paused = { revision: 3, reason: 'audit', actor: 'ben', pausedAt: 5 };
  await log.publish([world.message('run-events', 'issuing', 'IssuingPaused', paused)]);
  const made = emptied();

  await made.ensure();

  expect(await made.control.cancelledRun('run-1')).toEqual(await world.control.cancelledRun('run-1'));
  expect(await made.control.issuing()).toEqual({
    paused: true,
    revision: 3,
    reason: 'audit',
    actor: 'ben',
    changedAt: 5,
  });
});

test('nothing is folded twice, and what came meanwhile is folded when another server may stand behind the database', async () => {
  await log.publish([ask()]);
  await work('run-requests');
  await work('shop-requests');
  const made = emptied();
  await made.ensure();
  await world.tell(purchase('a', 'a-o2', '10.00'));
  await log.publish([ask({ runId: 'run-2', force: true, shopIds: ['a'] })]);
  await work('run-requests', { from: 1n });
  await work('shop-requests', { from: 3n });
  const second = { ...keys[0]!, runId: 'run-2' };

  expect((await made.register.load([second]))[0]!.sequence).toBe(1);
  generation += 1;
  expect((await made.register.load([second]))[0]!.sequence).toBe(2);
});

test('what was decided before another server stood behind the database is decided again', async () => {
  const made = emptied();
  await made.ensure();
  const decidedAt = made.register.generation();
  generation += 1;

  const recorded = await made.register.record([decided({ shopId: 'a' }), decided({ shopId: 'b' })], decidedAt);

  expect(recorded).toEqual([null, null]);
  expect(await made.plain.register.decisionsOf({ shopId: 'a', periodStartDate: '2026-10-01' })).toEqual([]);
});
