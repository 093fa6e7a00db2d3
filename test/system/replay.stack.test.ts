/** Offsets of the billing group reset with a Kafka client: recomputed, compared, and nothing issued twice. */
import { Kafka, logLevel } from 'kafkajs';
import { expect, inject, test } from 'vitest';
import { eventually } from '../contract/eventually.ts';
import { billableShop, plan } from '../support/facts.ts';
import { readTopic } from '../support/read-log.ts';
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
    await resetToBeginning(`${config.topicPrefix}biller`, `${config.topicPrefix}shop-requests`);
    const again = await app.startRoles(['biller']);
    await caughtUp(world);
    await again.stop();
  }

  expect(await published()).toEqual(once);
  await others.stop();
});

async function resetToBeginning(groupId: string, topic: string): Promise<void> {
  const admin = new Kafka({ brokers: [inject('kafka')], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await admin.resetOffsets({ groupId, topic, earliest: true });
  } finally {
    await admin.disconnect();
  }
}

/** The group has committed to the ends of its topic again. */
async function caughtUp({
  app: { log, clock },
}: {
  app: Pick<Awaited<ReturnType<typeof openTestApp>>['app'], 'log' | 'clock'>;
}): Promise<void> {
  const ends = await log.endOffsets(['shop-requests']);
  for (;;) {
    const committed = new Map(
      (await log.committedOffsets('biller', ['shop-requests'])).map((at) => [at.partition, at.offset]),
    );
    if (ends.every(({ partition, offset }) => (committed.get(partition) ?? 0n) >= offset)) return;
    await clock.sleep(50);
  }
}
