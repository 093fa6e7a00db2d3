import { beforeEach, describe, expect, test } from 'vitest';
import type { OutRecord, Step } from '../../src/adapters/log.ts';
import { createPlanRun } from '../../src/consumers/plan-run.ts';
import type { BillingRunRequested } from '../../src/domain/requests.ts';
import type { Pin } from '../../src/domain/log-position.ts';
import { billableShop, purchase, shop } from '../support/facts.ts';
import { batchOf, createMemoryWorld, steps, type MemoryWorld } from '../support/memory-world.ts';

let world: MemoryWorld;
let ends: Pin[] | null;

beforeEach(() => {
  world = createMemoryWorld();
  ends = null;
});

const request = (fields: Partial<BillingRunRequested> = {}, id = 'request-1'): OutRecord =>
  world.message(
    'run-requests',
    '2026-10',
    'BillingRunRequested',
    {
      runId: null,
      period: '2026-10',
      periodStart: null,
      periodEnd: null,
      shopIds: null,
      dryRun: false,
      force: false,
      trigger: { source: 'producer', actor: null, deliveryId: null },
      requestedAt: world.clock.now(),
      ...fields,
    },
    id,
  );

function planRun(...[records, options]: Parameters<typeof batchOf>): AsyncIterable<Step> {
  const handler = createPlanRun({
    ...world,
    log: { endOffsets: async () => ends ?? (await world.pins()) },
    requestsPerStep: 3,
  });
  return handler(batchOf(records, options));
}

const summary = (done: readonly Step[]) =>
  done.map(({ publish, advance }) => [publish.map(({ key, headers }) => `${headers['ce_type']} ${key}`), advance]);

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
    ends = pins.map((pin) => (pin.topic === 'usage' ? { ...pin, offset: pin.offset + 1n } : pin));
    const waiting = steps(planRun([request()]));
    await world.tell(purchase('a', 'o2', '50.00'));

    const [first] = await waiting;

    expect((await world.runs.find(first!.publish[0]!.key!))!.pins).toEqual(ends);
  });
});

describe('given a request that cannot be carried out', () => {
  test.each([
    [{ period: '2026-13' }, 'month'],
    [{ period: null, periodStart: '2026-10-01' }, 'last day'],
    [{ period: null, periodStart: '2026-10-02', periodEnd: '2026-10-31' }, 'month'],
    [{ period: '2026-11' }, 'end'],
  ])('%j is set aside with the reason, once', async (fields, word) => {
    const done = await steps(planRun([request(fields)]));

    const [record] = done[0]!.publish;
    expect(record).toMatchObject({ topic: 'run-requests.dlq', headers: { 'failure-code': 'REQUEST_INVALID' } });
    expect(record!.headers['failure-message']).toContain(word);
    expect(summary(await steps(planRun([request(fields)], { publishedBelow: 1n })))).toEqual([[[], true]]);
  });
});
