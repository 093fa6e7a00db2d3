import { randomBytes } from 'node:crypto';
import { ConfigResourceTypes } from 'kafkajs';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import '../support/provided.ts';
import { createAvroCodec } from '../../src/adapters/avro-codec.ts';
import { createKafkaClient } from '../../src/adapters/kafka-client.ts';
import { silentLogger } from '../../src/adapters/logger.ts';
import { loadSchemaFiles, newestSchemas } from '../../src/adapters/schema-files.ts';
import { createSchemaRegistry } from '../../src/adapters/schema-registry.ts';
import { applySchemas, lookupSchemas } from '../../src/adapters/schemas-apply.ts';
import { applyTopics } from '../../src/adapters/topics-apply.ts';
import { TOPICS, TOPIC_NAMES } from '../../src/topics.ts';
import { eventually } from '../contract/eventually.ts';

const topicPrefix = `test-${randomBytes(4).toString('hex')}.`;
const schemas = loadSchemaFiles();
const connection = { brokers: [inject('kafka')], clientId: 'test', logger: silentLogger };
const registry = createSchemaRegistry({ url: inject('registry') });
const admin = createKafkaClient(connection).admin();

beforeAll(() => admin.connect());
afterAll(async () => {
  const ours = (await admin.listTopics()).filter((topic) => topic.startsWith(topicPrefix));
  if (ours.length > 0) await admin.deleteTopics({ topics: ours });
  await admin.disconnect();
});

test('topics are created once, raised when there are to be more, and never changed', async () => {
  const first = await applyTopics({ ...connection, topicPrefix, partitions: 2 });
  expect(first.created).toHaveLength(TOPIC_NAMES.length);
  expect(first).toMatchObject({ raised: [], differences: [] });
  expect(await applyTopics({ ...connection, topicPrefix, partitions: 2 })).toEqual({
    created: [],
    raised: [],
    differences: [],
  });

  const raised = await applyTopics({ ...connection, topicPrefix, partitions: 3 });
  const sharded = TOPIC_NAMES.filter((topic) => TOPICS[topic].partitions === 'sharded');
  expect(raised.raised).toEqual(sharded.map((topic) => ({ topic: topicPrefix + topic, from: 2, to: 3 })));
  expect(raised.differences).toEqual([]);

  const name = `${topicPrefix}events`;
  const configEntries = [{ name: 'retention.ms', value: '60000' }];
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries }],
  });
  await eventually(async () => {
    const { differences } = await applyTopics({ ...connection, topicPrefix, partitions: 2 });
    expect(differences).toContainEqual({ topic: name, setting: 'retention.ms', expected: '-1', actual: '60000' });
    expect(differences).toContainEqual({ topic: name, setting: 'partitions', expected: '2', actual: '3' });
  });
});

test('schemas are registered once, and found again without registering', async () => {
  await expect(lookupSchemas({ registry, schemas, topicPrefix })).rejects.toMatchObject({ code: 'SETUP_MISSING' });

  const first = await applySchemas({ registry, schemas, topicPrefix });
  const again = await applySchemas({ registry, schemas, topicPrefix });

  const subjects = TOPIC_NAMES.flatMap((topic) => TOPICS[topic].messages);
  const versions = subjects.flatMap((type) => schemas.filter(({ name }) => name === type));
  expect(first.registered).toHaveLength(versions.length);
  expect(first.subjectIds.size).toBe(subjects.length);
  expect(again).toEqual({ subjectIds: first.subjectIds, registered: [] });
  expect(await lookupSchemas({ registry, schemas, topicPrefix })).toEqual(first.subjectIds);
});

test('a subject keeps full compatibility, and refuses what breaks it', async () => {
  const subject = `${topicPrefix}compatibility-billing.ShopRegistered`;
  const { json } = newestSchemas(schemas).get('ShopRegistered')!;
  await registry.register(subject, json);
  const broken = { ...json, fields: [...json.fields, { name: 'mandatory', type: 'string' }] };
  await expect(registry.register(subject, broken)).rejects.toMatchObject({ code: 'SETUP_MISSING' });
  const response = await fetch(`${inject('registry')}/config/${encodeURIComponent(subject)}`);
  expect(await response.json()).toEqual({ compatibilityLevel: 'FULL_TRANSITIVE' });
});

test('a record written by somebody else is read with the schema from the registry', async () => {
  const { subjectIds } = await applySchemas({ registry, schemas, topicPrefix });
  const codec = createAvroCodec({ schemas, subjectIds, fetchForeign: (id) => registry.schemaById(id), topicPrefix });
  const shop = { shopId: 's', shopDomain: 'd', status: 'active', currency: 'USD', occurredAt: 1_790_000_000_000 };
  const envelope = { id: 'e', correlationId: null, causationId: null, time: 0 };
  const ours = codec.encode('shops', 's', 'ShopRegistered', shop, envelope);
  const theirs = { ...ours, headers: {}, partition: 0, offset: 0n, timestamp: 0 };
  const unknown = { ...theirs, value: Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 0]) };

  const decoded = await codec.decode([theirs, unknown]);

  expect(decoded[0]).toMatchObject({ message: { type: 'ShopRegistered', data: shop }, envelope: { id: 'shops/0/0' } });
  expect(decoded[1]).toMatchObject({ problem: expect.stringContaining('knows no schema') as string });
});

test('a registry that does not answer is named within seconds, without its password', async () => {
  const away = createSchemaRegistry({ url: 'http://user:secret@127.0.0.1:1/apis' });
  const began = Date.now();
  const failures = await Promise.all([
    away.schemaById(1).catch((error: unknown) => error),
    away.lookup('s', schemas[0]!.json).catch((error: unknown) => error),
    away.register('s', schemas[0]!.json).catch((error: unknown) => error),
    away.setGlobalCompatibility().catch((error: unknown) => error),
  ]);
  for (const failure of failures) {
    expect(failure).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: 'The schema registry does not answer at http://127.0.0.1:1/apis.',
    });
  }
  expect(Date.now() - began).toBeLessThan(6_000);
});
