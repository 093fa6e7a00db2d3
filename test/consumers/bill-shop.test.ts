import { beforeEach, describe, expect, test } from 'vitest';
import type { OutRecord } from '../../src/adapters/log.ts';
import type { RegisteredDecision } from '../../src/adapters/register.ts';
import { createBillShop } from '../../src/consumers/bill-shop.ts';
import { calendarMonth } from '../../src/domain/billing-period.ts';
import type { ShopBillDiverged } from '../../src/domain/events.ts';
import { billableShop, plan, purchase } from '../support/facts.ts';
import { batchOf, createMemoryWorld, steps, type MemoryWorld } from '../support/memory-world.ts';

let world: MemoryWorld;

beforeEach(() => {
  world = createMemoryWorld();
});

async function planned(runId: string, { dryRun = false, shopIds = ['a', 'b'] } = {}): Promise<void> {
  const run = {
    runId,
    requestId: `run-requests/0/${runId}`,
    period: calendarMonth('2026-10', 'UTC'),
    dryRun,
    force: false,
    named: false,
    trigger: { source: 'cli', actor: null, deliveryId: null } as const,
    pins: await world.pins(),
    requestedAt: world.clock.now(),
    startedAt: world.clock.now(),
  };
  const manifest = async function* () {
    yield shopIds;
  };
  await world.runs.freeze(run, manifest(), null);
}

const request = (runId: string, shopId: string) =>
  world.message('shop-requests', shopId, 'ShopBillRequested', { runId, shopId }, `${runId}/${shopId}`);

async function publishedBy(...[records, options]: Parameters<typeof batchOf>): Promise<OutRecord[]> {
  const done = await steps(createBillShop(world)(batchOf(records, options)));
  expect(done.map(({ advance }) => advance)).toEqual([true]);
  return done.flatMap(({ publish }) => publish);
}

/** What a request for October at the beginning of its partition asks the register. */
const stateKey = (runId: string, shopId: string) => ({
  runId,
  shopId,
  periodStartDate: '2026-10-01',
  source: { topic: 'shop-requests', partition: 0, offset: 0n },
});

const typesOf = (records: readonly OutRecord[]) =>
  records.map(
    ({ key, headers, topic }) => `${key} ${topic.endsWith('.dlq') ? headers['failure-code'] : headers['ce_type']}`,
  );

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

describe('given trouble', () => {
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

  test('when bytes are no message, or a run was never planned, then they are set aside unchanged', async () => {
    const poison: OutRecord = { topic: 'shop-requests', key: 'x', value: Buffer.from('garbage'), headers: { a: 'b' } };
    const unplanned = request('nowhere', 'a');

    const published = await publishedBy([poison, unplanned]);

    expect(typesOf(published)).toEqual(['x RECORD_UNDECODABLE', 'a RUN_NOT_PLANNED']);
    expect(published[0]).toMatchObject({ value: poison.value, headers: { a: 'b', 'original-offset': '0' } });
  });
});
