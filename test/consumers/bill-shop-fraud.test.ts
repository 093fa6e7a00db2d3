import { beforeEach, describe, expect, test } from 'vitest';
import { createBillShop } from '../../src/consumers/bill-shop.ts';
import { createUnevaluatedChecks } from '../../src/consumers/unevaluated-checks.ts';
import { calendarMonth } from '../../src/domain/billing-period.ts';
import { billableShop, suspiciousShop } from '../support/facts.ts';
import { batchOf, createMemoryWorld, steps, type MemoryWorld } from '../support/memory-world.ts';

let world: MemoryWorld;

async function planned(runId: string, dryRun: boolean): Promise<void> {
  const run = {
    ...{ runId, requestId: `run-requests/0/${runId}`, period: calendarMonth('2026-10', 'UTC'), dryRun },
    ...{ force: false, named: false, trigger: { source: 'cli', actor: null, deliveryId: null } as const },
    ...{ pins: await world.pins(), requestedAt: world.clock.now(), startedAt: world.clock.now() },
  };
  const manifest = async function* () {
    yield ['farmed', 'honest'];
  };
  await world.runs.freeze(run, manifest(), null);
}

async function published(runId: string, { publishedBelow = 0n, shops = ['farmed', 'honest'] } = {}) {
  const requests = shops.map((shopId) =>
    world.message('shop-requests', shopId, 'ShopBillRequested', { runId, shopId }, `${runId}/${shopId}`),
  );
  const done = await steps(createBillShop(world)(batchOf(requests, { publishedBelow })));
  return done.flatMap(({ publish }) => publish);
}

describe('given a shop with a click farm and sales to nobody ever seen, and an honest one', () => {
  beforeEach(async () => {
    world = createMemoryWorld();
    await world.tell(...suspiciousShop('farmed', '1000.00'), ...billableShop('honest', '100.00'));
  });

  test('when they are billed, then the one is held and flagged and takes no number, the other is invoiced', async () => {
    await planned('run-1', false);

    const records = await published('run-1');

    expect(records.map(({ topic, key, headers }) => `${topic} ${key} ${headers['ce_type']}`)).toEqual([
      'events farmed ShopBillCalculated',
      'events farmed FraudFlagged',
      'events honest ShopBillCalculated',
      'events honest InvoiceCreated',
    ]);
    const messages = (await world.codec.decode(batchOf(records).records)).flatMap((one) =>
      'message' in one ? [one.message] : [],
    );
    expect(messages[0]).toMatchObject({ data: { outcome: 'held', fraud: { level: 'high', confidencePpm: 900_000 } } });
    expect(messages[1]).toMatchObject({ data: { assessment: { level: 'high' }, shopSequence: 1 } });
    expect(messages[3]).toMatchObject({ data: { invoiceNumber: 'INV-2026-000001' } });
  });

  test('when the requests are met again, then the assessment is the same and nothing diverges', async () => {
    await planned('run-1', false);
    await published('run-1');
    expect(await published('run-1', { publishedBelow: 2n })).toEqual([]);
  });

  test('when a second run comes, then the held bill blocks it', async () => {
    await planned('run-1', false);
    await published('run-1');
    await planned('run-2', false);

    const [skipped] = await published('run-2', { shops: ['farmed'] });

    expect(skipped!.headers['ce_type']).toBe('ShopBillSkipped');
  });

  test('when it is a dry run, then nothing is held and the flag goes where the bill goes', async () => {
    await planned('dry', true);

    const records = await published('dry', { shops: ['farmed'] });

    expect(records.map(({ topic, headers }) => `${topic} ${headers['ce_type']}`)).toEqual([
      'dry-run-events ShopBillCalculated',
      'dry-run-events FraudFlagged',
    ]);
  });
});

describe('given a shop whose plan is in a currency without a quote to USD', () => {
  test('when it is billed, then two checks are counted as not evaluated, once, and it is invoiced', async () => {
    world = createMemoryWorld();
    const [registered, plan, sale] = billableShop('farmed', '100.00', { currency: 'GBP' });
    await world.tell(registered!, plan!, { ...sale, currency: 'GBP' });
    await planned('run-1', false);
    const unevaluated = createUnevaluatedChecks();
    const request = world.message('shop-requests', 'farmed', 'ShopBillRequested', { runId: 'run-1', shopId: 'farmed' });
    const billShop = createBillShop({ ...world, onDecided: unevaluated.count });

    const [step] = await steps(billShop(batchOf([request])));
    await steps(billShop(batchOf([request], { publishedBelow: 1n })));

    expect(step!.publish.map(({ headers }) => headers['ce_type'])).toEqual(['ShopBillCalculated', 'InvoiceCreated']);
    expect([...unevaluated.byCode()]).toEqual([
      ['suspicious_revenue_pattern', 1],
      ['revenue_manipulation', 1],
    ]);
  });
});
