/** The whole way on real servers: NDJSON → log → ledger → run → register → events → read models. */
import { expect, test } from 'vitest';
import { createGateway } from '../../src/gateway/create-gateway.ts';
import { eventually } from '../contract/eventually.ts';
import { billableShop, plan, purchase, refund, shop } from '../support/facts.ts';
import { readTopic } from '../support/read-log.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';

const byShop = async (world: TestApp, runId: string) =>
  Object.fromEntries(
    (await world.shopResults(runId)).map(({ shopId, outcome, feeMinor, reason }) => [
      shopId,
      [outcome, feeMinor, reason],
    ]),
  );

test('facts from a file become invoices, and every other shop ends in a named outcome', async () => {
  await using world = await openTestApp();
  const report = await world.importLines([
    ...billableShop('share', '3000.00'),
    ...billableShop('tiers', '10000.00', { terms: { type: 'performance_tier' } }),
    ...billableShop('taxed', '1000.00', { discountRate: '0.1', taxRate: '0.2' }),
    ...billableShop('trialling', '100.00', { trialThreshold: '500' }),
    shop('idle'),
    plan('idle'),
    ...billableShop('refunded', '100.00'),
    refund('refunded', 'r1', 'refunded-o1', '100.00'),
    shop('in-debt'),
    plan('in-debt'),
    purchase('in-debt', 'o-september', '200.00', { occurredAt: '2026-09-30T10:00:00Z' }),
    refund('in-debt', 'r1', 'o-september', '50.00'),
    ...billableShop('broken', '100.00'),
    plan('broken', { effectiveFrom: '2026-10-10', currency: 'EUR' }),
    ...billableShop('gone', '100.00').map((fact, index) => (index === 0 ? { ...fact, status: 'uninstalled' } : fact)),
    shop('planless'),
    purchase('planless', 'o1', '10.00'),
  ]);
  expect(report).toMatchObject({ rejected: 0 });

  const run = await world.bill();

  expect(run).toMatchObject({
    status: 'completed_with_failures',
    expectedShops: 8,
    outcomes: { invoiced: 3, trial: 1, zero: 2, credit: 1, failed: 1 },
    totals: [{ currency: 'USD', feesMinor: 9_000n + 27_500n + 3_240n - 150n }],
    unbillableShopsWithUsage: 2,
  });
  expect(await byShop(world, run.runId)).toEqual({
    share: ['invoiced', 9_000n, null],
    tiers: ['invoiced', 27_500n, null],
    taxed: ['invoiced', 3_240n, null],
    trialling: ['trial', 0n, null],
    idle: ['zero', 0n, null],
    refunded: ['zero', 0n, null],
    'in-debt': ['credit', -150n, null],
    broken: ['failed', null, 'PLAN_CURRENCY_CHANGED'],
  });
  const invoices = await world.invoices();
  expect(invoices.map(({ invoiceNumber }) => invoiceNumber)).toEqual(
    [1, 2, 3].map((n) => `INV-${new Date(run.startedAt).getUTCFullYear()}-00000${n}`),
  );
  for (const invoice of invoices) {
    expect(invoice.lines.reduce((sum, line) => sum + line.amountMinor, 0n)).toBe(invoice.subtotalMinor);
    expect(invoice.dueAt - invoice.issuedAt).toBe(30 * 24 * 3_600_000);
  }
  await eventually(async () => {
    const dead = await readTopic(world.app, 'shop-requests.dlq');
    expect(dead.map(({ record }) => [record.key, record.headers['failure-code']])).toEqual([
      ['broken', 'PLAN_CURRENCY_CHANGED'],
    ]);
  });
});

test('named shops that cannot be billed are skipped with a reason, and named twice is named once', async () => {
  await using world = await openTestApp();
  await world.importLines([...billableShop('a', '100.00'), shop('b', { status: 'paused' }), plan('b'), shop('c')]);

  const run = await world.bill({ shopIds: ['a', 'b', 'c', 'nobody', 'a'] });

  expect(await byShop(world, run.runId)).toEqual({
    a: ['invoiced', 300n, null],
    b: ['skipped', null, 'shop_inactive'],
    c: ['skipped', null, 'no_plan'],
    nobody: ['skipped', null, 'shop_not_found'],
  });
});

test('the same run asked for twice, and through two channels at once, is one run with one invoice per shop', async () => {
  await using world = await openTestApp();
  const shopIds = Array.from({ length: 40 }, (_, index) => `shop-${index}`);
  await world.importLines(shopIds.flatMap((shopId) => billableShop(shopId, '100.00')));
  const gateway = await createGateway({ app: world.app });

  const [first, second, response] = await Promise.all([
    world.bill(),
    world.bill({ trigger: { source: 'cron', actor: null, deliveryId: null } }),
    gateway.inject({
      method: 'POST',
      url: '/api/billing-scheduler/process-monthly-billing',
      payload: { period: '2026-10' },
    }),
  ]);
  const again = await world.app.requestBillingRun({
    shopIds: null,
    period: '2026-10',
    periodStart: null,
    periodEnd: null,
    dryRun: false,
    force: false,
    trigger: { source: 'cli', actor: null, deliveryId: null },
  });

  expect(response.statusCode).toBe(202);
  expect(new Set([first.runId, second.runId, response.json<{ run_id: string }>().run_id, again.runId]).size).toBe(1);
  expect(again.published).toBe(false);
  const started = await readTopic(world.app, 'run-events');
  expect(started.filter(({ message }) => message.type === 'BillingRunStarted')).toHaveLength(1);
  const created = (await readTopic(world.app, 'events')).filter(({ message }) => message.type === 'InvoiceCreated');
  expect(created.map(({ record }) => record.key).sort()).toEqual([...shopIds].sort());
  await gateway.close();
});

test('runs racing over the same shops, in two processes, settle each shop once and number without gaps', async () => {
  await using world = await openTestApp();
  const other = await world.another();
  const roles = await other.startRoles(['ingester', 'planner', 'biller', 'projector']);
  const shopIds = Array.from({ length: 120 }, (_, index) => `shop-${index}`);
  await world.importLines(shopIds.flatMap((shopId) => billableShop(shopId, '100.00')));

  const runs = await Promise.all([
    world.bill(),
    world.bill({ force: true }),
    world.bill({ shopIds: shopIds.slice(30, 90) }),
    world.bill({ shopIds }),
  ]);
  await roles.stop();

  const outcomes = await Promise.all(runs.map(({ runId }) => world.shopResults(runId)));
  for (const shopId of shopIds) {
    const ofShop = outcomes.flat().filter((result) => result.shopId === shopId);
    expect(ofShop.filter(({ outcome }) => outcome === 'invoiced')).toHaveLength(1);
    expect(
      ofShop.filter(({ outcome }) => outcome !== 'invoiced').every(({ reason }) => reason === 'already_settled'),
    ).toBe(true);
  }
  const numbers = (await world.invoices()).map(({ invoiceNumber }) => Number(invoiceNumber.split('-').at(-1)));
  expect(numbers).toEqual(shopIds.map((_, index) => index + 1));
});

test('a file imported again changes nothing; a contradicting fact is set aside and the first stands', async () => {
  await using world = await openTestApp();
  const facts = [...billableShop('a', '100.00'), ...billableShop('b', '200.00')];
  await world.importLines(facts);
  await world.importLines(facts);
  await world.importLines([purchase('a', 'a-o1', '999.00')]);

  const run = await world.bill();

  expect(await byShop(world, run.runId)).toEqual({ a: ['invoiced', 300n, null], b: ['invoiced', 600n, null] });
  await eventually(async () => {
    const dead = await readTopic(world.app, 'usage.dlq');
    expect(dead.map(({ record }) => record.headers['failure-code'])).toEqual(['FACT_CONFLICT']);
  });
});

test('a dry run calculates the same and leaves no trace', async () => {
  await using world = await openTestApp();
  await world.importLines([...billableShop('a', '100.00'), ...billableShop('b', '0.00')]);

  const dry = await world.bill({ dryRun: true });
  const live = await world.bill();

  expect(await byShop(world, dry.runId)).toEqual({ a: ['calculated', 300n, null], b: ['zero', 0n, null] });
  expect(await byShop(world, live.runId)).toEqual({ a: ['invoiced', 300n, null], b: ['zero', 0n, null] });
  const events = await readTopic(world.app, 'events');
  expect(events.every(({ envelope }) => envelope.correlationId === live.runId)).toBe(true);
  expect(events.map(({ message }) => (message.data as { shopSequence: number }).shopSequence)).toEqual([1, 1, 1]);
});

test('a run over no shops completes at once', async () => {
  await using world = await openTestApp();

  const run = await world.bill();

  expect(run).toMatchObject({ status: 'completed', expectedShops: 0, outcomes: {} });
});
