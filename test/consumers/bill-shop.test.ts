import { beforeEach, describe, expect, test } from 'vitest';
import type { OutRecord } from '../../src/adapters/log.ts';
import type { RegisteredDecision } from '../../src/adapters/register.ts';
import { createBillShop } from '../../src/consumers/bill-shop.ts';
import type { ShopBillDiverged } from '../../src/domain/events.ts';
import { billableShop, plan, purchase } from '../support/facts.ts';
import { batchOf, createMemoryWorld, steps, type MemoryWorld } from '../support/memory-world.ts';
import { givenBiller, typesOf } from './given-biller.ts';

let world: MemoryWorld;
let { planned, request, publishedBy, eventsOf } = givenBiller(createMemoryWorld());

beforeEach(() => {
  world = createMemoryWorld();
  ({ planned, request, publishedBy, eventsOf } = givenBiller(world));
});

/** What a request for October at the beginning of its partition asks the register. */
const stateKey = (runId: string, shopId: string) => ({
  runId,
  shopId,
  periodStartDate: '2026-10-01',
  source: { topic: 'shop-requests', partition: 0, offset: 0n },
});

describe('given two shops with revenue and a planned run', () => {
  beforeEach(async () => {
    await world.tell(...billableShop('a', '100.00'), ...billableShop('b', '200.00'));
    await planned('run-1');
  });

  test('when both are asked for, then each gets a bill and the next invoice number', async () => {
    const published = await publishedBy([request('run-1', 'a'), request('run-1', 'b')]);

    expect(typesOf(published)).toEqual([
      'a ShopBillCalculated',
      'a InvoiceCreated',
      'b ShopBillCalculated',
      'b InvoiceCreated',
    ]);
    const decoded = await world.codec.decode(batchOf(published).records);
    const numbers = decoded.flatMap((one) =>
      'message' in one && one.message.type === 'InvoiceCreated' ? [one.message.data.invoiceNumber] : [],
    );
    expect(numbers).toEqual(['INV-2026-000001', 'INV-2026-000002']);
    expect(published.map(({ headers }) => headers['request-position'])).toEqual([
      'shop-requests/0/0',
      'shop-requests/0/0',
      'shop-requests/0/1',
      'shop-requests/0/1',
    ]);
  });

  test('when a batch was cut off before its events were published, then the same bytes are published', async () => {
    const requests = [request('run-1', 'a'), request('run-1', 'b')];
    const first = await publishedBy(requests);
    world.clock.set(world.clock.now() + 60_000);

    const second = await publishedBy(requests, { publishedBelow: 0n });

    expect(second).toEqual(first);
  });

  test('when published requests are met again, then nothing is published, ten times over', async () => {
    const requests = [request('run-1', 'a'), request('run-1', 'b')];
    await publishedBy(requests);
    await world.tell(purchase('a', 'late', '500.00'));

    for (let time = 0; time < 10; time += 1) {
      world.clock.set(world.clock.now() + 60_000);
      expect(await publishedBy(requests, { publishedBelow: 2n })).toEqual([]);
    }
  });

  test('when a replay computes something else, then the divergence is published with both sides and nothing else', async () => {
    const requests = [request('run-1', 'a'), request('run-1', 'b')];
    await publishedBy(requests);
    const { register } = world;
    const tampered = {
      ...world,
      ledger: {
        ...world.ledger,
        loadUsage: async (query: Parameters<typeof world.ledger.loadUsage>[0]) => {
          const usage = await world.ledger.loadUsage(query);
          return usage.map((window, index) =>
            query.windows[index]!.shopId === 'a' ? { ...window, currencies: [] } : window,
          );
        },
      },
    };

    const done = await steps(createBillShop(tampered)(batchOf(requests, { publishedBelow: 2n })));

    const published = done.flatMap(({ publish }) => publish);
    expect(typesOf(published)).toEqual(['a ShopBillDiverged']);
    const [decoded] = await world.codec.decode(batchOf(published).records);
    const { decidedOutcome, recomputedOutcome } = (decoded as { message: { data: ShopBillDiverged } }).message.data;
    expect([decidedOutcome, recomputedOutcome]).toEqual(['invoiced', 'zero']);
    const [state] = await register.load([stateKey('run-1', 'a')]);
    expect(state).toMatchObject({
      sequence: 1,
      decision: { outcome: 'invoiced' } satisfies Partial<RegisteredDecision>,
    });
  });

  test('when another record asks for a decided shop, then its decision stands', async () => {
    await publishedBy([request('run-1', 'a')]);

    expect(await publishedBy([request('run-1', 'a')], { from: 7n, publishedBelow: 1n })).toEqual([]);
  });

  test('when another run asks for a settled shop, then it is skipped', async () => {
    await planned('run-2');
    await publishedBy([request('run-1', 'a')]);

    expect(typesOf(await publishedBy([request('run-2', 'a')], { from: 1n }))).toEqual(['a ShopBillSkipped']);
  });

  test('when a head moves between loading and recording, then that shop is decided again', async () => {
    await planned('run-2');
    let raced = false;
    const racing = {
      ...world,
      register: {
        ...world.register,
        record: async (decisions: Parameters<typeof world.register.record>[0]) => {
          if (!raced) {
            raced = true;
            await publishedBy([request('run-2', 'b')], { from: 9n });
          }
          return world.register.record(decisions);
        },
      },
    };

    const done = await steps(createBillShop(racing)(batchOf([request('run-1', 'a'), request('run-1', 'b')])));

    expect(typesOf(done.flatMap(({ publish }) => publish))).toEqual([
      'a ShopBillCalculated',
      'a InvoiceCreated',
      'b ShopBillSkipped',
    ]);
  });

  test('when one batch asks twice for a shop, then it is billed once', async () => {
    expect(typesOf(await publishedBy([request('run-1', 'a'), request('run-1', 'a')]))).toEqual([
      'a ShopBillCalculated',
      'a InvoiceCreated',
    ]);
  });

  test('when the run is dry, then events go elsewhere, no head moves and no number is taken', async () => {
    await planned('dry', { dryRun: true });

    const published = await publishedBy([request('dry', 'a')]);

    expect(published.map(({ topic }) => topic)).toEqual(['dry-run-events']);
    const [state] = await world.register.load([stateKey('dry', 'a')]);
    expect(state).toMatchObject({ sequence: 0, own: null, decision: null, settledByRunId: null, invoicesIssued: 0 });
  });
});

describe('given a run that is cancelled', () => {
  beforeEach(async () => {
    await world.tell(...billableShop('a', '100.00'), ...billableShop('b', '200.00'));
    await planned('run-1');
  });
  const cancel = () =>
    world.control.cancel({ runId: 'run-1', requestId: 'x', reason: 'wrong month', actor: null, at: 0 });

  test('when shops were not decided yet, then they are skipped, and a replay agrees', async () => {
    const requests = [request('run-1', 'a'), request('run-1', 'b')];
    await publishedBy(requests.slice(0, 1));
    await cancel();

    const published = await publishedBy(requests);

    expect(typesOf(published)).toEqual(['a ShopBillCalculated', 'a InvoiceCreated', 'b ShopBillSkipped']);
    expect((await eventsOf(published)).at(-1)!.data).toMatchObject({ reason: 'run_cancelled', shopDomain: null });
    expect(await publishedBy(requests, { publishedBelow: 2n })).toEqual([]);
  });

  test('when it is cancelled between deciding and recording, then nothing is issued', async () => {
    let raced = false;
    const racing = {
      ...world,
      register: {
        ...world.register,
        record: async (decisions: Parameters<typeof world.register.record>[0]) => {
          if (!raced) await cancel();
          raced = true;
          return world.register.record(decisions);
        },
      },
    };

    expect(typesOf(await publishedBy([request('run-1', 'a')], {}, racing))).toEqual(['a ShopBillSkipped']);
  });

  test('when it is forced again, then the shops that were skipped are billed', async () => {
    await cancel();
    await publishedBy([request('run-1', 'a')]);
    await planned('run-2');

    expect(typesOf(await publishedBy([request('run-2', 'a')], { from: 1n }))).toEqual([
      'a ShopBillCalculated',
      'a InvoiceCreated',
    ]);
  });
});

describe('given trouble', () => {
  test('when a shop failed and is sent again on purpose, then it is billed with the facts of now, and a replay agrees', async () => {
    await world.tell(...billableShop('a', '100.00', { terms: { type: 'revenue_share', rate: '0' }, minimumFee: '9' }));
    await world.tell(plan('a', { effectiveFrom: '2026-10-10', currency: 'EUR' }));
    await planned('run-1');
    const first = request('run-1', 'a');
    expect(typesOf(await publishedBy([first]))).toEqual(['a ShopBillFailed', 'a PLAN_CURRENCY_CHANGED']);
    await world.tell(plan('a', { effectiveFrom: '2026-10-10' }), purchase('a', 'o2', '200.00'));
    expect(await publishedBy([first], { from: 5n })).toEqual([]);

    const redriven = { ...first, headers: { ...first.headers, 'redrive-count': '1' } };
    const published = await publishedBy([redriven], { from: 6n });

    expect(typesOf(published)).toEqual(['a ShopBillCalculated', 'a InvoiceCreated']);
    const pins = await world.pins();
    expect((await eventsOf(published))[0]!.data).toMatchObject({ pins, shopSequence: 2 });
    await world.tell(purchase('a', 'o3', '400.00'));
    expect(await publishedBy([redriven], { from: 6n, publishedBelow: 7n })).toEqual([]);
    expect(await publishedBy([first], { publishedBelow: 7n })).toEqual([]);
  });

  test('when one batch has a broken and a good request for a shop, then the shop is billed', async () => {
    await world.tell(...billableShop('a', '100.00'));
    await planned('run-1');
    const good = request('run-1', 'a');
    const broken = { ...good, value: Buffer.from('garbage'), headers: { ...good.headers, ce_correlationid: 'run-1' } };

    expect(typesOf(await publishedBy([broken, good]))).toEqual([
      'a ShopBillCalculated',
      'a InvoiceCreated',
      'a RECORD_UNDECODABLE',
    ]);
    expect(typesOf(await publishedBy([broken], { from: 5n }))).toEqual(['a RECORD_UNDECODABLE']);
  });

  test('when one shop cannot be billed, then it fails with its code and a dead letter, and its neighbour is billed', async () => {
    await world.tell(...billableShop('a', '100.00'), plan('a', { effectiveFrom: '2026-10-10', currency: 'EUR' }));
    await world.tell(...billableShop('b', '100.00'));
    await planned('run-1');

    const requests = [request('run-1', 'a'), request('run-1', 'b')];
    const published = await publishedBy(requests);

    expect(typesOf(published)).toEqual([
      'a ShopBillFailed',
      'a PLAN_CURRENCY_CHANGED',
      'b ShopBillCalculated',
      'b InvoiceCreated',
    ]);
    expect(published[1]!.value).toEqual(requests[0]!.value);
  });

  test('when a shop is not among those of the run, then it is set aside, and the outcomes still add up', async () => {
    await world.tell(...billableShop('a', '100.00'), ...billableShop('stranger', '100.00'));
    await planned('run-1');
    const poison: OutRecord = {
      topic: 'shop-requests',
      key: 'nobody',
      value: Buffer.from('garbage'),
      headers: { ce_correlationid: 'run-1' },
    };

    const published = await publishedBy([request('run-1', 'stranger'), request('run-1', 'a'), poison]);

    expect(typesOf(published)).toEqual([
      'stranger REQUEST_INVALID',
      'nobody RECORD_UNDECODABLE',
      'a ShopBillCalculated',
      'a InvoiceCreated',
    ]);
  });

  test.each([
    ['characters that are no text', 'a\0'],
    ['more characters than an id has', 'a'.repeat(257)],
  ])('when a record names its run or shop by %s, then it is set aside unchanged', async (_, id) => {
    await planned('run-1');
    const records = [
      request(id, 'a'),
      request('run-1', id),
      { ...request('run-1', id), value: Buffer.from('garbage') },
    ];

    const published = await publishedBy(records);

    expect(published.map(({ headers }) => headers['failure-code'])).toEqual(Array(3).fill('REQUEST_INVALID'));
    expect(published.map(({ key, value }) => [key, value])).toEqual(records.map(({ key, value }) => [key, value]));
  });

  test('when bytes are no message, or a run was never planned, then they are set aside unchanged', async () => {
    const poison: OutRecord = { topic: 'shop-requests', key: 'x', value: Buffer.from('garbage'), headers: { a: 'b' } };
    const unplanned = request('nowhere', 'a');

    const published = await publishedBy([poison, unplanned]);

    expect(typesOf(published)).toEqual(['x RECORD_UNDECODABLE', 'a RUN_NOT_PLANNED']);
    expect(published[0]).toMatchObject({ value: poison.value, headers: { a: 'b', 'original-offset': '0' } });
  });
});

test('given a database restored without the last facts, then a bill waits until the ingester has brought them back', async () => {
  const biller = givenBiller(world);
  await world.tell(...billableShop('a', '100.00'));
  await biller.planned('restored', { shopIds: ['a'] });
  const whole = await world.ledger.positions();
  let looks = 0;
  const restored = {
    ...world.ledger,
    positions: async () => ((looks += 1) === 1 ? [] : whole),
    loadShops: (query: Parameters<typeof world.ledger.loadShops>[0]) => {
      expect(looks).toBeGreaterThan(1);
      return world.ledger.loadShops(query);
    },
  };

  const published = await biller.publishedBy([biller.request('restored', 'a')], {}, { ...world, ledger: restored });

  expect(looks).toBe(2);
  expect(published).not.toEqual([]);
});
