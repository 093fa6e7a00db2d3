/** Held bills on real servers: decided once, whatever is repeated, raced or replayed. */
import { expect, test } from 'vitest';
import type { HeldBillView } from '../../src/adapters/read-models.ts';
import { eventually } from '../contract/eventually.ts';
import { suspiciousShop } from '../support/facts.ts';
import { readTopic } from '../support/read-log.ts';
import { billerCaughtUp, resetToBeginning } from '../support/reset-biller.ts';
import { openTestApp, type TestApp } from '../support/test-app.ts';

type Wish = 'HoldReleaseRequested' | 'HoldRejectRequested';

/** Publishes what several people want of held bills, in this order. */
async function ask({ app }: TestApp, wishes: readonly { type: Wish; bill: HeldBillView }[]): Promise<void> {
  const { log, codec, clock } = app;
  const time = clock.now();
  await log.publish(
    wishes.map(({ type, bill: { shopId, billId } }, index) => {
      const data = { shopId, billId, reason: 'looked at it', actor: 'ann', requestedAt: time };
      const envelope = { id: `${type} ${billId} ${index}`, correlationId: null, causationId: null, time };
      return codec.encode('shop-requests', shopId, type, data, envelope);
    }),
  );
}

test('a hold is released or rejected once, and a second run bills none of them', async () => {
  await using world = await openTestApp({ withRoles: false });
  const { app, config } = world;
  const others = await app.startRoles(['ingester', 'planner', 'projector']);
  const billers = [await app.startRoles(['biller']), await (await world.another()).startRoles(['biller'])];
  const shopIds = Array.from({ length: 12 }, (_, n) => `shop-${n}`);
  await world.importLines(shopIds.flatMap((shopId) => suspiciousShop(shopId, '1000.00')));
  const { runId } = await world.bill();
  const held = (await app.readModels.listHeldBills({ cursor: null, limit: 100 })).items;
  expect(held.map(({ shopId }) => shopId).sort()).toEqual(shopIds.toSorted());

  // Four are released, four rejected, four left alone; everything is asked twice, and both of some.
  const [released, rejected, raced] = [held.slice(0, 4), held.slice(4, 6), held.slice(6, 8)];
  const wishes = [
    ...released.map((bill) => ({ type: 'HoldReleaseRequested' as const, bill })),
    ...rejected.map((bill) => ({ type: 'HoldRejectRequested' as const, bill })),
    ...raced.map((bill) => ({ type: 'HoldRejectRequested' as const, bill })),
  ];
  await ask(world, [...wishes, ...wishes, ...raced.map((bill) => ({ type: 'HoldReleaseRequested' as const, bill }))]);

  await eventually(async () => {
    expect(await app.readModels.findRun(runId)).toMatchObject({
      status: 'completed',
      outcomes: { invoiced: 4, rejected: 4, held: 4 },
      totals: [{ currency: 'USD', feesMinor: 8n * 3_000n }],
    });
  });
  const second = await world.bill({ force: true });
  expect(second.outcomes).toEqual({ skipped: 12 });
  await billerCaughtUp(app);
  for (const biller of billers) await biller.stop();
  const before = await readTopic(app, 'events');

  await resetToBeginning(config);
  const again = await app.startRoles(['biller']);
  await billerCaughtUp(app);
  await again.stop();

  const idsOf = (events: typeof before) => events.map(({ envelope }) => envelope.id).sort();
  expect(idsOf(await readTopic(app, 'events'))).toEqual(idsOf(before));
  for (const bill of released) {
    const events = before.filter(({ record }) => record.key === bill.shopId).map(({ message }) => message);
    const calculated = events.find(({ type }) => type === 'ShopBillCalculated')!.data;
    const created = events.filter(({ type }) => type === 'InvoiceCreated').map(({ data }) => data);
    const { lines, subtotalMinor, totalMinor, billId } = calculated as unknown as Record<string, unknown>;
    expect(created).toMatchObject([{ lines, subtotalMinor, totalMinor, billId, shopSequence: 2 }]);
  }
  const numbers = (await world.invoices()).map(({ invoiceNumber }) => Number(invoiceNumber.split('-').at(-1)));
  expect(numbers.sort()).toEqual([1, 2, 3, 4]);
  const dead = (await readTopic(app, 'shop-requests.dlq')).map(({ record }) => record.headers['failure-code']);
  expect(dead).toEqual(['HOLD_ALREADY_DECIDED', 'HOLD_ALREADY_DECIDED']);
  expect((await app.readModels.listHeldBills({ cursor: null, limit: 100 })).items).toHaveLength(4);
  await others.stop();
});
