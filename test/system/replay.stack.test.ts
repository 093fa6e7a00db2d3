/** Offsets of the billing group reset with a Kafka client: recomputed, compared, and nothing issued twice. */
import { expect, test } from 'vitest';
import { eventually } from '../contract/eventually.ts';
import { billableShop, plan } from '../support/facts.ts';
import { readTopic } from '../support/read-log.ts';
import { billerCaughtUp, resetToBeginning } from '../support/reset-biller.ts';
import { openTestApp } from '../support/test-app.ts';

test('reset to the beginning, again and again, a period publishes nothing more', async () => {
  await using world = await openTestApp({ withRoles: false });
  const { app, config } = world;
  const others = await app.startRoles(['ingester', 'planner', 'projector']);
  await world.importLines([
    ...Array.from({ length: 30 }, (_, index) => billableShop(`shop-${index}`, '100.00')).flat(),
    ...billableShop('broken', '100.00'),
    plan('broken', { effectiveFrom: '2026-10-10', currency: 'EUR' }),
  ]);
  const first = await app.startRoles(['biller']);
  await world.bill();
  await world.bill({ dryRun: true });
  await first.stop();
  const published = async () => {
    const topics = ['events', 'dry-run-events', 'shop-requests.dlq'] as const;
    return Promise.all(topics.map(async (topic) => (await readTopic(app, topic)).length));
  };
  // Live: 30 bills with their invoices and a failure. Dry: 30 bills and a failure. A dead letter of each.
  const once = [61, 31, 2];
  await eventually(async () => expect(await published()).toEqual(once));

  for (let time = 0; time < 3; time += 1) {
    await resetToBeginning(config);
    const again = await app.startRoles(['biller']);
    await billerCaughtUp(app);
    await again.stop();
  }

  expect(await published()).toEqual(once);
  await others.stop();
});
