/** Shops that cannot be billed yet, on real servers: they wait in the retry topics, and hold nobody up. */
import { expect, test } from 'vitest';
import { eventually } from '../contract/eventually.ts';
import { billableShop, plan, purchase, shop } from '../support/facts.ts';
import { readTopic } from '../support/read-log.ts';
import { EVERY_SHOP, openTestApp, type TestApp } from '../support/test-app.ts';

const abroad = [shop('abroad'), plan('abroad'), purchase('abroad', 'o1', '100.00', { currency: 'EUR' })];
const neighbours = Array.from({ length: 30 }, (_, index) => `shop-${index}`);

const invoicedShops = async ({ app }: TestApp) =>
  (await readTopic(app, 'events'))
    .filter(({ message }) => message.type === 'InvoiceCreated')
    .map(({ record }) => record.key)
    .sort();

test('a quote that never comes: three retries, then the shop fails with its dead letter, and the run completes', async () => {
  await using world = await openTestApp();
  await world.importLines([...abroad, ...neighbours.flatMap((shopId) => billableShop(shopId, '100.00'))]);

  const run = await world.bill();

  expect(run).toMatchObject({
    status: 'completed_with_failures',
    outcomes: { invoiced: neighbours.length, failed: 1 },
  });
  const failed = (await world.shopResults(run.runId)).filter(({ outcome }) => outcome === 'failed');
  expect(failed).toMatchObject([{ shopId: 'abroad', reason: 'FX_RATE_MISSING' }]);
  expect(await invoicedShops(world)).toEqual([...neighbours].sort());
  const [original] = (await readTopic(world.app, 'shop-requests')).filter(({ record }) => record.key === 'abroad');
  const waited = await Promise.all(
    (['retry-1', 'retry-2', 'retry-3'] as const).map((name) => readTopic(world.app, `shop-requests.${name}`)),
  );
  const [dead] = await readTopic(world.app, 'shop-requests.dlq');
  const letters = [...waited.flat(), dead!];
  expect(letters.map(({ record }) => [record.key, record.headers['failure-attempt']])).toEqual(
    ['1', '2', '3', '4'].map((attempt) => ['abroad', attempt]),
  );
  for (const { record } of letters) {
    expect(record.value).toEqual(original!.record.value);
    expect(record.headers).toMatchObject({ ...original!.record.headers, 'original-topic': 'shop-requests' });
  }
});

test('a quote that comes while the shop waits: its neighbours are billed meanwhile, and the next attempt bills it', async () => {
  await using world = await openTestApp({ variables: { RETRY_DELAYS: '4s' } });
  await world.importLines([...abroad, ...neighbours.flatMap((shopId) => billableShop(shopId, '100.00'))]);
  const { runId } = await world.app.requestBillingRun(EVERY_SHOP);
  await eventually(async () => expect(await invoicedShops(world)).toEqual([...neighbours].sort()));
  const [waiting] = await readTopic(world.app, 'shop-requests.retry-1');
  expect(waiting!.record.key).toBe('abroad');
  expect(await world.app.readModels.findRun(runId)).toMatchObject({ status: 'running' });

  await world.importLines([{ type: 'FxRateQuoted', base: 'EUR', quote: 'USD', rate: '2', asOf: '2026-10-15' }]);
  const run = await world.ended(runId);

  expect(run).toMatchObject({ status: 'completed', outcomes: { invoiced: neighbours.length + 1 } });
  const [bill] = (await readTopic(world.app, 'events')).filter(({ record }) => record.key === 'abroad');
  const pins = await world.app.log.endOffsets(['fx-rates']);
  expect(bill!.message).toMatchObject({
    type: 'ShopBillCalculated',
    data: { totalMinor: 600n, pins: expect.arrayContaining(pins) as unknown },
  });
  expect(Date.parse(bill!.record.headers['ce_time']!)).toBeGreaterThanOrEqual(
    Date.parse(waiting!.record.headers['failure-due-at']!),
  );
});
