/** Records that nobody can handle, on every topic anybody can reach: set aside whole, and nothing else is held up. */
import { expect, test } from 'vitest';
import type { LogRecord, OutRecord } from '../../src/adapters/log.ts';
import type { TopicName } from '../../src/topics.ts';
import { eventually } from '../contract/eventually.ts';
import { billableShop } from '../support/facts.ts';
import { EVERY_SHOP, openTestApp, type TestApp } from '../support/test-app.ts';

const SHOPS = 40;
/** As much as a topic takes by default, but for what surrounds a record. */
const LARGEST_BYTES = 1_048_000;

const poison = (topic: TopicName, key: string | null, value: Buffer | null, runId?: string): OutRecord => ({
  topic,
  key,
  value,
  headers: runId === undefined ? {} : { ce_correlationid: runId },
});

async function rawRecords({ app }: TestApp, topic: TopicName): Promise<LogRecord[]> {
  const ends = await app.log.endOffsets([topic]);
  const records: LogRecord[] = [];
  for await (const some of app.log.read(
    ends.map(({ partition, offset }) => ({ topic, partition, from: 0n, to: offset })),
  ))
    records.push(...some);
  return records;
}

test('a run among poison completes with every shop billed, and each poisoned record is a dead letter as it was', async () => {
  await using world = await openTestApp();
  const shopIds = Array.from({ length: SHOPS }, (_, index) => `shop-${index}`);
  const anyone = [
    poison('usage', 'shop-1', Buffer.from('hello')),
    poison('usage', 'shop-1', null),
    poison('usage', 'a\0b', Buffer.alloc(LARGEST_BYTES, 1)),
    poison('shops', null, Buffer.from([0, 0, 0, 0, 9, 255, 255])),
    poison('fx-rates', 'EURUSD', Buffer.from('{}')),
    poison('run-requests', '2026-10', Buffer.from('{"period":"2026-10","shopIds":["a\\u0000"]}')),
    poison('run-requests', '2026-10', Buffer.from('{"period":')),
  ];
  await world.app.log.publish(anyone);
  await world.importLines(shopIds.flatMap((shopId) => billableShop(shopId, '100.00')));
  // Amid the run's own requests: unknown run, unknown shop, ids that are no text.
  const amid = (runId: string) => [
    poison('shop-requests', 'shop-1', Buffer.from('garbage'), 'unheard-of'),
    poison('shop-requests', 'nobody', Buffer.from('garbage'), runId),
    poison('shop-requests', 'a\0b', Buffer.from('garbage'), runId),
    poison('shop-requests', 'shop-2', Buffer.from('garbage'), '\0'),
    poison('shop-requests', null, null),
  ];
  await world.app.log.publish(amid('not-planned'));
  const { runId } = await world.app.requestBillingRun({ ...EVERY_SHOP, shopIds });
  await world.app.log.publish(amid(runId));

  const run = await world.ended(runId);

  expect(run).toMatchObject({ status: 'completed', outcomes: { invoiced: SHOPS } });
  const expected = [...anyone, ...amid('not-planned'), ...amid(runId)];
  await eventually(async () => {
    const topics = ['usage', 'shops', 'fx-rates', 'run-requests', 'shop-requests'] as const;
    const dead = (await Promise.all(topics.map((topic) => rawRecords(world, `${topic}.dlq`)))).flat();
    const seen = ({ topic, key, value }: OutRecord) => `${topic} ${key} ${value?.toString('hex')}`;
    expect(
      dead.map((record) => seen({ ...record, topic: record.headers['original-topic'] as TopicName })).sort(),
    ).toEqual(expected.map(seen).sort());
  });
  await eventually(async () => {
    const { deadLetters } = await world.app.readModels.status(Date.now());
    expect(deadLetters).toBe(expected.length);
  });
});
