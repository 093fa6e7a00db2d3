import { afterEach, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { explainBill } from '../../src/consumers/explain-bill.ts';
import { createGateway } from '../../src/gateway/create-gateway.ts';
import { givenBiller } from '../consumers/given-biller.ts';
import { billableShop } from '../support/facts.ts';
import { createMemoryWorld } from '../support/memory-world.ts';
import { fakeApp } from './fake-app.ts';

const API = '/api/billing-scheduler';

let gateway: FastifyInstance | undefined;
afterEach(() => gateway?.close());

async function reader(state: Parameters<typeof fakeApp>[0] = {}) {
  const server = (gateway = await createGateway({ app: fakeApp(state).app }));
  return (path: string) => server.inject({ method: 'GET', url: `${API}${path}` });
}

it('explains a bill', async () => {
  const world = createMemoryWorld();
  const biller = givenBiller(world);
  await world.tell(...billableShop('a', '2000.00'));
  await biller.planned('run-1', { shopIds: ['a'] });
  await biller.publishedBy([biller.request('run-1', 'a')]);
  const explained = await explainBill(world, { shopId: 'a', periodStartDate: '2026-10-01' });
  const get = await reader({ explained: [explained] });

  const response = await get('/shops/a/bills/2026-10');

  expect(response.statusCode).toBe(200);
  expect(response.json()).toMatchObject({
    shop_id: 'a',
    period: { start_date: '2026-10-01', end_date: '2026-10-31' },
    outcome: 'invoiced',
    invoice_number: 'INV-2026-000001',
    reproduction: { reproduced: true },
    bill: { total: '60.00', segments: [{ fee: '60.00' }] },
    derivation: { segments: [{ net: '2000.00', fee: '60.00', orders: [{ order_id: 'a-o1', attributed: '2000.00' }] }] },
  });
});

it('answers 404 where nothing was decided, and 400 for what is no month', async () => {
  const get = await reader();

  expect((await get('/shops/a/bills/2026-10')).json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  expect((await get('/shops/a/bills/october')).json()).toMatchObject({ status: 400, code: 'PERIOD_INVALID' });
});
