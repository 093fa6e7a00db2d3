/** A shop that cannot be billed yet: its request waits in the retry topics, and ends in a bill or in ShopBillFailed. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Decoded } from '../../src/adapters/codec.ts';
import type { LogRecord, OutRecord } from '../../src/adapters/log.ts';
import { dueAt } from '../../src/consumers/retry-policy.ts';
import { billableShop, purchase, shop, plan } from '../support/facts.ts';
import { batchOf, createMemoryWorld, type MemoryWorld } from '../support/memory-world.ts';
import { givenBiller } from './given-biller.ts';

let world: MemoryWorld;

const quote = { type: 'FxRateQuoted', base: 'EUR', quote: 'USD', rate: '2', asOf: '2026-10-15' };

const planned = (runId: string, { dryRun = false } = {}) =>
  givenBiller(world).planned(runId, { dryRun, shopIds: ['abroad', 'home'] });

const request = (runId: string, shopId: string) => givenBiller(world).request(runId, shopId);

const publishedBy = (
  records: readonly OutRecord[],
  options: Parameters<typeof batchOf>[1] = {},
  changes: Partial<MemoryWorld> = {},
): Promise<OutRecord[]> => givenBiller(world).publishedBy(records, options, { ...world, ...changes });

const summary = (records: readonly OutRecord[]) =>
  records.map(({ key, headers, topic }) => `${key} ${topic.includes('events') ? headers['ce_type'] : topic}`);

const readBack = (record: OutRecord): LogRecord => batchOf([record]).records[0]!;

/** The bill's own event, of several records. */
async function dataOf<T>(records: readonly OutRecord[], type: string): Promise<T> {
  const decoded = (await world.codec.decode(batchOf(records).records)) as Decoded[];
  return decoded.find(({ message }) => message.type === type)!.message.data as T;
}

const registered = async (source: { topic: OutRecord['topic']; offset: bigint }) =>
  (
    await world.register.load([
      { runId: 'run-1', shopId: 'abroad', periodStartDate: '2026-10-01', source: { partition: 0, ...source } },
    ])
  )[0]!;

beforeEach(async () => {
  world = createMemoryWorld();
  await world.tell(
    shop('abroad'),
    plan('abroad'),
    purchase('abroad', 'o1', '100.00', { currency: 'EUR' }),
    ...billableShop('home', '100.00'),
  );
  await planned('run-1');
});

describe('given a shop whose quote is missing', () => {
  test('then its request waits, unchanged, nothing is recorded about it, and its neighbour is billed', async () => {
    const requests = [request('run-1', 'abroad'), request('run-1', 'home')];

    const published = await publishedBy(requests);

    expect(summary(published)).toEqual([
      'abroad shop-requests.retry-1',
      'home ShopBillCalculated',
      'home InvoiceCreated',
    ]);
    const [retry] = published;
    expect(retry!.value).toEqual(requests[0]!.value);
    expect(retry!.headers).toMatchObject({ ...requests[0]!.headers, 'failure-code': 'FX_RATE_MISSING' });
    expect(dueAt(readBack(retry!))).toBe(world.clock.now() + 5_000);
    expect(await registered({ topic: 'shop-requests', offset: 0n })).toMatchObject({ sequence: 0, decision: null });
  });

  test('when it is still missing each time, then the third retry was the last: failed, with its dead letter', async () => {
    const original = request('run-1', 'abroad');
    const seen: string[][] = [];
    let waiting = original;
    for (;;) {
      const published = await publishedBy([waiting]);
      seen.push(summary(published));
      const last = published.at(-1)!;
      expect(last.value).toEqual(original.value);
      if (last.topic.endsWith('.dlq')) {
        expect(last.headers).toMatchObject({
          'failure-code': 'FX_RATE_MISSING',
          'failure-kind': 'transient',
          'failure-attempt': '4',
          'original-topic': 'shop-requests',
        });
        expect(last.headers).not.toHaveProperty('failure-due-at');
        break;
      }
      world.clock.set(dueAt(readBack(last))!);
      waiting = last;
    }

    expect(seen).toEqual([
      ['abroad shop-requests.retry-1'],
      ['abroad shop-requests.retry-2'],
      ['abroad shop-requests.retry-3'],
      ['abroad ShopBillFailed', 'abroad shop-requests.dlq'],
    ]);
  });

  test('when the quote has come by the next attempt, then that bills the shop at fresh pins, which it keeps', async () => {
    const [waiting] = await publishedBy([request('run-1', 'abroad')]);
    await world.tell(quote);

    const published = await publishedBy([waiting!]);

    expect(summary(published)).toEqual(['abroad ShopBillCalculated', 'abroad InvoiceCreated']);
    const bill = await dataOf<{ totalMinor: bigint; pins: unknown }>(published, 'ShopBillCalculated');
    expect(bill).toMatchObject({ totalMinor: 600n, pins: await world.pins() });
    const { decision } = await registered({ topic: 'shop-requests.retry-1', offset: 0n });
    expect(decision).toMatchObject({ outcome: 'invoiced', pins: await world.pins() });
  });

  test('when that attempt is met again, then it is compared at its own pins and publishes nothing', async () => {
    const [waiting] = await publishedBy([request('run-1', 'abroad')]);
    await world.tell(quote);
    await publishedBy([waiting!]);
    await world.tell(purchase('abroad', 'late', '500.00'));

    expect(await publishedBy([waiting!], { publishedBelow: 1n })).toEqual([]);
    expect(await publishedBy([request('run-1', 'abroad')], { publishedBelow: 1n })).toEqual([]);
  });

  test('when the request is met again while it waits, then it is not sent to wait twice', async () => {
    await publishedBy([request('run-1', 'abroad')]);

    expect(await publishedBy([request('run-1', 'abroad')], { publishedBelow: 1n })).toEqual([]);
  });

  test('when the batch was cut off before it was published, then it is sent to wait again', async () => {
    await publishedBy([request('run-1', 'abroad'), request('run-1', 'home')]);

    const again = await publishedBy([request('run-1', 'abroad'), request('run-1', 'home')]);

    expect(summary(again)).toEqual(['home ShopBillCalculated', 'home InvoiceCreated', 'abroad shop-requests.retry-1']);
  });

  test('when the run is dry, then it waits all the same, and fails in the dry run’s events', async () => {
    await planned('dry', { dryRun: true });
    const [waiting] = await publishedBy([request('dry', 'abroad')]);

    expect(summary([waiting!])).toEqual(['abroad shop-requests.retry-1']);
    const published = await publishedBy([waiting!], {}, { retryDelaysMs: [1] });
    expect(published.map(({ topic }) => topic)).toEqual(['dry-run-events', 'shop-requests.dlq']);
  });

  test('when there are no delays, then it fails at once', async () => {
    const published = await publishedBy([request('run-1', 'abroad')], {}, { retryDelaysMs: [] });

    expect(summary(published)).toEqual(['abroad ShopBillFailed', 'abroad shop-requests.dlq']);
    expect(published[1]!.headers).toMatchObject({ 'failure-attempt': '1' });
  });
});

describe('given trouble nobody foresaw', () => {
  test('in one shop’s own facts, then it is that shop’s failure', async () => {
    const { ledger } = world;
    const broken = {
      ...ledger,
      loadShops: async (query: Parameters<typeof ledger.loadShops>[0]) => {
        const shops = await ledger.loadShops(query);
        return new Map([...shops].map(([id, one]) => [id, id === 'abroad' ? { ...one, plans: null as never } : one]));
      },
    };

    const published = await publishedBy([request('run-1', 'abroad'), request('run-1', 'home')], {}, { ledger: broken });

    expect(summary(published)).toEqual([
      'abroad ShopBillFailed',
      'abroad shop-requests.dlq',
      'home ShopBillCalculated',
      'home InvoiceCreated',
    ]);
    expect(published[1]!.headers).toMatchObject({ 'failure-code': 'INTERNAL' });
  });

  test('in the bytes of one shop’s bill, then it is that shop’s failure', async () => {
    const { codec } = world;
    const broken: typeof codec = {
      ...codec,
      encode: (topic, key, type, data, envelope) => {
        if (key === 'home' && type === 'ShopBillCalculated') throw new TypeError('no such field');
        return codec.encode(topic, key, type, data, envelope);
      },
    };
    await world.tell(quote);
    await planned('run-2');

    const published = await publishedBy([request('run-2', 'abroad'), request('run-2', 'home')], {}, { codec: broken });

    expect(summary(published)).toEqual([
      'abroad ShopBillCalculated',
      'abroad InvoiceCreated',
      'home ShopBillFailed',
      'home shop-requests.dlq',
    ]);
  });

  test('anywhere else, then the batch throws, for the worker to wait', async () => {
    const away = { ...world.ledger, loadUsage: () => Promise.reject(new TypeError('fetch failed')) };

    await expect(publishedBy([request('run-1', 'home')], {}, { ledger: away })).rejects.toThrow('fetch failed');
  });
});
