import { beforeEach, describe, expect, test } from 'vitest';
import { billableShop, purchase, shop } from '../support/facts.ts';
import { createMemoryWorld, steps, type MemoryWorld } from '../support/memory-world.ts';
import type { BillingRunRequested } from '../../src/domain/requests.ts';
import { givenPlanner, summary } from './given-planner.ts';

type Planner = ReturnType<typeof givenPlanner>;
let world: MemoryWorld;
let planner: Planner;

beforeEach(() => {
  world = createMemoryWorld();
  planner = givenPlanner(world);
});

const request = (...args: Parameters<Planner['request']>) => planner.request(...args);
const planRun = (...args: Parameters<Planner['plan']>) => planner.plan(...args);

describe('given five shops, of which four can be billed', () => {
  beforeEach(async () => {
    for (const shopId of ['a', 'b', 'c', 'd']) await world.tell(...billableShop(shopId, '100.00'));
    await world.tell(shop('planless'), purchase('planless', 'o1', '10.00'), purchase('unknown', 'o1', '10.00'));
  });

  test('when a run is asked for, then it starts and every billable shop is asked for, in parts', async () => {
    const done = await steps(planRun([request()]));

    const runId = done[0]!.publish[0]!.key!;
    expect(summary(done)).toEqual([
      [[`BillingRunStarted ${runId}`, 'ShopBillRequested a', 'ShopBillRequested b', 'ShopBillRequested c'], false],
      [['ShopBillRequested d'], true],
    ]);
    expect(await world.runs.find(runId)).toMatchObject({ expectedShops: 4, unbillableShopsWithUsage: 2 });
  });

  test('when it is cut off after a part, then it goes on behind that part, with the manifest it froze', async () => {
    const [first] = await steps(planRun([request()]));
    await world.tell(...billableShop('aa', '100.00'));

    const resumed = await steps(planRun([request()], { metadata: first!.metadata! }));

    expect(summary(resumed)).toEqual([[['ShopBillRequested d'], true]]);
  });

  test('when the same period is asked for again, by any channel, then nothing is planned twice', async () => {
    await steps(planRun([request()]));
    const again = request({ trigger: { source: 'cron', actor: null, deliveryId: null } }, 'request-2');

    expect(summary(await steps(planRun([again], { from: 1n, publishedBelow: 1n })))).toEqual([[[], true]]);
    expect(summary(await steps(planRun([request()], { publishedBelow: 1n })))).toEqual([[[], true]]);
  });

  test('when it is forced, dry or named, then it is a run of its own', async () => {
    const runs = [
      request(),
      request({ force: true }, '2'),
      request({ dryRun: true }, '3'),
      request({ shopIds: ['a', 'zz', 'a'] }, '4'),
    ];
    const ids = new Set<string>();
    for (const [index, one] of runs.entries()) {
      const done = await steps(planRun([one], { from: BigInt(index) }));
      ids.add(done[0]!.publish[0]!.key!);
      if (index === 3)
        expect(summary(done)[0]![0]).toEqual([expect.anything(), 'ShopBillRequested a', 'ShopBillRequested zz']);
    }
    expect(ids.size).toBe(4);
  });

  test('when the ledger is behind, then the run waits for it, and bills what was there when it was asked for', async () => {
    const pins = await world.pins();
    planner.ends = pins.map((pin) => (pin.topic === 'usage' ? { ...pin, offset: pin.offset + 1n } : pin));
    const waiting = steps(planRun([request()]));
    await world.tell(purchase('a', 'o2', '50.00'));

    const [first] = await waiting;

    expect((await world.runs.find(first!.publish[0]!.key!))!.pins).toEqual(planner.ends);
  });
});

describe('given a request that cannot be carried out', () => {
  test.each([
    [{ period: '2026-13' }, 'month'],
    [{ period: null, periodStart: '2026-10-01' }, 'last day'],
    [{ period: null, periodStart: '2026-10-02', periodEnd: '2026-10-31' }, 'month'],
    [{ period: '2026-11' }, 'end'],
    [{ shopIds: ['a', 'b\0'] }, 'no text'],
    [{ trigger: { source: 'cli', actor: '\0', deliveryId: null } }, 'no text'],
    [{ shopIds: ['a'.repeat(257)] }, 'longer than 256'],
    [{ runId: 'a'.repeat(257) }, 'longer than 256'],
  ] satisfies [Partial<BillingRunRequested>, string][])(
    '%j is set aside with the reason, once',
    async (fields, word) => {
      const done = await steps(planRun([request(fields)]));

      const [record] = done[0]!.publish;
      expect(record).toMatchObject({ topic: 'run-requests.dlq', headers: { 'failure-code': 'REQUEST_INVALID' } });
      expect(record!.headers['failure-message']).toContain(word);
      expect(summary(await steps(planRun([request(fields)], { publishedBelow: 1n })))).toEqual([[[], true]]);
    },
  );
});
