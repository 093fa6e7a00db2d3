import { createHash } from 'node:crypto';
import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createAvroCodec, subjectOf } from '../../src/adapters/avro-codec.ts';
import type { Decoded, Envelope, Undecodable } from '../../src/adapters/codec.ts';
import type { LogRecord, OutRecord } from '../../src/adapters/log.ts';
import { loadSchemaFiles, newestSchemas } from '../../src/adapters/schema-files.ts';
import type { SchemaFile } from '../../src/adapters/schema-files.ts';
import type { MessageByType, MessageType } from '../../src/domain/messages.ts';
import type { InvoiceCreated } from '../../src/domain/events.ts';
import type { ShopRegistered } from '../../src/domain/facts.ts';
import { BillingError } from '../../src/errors.ts';
import { TOPICS, TOPIC_NAMES } from '../../src/topics.ts';
import type { TopicName } from '../../src/topics.ts';
import { arbitraryMessage } from './arbitrary-messages.ts';

const PREFIX = 'test.';
const SCHEMAS = loadSchemaFiles();
const SUBJECT_IDS = new Map(
  TOPIC_NAMES.flatMap((topic) => TOPICS[topic].messages.map((type) => subjectOf(PREFIX, topic, type))).map(
    (subject, index) => [subject, 100_000 + index],
  ),
);
const ENVELOPE: Envelope = {
  id: 'e1',
  correlationId: 'run1',
  causationId: 'r1',
  time: Date.UTC(2026, 10, 1),
  traceparent: '00-1-2-01',
};
const SHOP: ShopRegistered = {
  shopId: 's1',
  shopDomain: 'a.myshopify.com',
  status: 'active',
  currency: 'USD',
  occurredAt: 1_790_000_000_000,
};

const codecWith = (fetchForeign: (id: number) => Promise<unknown> = async () => null, schemas = SCHEMAS) =>
  createAvroCodec({ schemas, subjectIds: SUBJECT_IDS, fetchForeign, topicPrefix: PREFIX });

const read = (out: OutRecord, over: Partial<LogRecord> = {}): LogRecord => ({
  ...out,
  partition: 3,
  offset: 42n,
  timestamp: 1_800_000_000_000,
  ...over,
});

async function decode(record: LogRecord, codec = codecWith()): Promise<Decoded | Undecodable> {
  return (await codec.decode([record]))[0]!;
}

const foreignRecord = (topic: TopicName, value: Buffer | null): LogRecord =>
  read({ topic, key: 's1', value, headers: {} });

function confluent(id: number, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 1);
  return Buffer.concat([head, body]);
}

const topicOf = (type: MessageType) =>
  TOPIC_NAMES.find((topic) => (TOPICS[topic].messages as readonly MessageType[]).includes(type))!;

test.each([...newestSchemas(SCHEMAS).values()])('$name survives the round trip', async (schema) => {
  const codec = codecWith();
  await fc.assert(
    fc.asyncProperty(arbitraryMessage(schema), async (data) => {
      const out = codec.encode(topicOf(schema.name), 'k', schema.name, data as never, ENVELOPE);
      const found = (await decode(read(out), codec)) as Decoded;
      expect(found).not.toHaveProperty('problem');
      expect(found.message.type).toBe(schema.name);
      expect(found.message.data).toEqual(data);
    }),
    { numRuns: 30 },
  );
});

test('a record carries the wire format and the CloudEvents headers', async () => {
  const out = codecWith().encode('shops', 's1', 'ShopRegistered', SHOP, ENVELOPE);
  expect(out.value!.readUInt8(0)).toBe(0);
  expect(out.value!.readUInt32BE(1)).toBe(SUBJECT_IDS.get('test.shops-billing.ShopRegistered'));
  expect(out.headers).toEqual({
    ce_specversion: '1.0',
    ce_id: 'e1',
    ce_type: 'ShopRegistered',
    ce_source: 'billing-scheduler',
    ce_time: '2026-11-01T00:00:00.000Z',
    ce_correlationid: 'run1',
    ce_causationid: 'r1',
    'content-type': 'application/avro',
    ce_dataschema: expect.stringMatching(/^ShopRegistered@[0-9a-f]{64}$/) as string,
    traceparent: '00-1-2-01',
  });
  expect(await decode(read(out))).toMatchObject({ envelope: ENVELOPE });
});

test('our own records need no registry', async () => {
  const fetchForeign = vi.fn(async () => null);
  const codec = codecWith(fetchForeign);
  await codec.decode([read(codec.encode('shops', 's1', 'ShopRegistered', SHOP, ENVELOPE))]);
  expect(fetchForeign).not.toHaveBeenCalled();
});

test('an open record closed with a number equals one encoded at once', () => {
  const codec = codecWith();
  const invoiceSchema = newestSchemas(SCHEMAS).get('InvoiceCreated')!;
  fc.assert(
    fc.property(arbitraryMessage(invoiceSchema), fc.string({ unit: 'grapheme', maxLength: 200 }), (data, number) => {
      const invoice = { ...data, invoiceNumber: '' } as unknown as InvoiceCreated;
      const close = codec.encodeOpen('events', 's1', 'InvoiceCreated', invoice, ENVELOPE);
      const whole = codec.encode('events', 's1', 'InvoiceCreated', { ...invoice, invoiceNumber: number }, ENVELOPE);
      expect(close(number)).toEqual(whole);
      expect(close('INV-2026-000002').value).not.toEqual(whole.value);
    }),
    { numRuns: 50 },
  );
});

test('a record whose last field is not left empty cannot be opened', () => {
  const codec = codecWith();
  expect(() => codec.encodeOpen('shops', 's1', 'ShopRegistered', SHOP, ENVELOPE)).toThrow('left empty');
});

test('a record larger than the buffer is encoded whole', async () => {
  const codec = codecWith();
  const shopIds = Array.from({ length: 50_000 }, (_, i) => `shop-${i}`);
  const data: MessageByType['BillingRunRequested'] = {
    runId: null,
    period: '2026-10',
    periodStart: null,
    periodEnd: null,
    shopIds,
    dryRun: true,
    force: false,
    trigger: { source: 'cli', actor: null, deliveryId: null },
    requestedAt: 1,
  };
  const found = await decode(read(codec.encode('run-requests', '2026-10', 'BillingRunRequested', data, ENVELOPE)));
  expect(found).toMatchObject({ message: { data: { shopIds } } });
});

test('an amount beyond 64 bits is refused by name', () => {
  const data = { runId: 'r', shopId: 's' } as never;
  const codec = codecWith();
  expect(() => codec.encode('shop-requests', 's', 'CreditNoteRequested', data, ENVELOPE)).toThrow();
  const credit: MessageByType['CreditNoteRequested'] = {
    shopId: 's',
    invoiceId: 'i',
    invoiceNumber: 'n',
    reason: 'r',
    actor: null,
    requestedAt: 0,
    currency: 'USD',
    currencyExponent: 2,
    amountMinor: 2n ** 63n,
  };
  expect(() => codec.encode('shop-requests', 's', 'CreditNoteRequested', credit, ENVELOPE)).toThrow(
    expect.objectContaining({ code: 'AMOUNT_OVERFLOW' }),
  );
});

test('a subject without id asks for the set-up', () => {
  const codec = createAvroCodec({
    schemas: SCHEMAS,
    subjectIds: new Map(),
    fetchForeign: async () => null,
    topicPrefix: '',
  });
  expect(() => codec.encode('shops', 's1', 'ShopRegistered', SHOP, ENVELOPE)).toThrow(
    expect.objectContaining({ code: 'SETUP_MISSING' }),
  );
});

test('an older version of a schema is read into the newest', async () => {
  const v1 = SCHEMAS.find((schema) => schema.name === 'ShopRegistered')!;
  const json = {
    ...v1.json,
    fields: [...v1.json.fields, { name: 'tier', type: ['null', 'string'], default: null }],
  };
  const v2: SchemaFile = { ...v1, version: 2, json, sha256: createHash('sha256').update('v2').digest('hex') };
  const old = codecWith().encode('shops', 's1', 'ShopRegistered', SHOP, ENVELOPE);
  const found = await decode(read(old), codecWith(undefined, [...SCHEMAS, v2]));
  expect(found).toMatchObject({ message: { type: 'ShopRegistered', data: { ...SHOP, tier: null } } });
});

/** As an acme developer might write it: other namespace, order and widths, one field we do not know. */
const ACME_QUOTE = {
  type: 'record',
  name: 'FxRateQuoted',
  namespace: 'acme.rates',
  fields: [
    { name: 'source', type: 'string' },
    { name: 'asOf', type: 'string' },
    { name: 'rateScale', type: 'int' },
    { name: 'rateUnscaled', type: 'int' },
    { name: 'quote', type: 'string' },
    { name: 'base', type: 'string' },
  ],
};
const acmeQuote = confluent(
  7,
  avro.Type.forSchema(ACME_QUOTE as never).toBuffer({
    source: 'ecb',
    asOf: '2026-10-31',
    rateScale: 4,
    rateUnscaled: 119,
    quote: 'USD',
    base: 'INR',
  }),
);

test('a foreign record is read by the registry, named by its place and dated by the log', async () => {
  const fetchForeign = vi.fn(async (id: number) => (id === 7 ? ACME_QUOTE : null));
  const codec = codecWith(fetchForeign);
  const record = foreignRecord('fx-rates', acmeQuote);
  const found = await codec.decode([record, record, record]);
  await codec.decode([record]);
  expect(found).toHaveLength(3);
  expect(found[0]).toMatchObject({
    message: {
      type: 'FxRateQuoted',
      data: { base: 'INR', quote: 'USD', rateUnscaled: 119n, rateScale: 4, asOf: '2026-10-31' },
    },
    envelope: { id: 'fx-rates/3/42', correlationId: null, causationId: null, time: 1_800_000_000_000 },
  });
  expect(fetchForeign).toHaveBeenCalledTimes(1);
});

test('ids in headers that are none are left out', async () => {
  const headers = { ce_id: 'a\0', ce_correlationid: 'b'.repeat(257), ce_causationid: 'c' };
  const record = { ...foreignRecord('fx-rates', acmeQuote), headers };
  const found = await decode(
    record,
    codecWith(async () => ACME_QUOTE),
  );
  expect(found).toMatchObject({ envelope: { id: 'fx-rates/3/42', correlationId: null, causationId: 'c' } });
});

test('a foreign instant without logical type is still a number', async () => {
  const plain = {
    ...newestSchemas(SCHEMAS).get('ShopRegistered')!.json,
    fields: newestSchemas(SCHEMAS)
      .get('ShopRegistered')!
      .json.fields.map((field) => (field.name === 'occurredAt' ? { name: 'occurredAt', type: 'long' } : field)),
  };
  const value = confluent(9, avro.Type.forSchema(plain as never).toBuffer(SHOP));
  const found = await decode(
    foreignRecord('shops', value),
    codecWith(async () => plain),
  );
  expect(found).toMatchObject({ message: { data: SHOP } });
});

test.each<[string, LogRecord, unknown]>([
  ['no value', foreignRecord('shops', null), 'no value'],
  ['an empty value', foreignRecord('shops', Buffer.alloc(0)), 'Confluent'],
  ['text', foreignRecord('shops', Buffer.from('hello world')), 'Confluent'],
  ['an id nobody knows', foreignRecord('shops', confluent(99, Buffer.from([0]))), 'knows no schema 99'],
  ['a value cut off', foreignRecord('fx-rates', acmeQuote.subarray(0, -3)), 'cut off'],
  ['bytes too many', foreignRecord('fx-rates', Buffer.concat([acmeQuote, Buffer.from([1])])), '1 byte(s) too many'],
  ['a message of another topic', foreignRecord('shops', acmeQuote), 'no message of topic shops'],
  ['a message we do not know', foreignRecord('shops', confluent(8, Buffer.from([0]))), 'no message we know'],
])('%s is undecodable, not an exception', async (_, record, problem) => {
  const codec = codecWith(async (id) =>
    id === 7 ? ACME_QUOTE : id === 8 ? { type: 'record', name: 'acme.Party', fields: [] } : null,
  );
  expect(await decode(record, codec)).toEqual({ record, problem: expect.stringContaining(String(problem)) as string });
});

test('a foreign instant in nanoseconds is undecodable instead of wrong', async () => {
  const { json } = newestSchemas(SCHEMAS).get('ShopRegistered')!;
  const text = (value: string) => Buffer.from([value.length * 2, ...Buffer.from(value)]);
  const nanoseconds = avro.types.LongType.__with({
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
    toBuffer: (value: bigint) => Buffer.from(new BigInt64Array([value]).buffer),
    fromJSON: BigInt,
    toJSON: String,
    isValid: () => true,
    compare: () => 0,
  }).toBuffer(1_790_000_000_000_000_000n);
  const value = confluent(6, Buffer.concat([...['s', 'd', 'active', 'USD'].map(text), nanoseconds]));
  const found = await decode(
    foreignRecord('shops', value),
    codecWith(async () => json),
  );
  expect(found).toMatchObject({ problem: expect.stringContaining('no instant') as string });
});

test('a foreign schema that lacks a field of ours is undecodable', async () => {
  const json = { type: 'record', name: 'FxRateQuoted', fields: [{ name: 'base', type: 'string' }] };
  const found = await decode(
    foreignRecord('fx-rates', confluent(5, Buffer.from([2, 65]))),
    codecWith(async () => json),
  );
  expect(found).toMatchObject({ problem: expect.stringContaining('cannot be read as FxRateQuoted') as string });
});

test.each<[string, Record<string, string>, string]>([
  ['the hash of another message', { ce_dataschema: 'PlanAssigned@HASH' }, 'the hash is that of ShopRegistered'],
  ['another type', { ce_type: 'PlanAssigned' }, 'ce_type is PlanAssigned'],
])('a record of ours with %s is undecodable', async (_, headers, problem) => {
  const out = codecWith().encode('shops', 's1', 'ShopRegistered', SHOP, ENVELOPE);
  const hash = out.headers['ce_dataschema']!.split('@')[1]!;
  const forged = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, v.replace('HASH', hash)]));
  const found = await decode(read({ ...out, headers: { ...out.headers, ...forged } }));
  expect(found).toMatchObject({ problem: expect.stringContaining(problem) as string });
});

describe('given a record whose schema is named one way and numbered another', () => {
  const hash = SCHEMAS.find(({ name }) => name === 'PlanAssigned')!.sha256;
  const value = confluent(7, Buffer.from([2, 65, 2, 66]));
  const named = (topic: TopicName, dataSchema: string): LogRecord => ({
    ...foreignRecord(topic, value),
    headers: { ce_dataschema: dataSchema },
  });
  const codec = codecWith(async () => ACME_QUOTE);

  test.each([
    ['a hash that is another message’s', `ShopBillRequested@${hash}`, 'the hash is that of PlanAssigned'],
    [
      'an id that is another message’s',
      `ShopBillRequested@${'0'.repeat(64)}`,
      'schema 7 of the registry is FxRateQuoted',
    ],
  ])('%s stops who reads a topic of our own', async (_, dataSchema, message) => {
    await expect(decode(named('shop-requests', dataSchema), codec)).rejects.toMatchObject({
      code: 'SCHEMA_CONFLICT',
      message: expect.stringContaining(message) as string,
    });
  });

  test.each([
    ['a hash that is another message’s', `ShopRegistered@${hash}`, 'the hash is that of PlanAssigned'],
    ['an id that is another message’s', `ShopRegistered@${'0'.repeat(64)}`, 'schema 7 of the registry is FxRateQuoted'],
  ])('%s is undecodable where anybody may write', async (_, dataSchema, problem) => {
    expect(await decode(named('shops', dataSchema), codec)).toMatchObject({
      problem: expect.stringContaining(problem) as string,
    });
  });
});

test('an unknown id on our own topic waits instead of being thrown away', async () => {
  const record = foreignRecord('shop-requests', confluent(99, Buffer.from([2, 65, 2, 66])));
  await expect(decode(record)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test('a registry that does not answer is an exception, and asked again later', async () => {
  let up = false;
  const codec = codecWith(async () => {
    if (!up) throw new BillingError('REGISTRY_UNREACHABLE', 'away');
    return ACME_QUOTE;
  });
  const record = foreignRecord('fx-rates', acmeQuote);
  await expect(codec.decode([record])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  up = true;
  expect((await codec.decode([record]))[0]).toMatchObject({ message: { type: 'FxRateQuoted' } });
});

const jsonRecord = (json: unknown): LogRecord =>
  foreignRecord('run-requests', Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)));

test('a run may be asked for in plain JSON; what is left out has its default', async () => {
  expect(await decode(jsonRecord('{}'))).toMatchObject({
    message: {
      type: 'BillingRunRequested',
      data: {
        runId: null,
        period: null,
        periodStart: null,
        periodEnd: null,
        shopIds: null,
        dryRun: false,
        force: false,
        trigger: { source: 'producer', actor: null, deliveryId: null },
        requestedAt: 1_800_000_000_000,
      },
    },
    envelope: { id: 'run-requests/3/42' },
  });
  const full = {
    type: 'BillingRunRequested',
    runId: 'r',
    periodStart: '2026-10-01',
    periodEnd: '2026-10-31',
    shopIds: ['a', 'b'],
    dryRun: true,
    force: true,
    trigger: { source: 'github', actor: 'me', deliveryId: 'd' },
  };
  const { type: _, ...data } = full;
  expect(await decode(jsonRecord({ ...full, requestedAt: '2026-11-01T02:00:00+02:00' }))).toMatchObject({
    message: { data: { ...data, requestedAt: Date.UTC(2026, 10, 1) } },
  });
  expect(await decode(jsonRecord({ requestedAt: 5 }))).toMatchObject({ message: { data: { requestedAt: 5 } } });
});

test.each([
  ['{"period":"2026-10"', 'JSON'],
  ['{"dry_run":true}', 'unknown field dry_run'],
  ['{"dryRun":"true"}', 'dryRun is neither true nor false'],
  ['{"period":202610}', 'period is not a string'],
  ['{"shopIds":"s1"}', 'shopIds is not a list of strings'],
  ['{"shopIds":[1]}', 'shopIds is not a list of strings'],
  ['{"trigger":{"source":"cosmic"}}', 'trigger.source must be one of'],
  ['{"trigger":[]}', 'trigger is not an object'],
  ['{"requestedAt":"2026-11-01T02:00:00"}', 'with an offset'],
  ['{"type":"ShopRegistered"}', 'type must be BillingRunRequested'],
])('malformed JSON %s is undecodable, and says why', async (text, problem) => {
  expect(await decode(jsonRecord(text))).toMatchObject({ problem: expect.stringContaining(problem) as string });
});

test('JSON on any other topic is undecodable', async () => {
  expect(await decode(foreignRecord('usage', Buffer.from('{}')))).toHaveProperty('problem');
});
