import { Kafka, logLevel } from 'kafkajs';
import type { Producer } from 'kafkajs';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import '../support/provided.ts';
import { systemClock } from '../../src/adapters/clock.ts';
import { createKafkaClient } from '../../src/adapters/kafka-client.ts';
import { createKafkaLog } from '../../src/adapters/kafka-log.ts';
import { openFencedProducer } from '../../src/adapters/kafka-transactions.ts';
import type { Log, OutRecord } from '../../src/adapters/log.ts';
import { applyTopics } from '../../src/adapters/topics-apply.ts';
import { eventually } from '../contract/eventually.ts';
import { makeKafkaWorld } from './kafka-world.ts';

let world: Awaited<ReturnType<typeof makeKafkaWorld>>;
let log: Log;
const producers: Producer[] = [];

beforeAll(async () => {
  world = await makeKafkaWorld(inject('kafka'));
  log = world.process();
});
afterAll(async () => {
  await Promise.all(producers.map((producer) => producer.disconnect()));
  await world.close();
});

const record = (value: string, topic: OutRecord['topic'] = 'run-events'): OutRecord => ({
  topic,
  key: 'k',
  value: Buffer.from(value),
  headers: {},
});

const endOf = async (topic: OutRecord['topic']) => (await log.endOffsets([topic]))[0]!.offset;

async function valuesFrom(topic: OutRecord['topic'], from: bigint): Promise<string[]> {
  const values: string[] = [];
  const to = await endOf(topic);
  for await (const some of log.read([{ topic, partition: 0, from, to }])) {
    values.push(...some.map(({ value }) => value!.toString()));
  }
  return values;
}

const fenced = (transactionalId: string) =>
  openFencedProducer({
    kafka: createKafkaClient(world.connection),
    brokers: world.connection.brokers,
    clock: systemClock,
    topicPrefix: world.prefix,
    transactionalId,
  });

/** A foreign transaction, left open. */
async function openTransaction(id: string, value: string) {
  const producer = new Kafka({ brokers: [inject('kafka')], logLevel: logLevel.NOTHING }).producer({
    transactionalId: world.prefix + id,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  producers.push(producer);
  await producer.connect();
  const transaction = await producer.transaction();
  const add = (text: string) =>
    transaction.send({ topic: `${world.prefix}run-events`, messages: [{ key: 'k', value: text, partition: 0 }] });
  await add(value);
  return { add, abort: () => transaction.abort(), commit: () => transaction.commit() };
}

test('the later producer of an id ends the earlier one', async () => {
  const begin = await endOf('run-events');
  const place = { group: `${world.prefix}fencing`, topic: `${world.prefix}run-requests`, partition: 0, metadata: '' };
  const step = (value: string, offset: bigint) => ({ publish: [record(value)], positions: [{ ...place, offset }] });
  const earlier = await fenced('fenced');
  await earlier.commit(step('before', 1n));

  const later = await fenced('fenced');
  await expect(earlier.commit(step('zombie', 2n))).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  });
  await later.commit(step('after', 3n));

  // A commit is answered before its markers stand in every partition: until then it is not seen.
  await eventually(async () => {
    expect(await valuesFrom('run-events', begin)).toEqual(['before', 'after']);
    expect(await log.committedOffsets('fencing', ['run-requests'])).toMatchObject([{ offset: 3n }]);
  });
  await Promise.all([earlier.close(), later.close()]);
});

test('the end of a partition is before an open transaction, and behind its marker when it is done', async () => {
  const begin = await endOf('run-events');
  const transaction = await openTransaction('open', 'x');
  await log.publish([record('y')]);
  expect(await endOf('run-events')).toBe(begin);
  await transaction.commit();
  await eventually(async () => expect(await endOf('run-events')).toBe(begin + 3n));
  expect(await valuesFrom('run-events', begin)).toEqual(['x', 'y']);
});

test('interleaved aborted transactions are seen neither by readers nor by consumers', async () => {
  const begin = await endOf('run-events');
  const long = await openTransaction('long', 'aborted 1');
  const short = await openTransaction('short', 'aborted 2');
  await long.add('aborted 3');
  await log.publish([record('committed 1')]);
  await short.abort();
  await long.add('aborted 4');
  await long.abort();
  await log.publish([record('committed 2')]);
  await eventually(async () => expect(await endOf('run-events')).toBe(begin + 8n));

  expect(await valuesFrom('run-events', begin)).toEqual(['committed 1', 'committed 2']);
  await world.resetOffset('aborted', 'run-events', 0, begin);
  const seen: string[] = [];
  const consumer = await log.consume({
    group: 'aborted',
    topics: ['run-events'],
    maxBatch: 10,
    transactional: false,
    async *handler(batch) {
      seen.push(...batch.records.map(({ value }) => value!.toString()));
      yield { publish: [], advance: true };
    },
  });
  await eventually(async () =>
    expect(await log.committedOffsets('aborted', ['run-events'])).toMatchObject([{ offset: begin + 8n }]),
  );
  await consumer.stop();
  expect(seen).toEqual(['committed 1', 'committed 2']);
});

test.each([false, true])('aborted records alone move a consumer on (transactional: %s)', async (transactional) => {
  const group = `passed-${transactional}`;
  const begin = await endOf('run-events');
  await world.resetOffset(group, 'run-events', 0, begin);
  const transaction = await openTransaction(`aborter-${transactional}`, 'aborted');
  await transaction.abort();
  await eventually(async () => expect(await endOf('run-events')).toBe(begin + 2n));
  const batches: { records: number; nextOffset: bigint }[] = [];
  const consumer = await log.consume({
    group,
    topics: ['run-events'],
    maxBatch: 10,
    transactional,
    async *handler({ records, nextOffset }) {
      batches.push({ records: records.length, nextOffset });
      yield { publish: [], advance: true };
    },
  });
  await eventually(() => expect(batches.at(-1)).toEqual({ records: 0, nextOffset: begin + 2n }));
  await eventually(async () =>
    expect(await log.committedOffsets(group, ['run-events'])).toMatchObject([{ offset: begin + 2n }]),
  );
  await consumer.stop();
});

test('much is published in requests the broker takes, and read back whole', async () => {
  const before = new Map((await log.endOffsets(['usage'])).map((pin) => [pin.partition, pin.offset]));
  const value = Buffer.alloc(1_000, 'x');
  await log.publish(
    Array.from({ length: 5_000 }, (_, i) => ({ topic: 'usage', key: `s${i}`, value, headers: { n: `${i}` } })),
  );
  const ranges = (await log.endOffsets(['usage'])).map((pin) => ({
    topic: 'usage' as const,
    partition: pin.partition,
    from: before.get(pin.partition)!,
    to: pin.offset,
  }));
  const seen = new Set<string>();
  for await (const some of log.read(ranges)) for (const { headers } of some) seen.add(headers['n']!);
  expect(seen.size).toBe(5_000);
});

test('the log gives a record its time, not the producer', async () => {
  const begin = await endOf('run-events');
  const producer = new Kafka({ brokers: [inject('kafka')], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  await producer.send({ topic: `${world.prefix}run-events`, messages: [{ value: 'old', timestamp: '1000' }] });
  await producer.disconnect();
  for await (const some of log.read([{ topic: 'run-events', partition: 0, from: begin, to: begin + 1n }])) {
    expect(Math.abs(some[0]!.timestamp - Date.now())).toBeLessThan(60_000);
  }
});

test('a partition added later is found and consumed', async () => {
  const seen: number[] = [];
  const consumer = await log.consume({
    group: 'grown',
    topics: ['shops'],
    maxBatch: 10,
    transactional: false,
    async *handler(batch) {
      seen.push(batch.partition);
      yield { publish: [], advance: true };
    },
  });
  const { raised } = await applyTopics({ ...world.connection, topicPrefix: world.prefix, partitions: 5 });
  expect(raised).toContainEqual({ topic: `${world.prefix}shops`, from: 4, to: 5 });
  await eventually(async () => expect(await log.endOffsets(['shops'])).toHaveLength(5));
  await world.process().publish([{ ...record('new', 'shops'), partition: 4 }]);
  await eventually(() => expect(seen).toContain(4), 60_000);
  await consumer.stop();
});

test('the cluster says which one it is', async () => {
  expect(await log.clusterId()).toMatch(/^[\w-]{10,}$/);
});

test('a broker that does not answer is named within seconds, whatever is asked', async () => {
  const brokers = ['127.0.0.1:1'];
  const away = createKafkaLog({
    ...world.connection,
    brokers,
    topicPrefix: '',
    marks: world.marks,
    clock: systemClock,
  });
  const handler = async function* () {
    yield { publish: [], advance: true };
  };
  const options = { group: 'g', topics: ['shops'] as const, maxBatch: 1, transactional: true, handler };
  const began = Date.now();
  const unreachable = { code: 'KAFKA_UNREACHABLE', message: expect.stringContaining('127.0.0.1:1') as string };
  await Promise.all([
    expect(away.clusterId()).rejects.toMatchObject(unreachable),
    expect(away.endOffsets(['shops'])).rejects.toMatchObject(unreachable),
    expect(away.publish([record('x')])).rejects.toMatchObject(unreachable),
    expect(away.consume(options)).rejects.toMatchObject(unreachable),
    expect(applyTopics({ ...world.connection, brokers, topicPrefix: '', partitions: 1 })).rejects.toMatchObject(
      unreachable,
    ),
  ]);
  expect(Date.now() - began).toBeLessThan(9_000);
  await away.close();
});

test('a topic that is not there asks for the set-up', async () => {
  const bare = createKafkaLog({
    ...world.connection,
    topicPrefix: `${world.prefix}no-`,
    marks: world.marks,
    clock: systemClock,
  });
  const missing = { code: 'SETUP_MISSING' };
  await expect(bare.endOffsets(['shops'])).rejects.toMatchObject(missing);
  await expect(bare.publish([record('x')])).rejects.toMatchObject(missing);
  await bare.close();
});
