import { expect, test } from 'vitest';
import type { Envelope } from '../../src/adapters/codec.ts';
import type { Ledger } from '../../src/adapters/ledger.ts';
import type { Batch, LogRecord, Step } from '../../src/adapters/log.ts';
import { silentLogger } from '../../src/adapters/logger.ts';
import { createMemoryLedger } from '../../src/adapters/memory-ledger.ts';
import { createIngestFacts, ingestStart } from '../../src/consumers/ingest-facts.ts';
import type { PurchaseAttributed } from '../../src/domain/facts.ts';
import type { TopicName } from '../../src/topics.ts';
import { steps } from '../support/memory-world.ts';
import { asRead, testCodec } from '../support/test-codec.ts';

const codec = testCodec();
const NOW = Date.UTC(2026, 10, 1, 2);
const clock = { now: () => NOW, sleep: async () => {} };
const ENVELOPE: Envelope = { id: 'e1', correlationId: null, causationId: null, time: NOW };
const [START, END] = [Date.UTC(2026, 9, 1), Date.UTC(2026, 10, 1)];

const PURCHASE: PurchaseAttributed = {
  shopId: 's1',
  orderId: 'o1',
  customerId: null,
  sessionId: null,
  occurredAt: START + 1_000,
  currency: 'USD',
  currencyExponent: 2,
  orderTotalMinor: 10_000n,
  attributions: [{ channel: 'phoenix', amountMinor: 10_000n }],
};

const purchase = (offset: bigint, fields: Partial<PurchaseAttributed> = {}, key = 's1'): LogRecord =>
  asRead(codec.encode('usage', key, 'PurchaseAttributed', { ...PURCHASE, ...fields }, ENVELOPE), { offset });

const garbage = (offset: bigint): LogRecord => ({
  topic: 'usage',
  partition: 0,
  offset,
  timestamp: NOW,
  key: 's1',
  value: Buffer.from('hello'),
  headers: { from: 'elsewhere' },
});

function batchOf(records: LogRecord[], { nextOffset, publishedBelow = 0n }: Partial<Batch> = {}): Batch {
  const topic: TopicName = records[0]?.topic ?? 'usage';
  return {
    topic,
    partition: 0,
    records,
    nextOffset: nextOffset ?? records.at(-1)!.offset + 1n,
    publishedBelow,
    heartbeat: async () => {},
    signal: new AbortController().signal,
    metadata: '',
  };
}

function given(ledger: Ledger = createMemoryLedger()) {
  const ingest = createIngestFacts({ ledger, codec, clock, logger: silentLogger });
  const position = async () => (await ledger.positions()).find(({ topic }) => topic === 'usage')?.offset;
  return {
    ledger,
    position,
    ingested: async (batch: Batch): Promise<Step[]> => {
      const steps: Step[] = [];
      for await (const step of ingest(batch)) steps.push(step);
      return steps;
    },
    attributed: async (shopId: string): Promise<bigint> => {
      const windows = [{ shopId, start: START, end: END, countInteractions: true }];
      const pins = [{ topic: 'usage', partition: 0, offset: 1_000n }];
      const [usage] = await ledger.loadUsage({ windows, pins });
      return usage!.currencies[0]?.attributedMinor ?? 0n;
    },
  };
}

test('facts go into the ledger with their place in the log, and the position behind them', async () => {
  const { ingested, attributed, position } = given();

  const steps = await ingested(batchOf([purchase(4n), purchase(6n, { orderId: 'o2' })], { nextOffset: 9n }));

  expect(steps).toEqual([{ publish: [], advance: true }]);
  expect(await attributed('s1')).toBe(20_000n);
  expect(await position()).toBe(9n);
});

test('a fact under a key of another producer’s choice is taken', async () => {
  const { ingested, attributed } = given();
  expect(await ingested(batchOf([purchase(0n, {}, 'order-o1')]))).toEqual([{ publish: [], advance: true }]);
  expect(await attributed('s1')).toBe(10_000n);
});

test('what cannot be taken is set aside, and its neighbours are taken', async () => {
  const { ingested, attributed, position } = given();

  const [step, ...more] = await ingested(
    batchOf([
      purchase(0n),
      garbage(1n),
      purchase(2n, { orderId: 'o2', currency: 'XYZ' }),
      purchase(3n),
      purchase(4n, { orderTotalMinor: 20_000n }),
      purchase(5n, { orderId: 'o3' }),
    ]),
  );

  expect(more).toEqual([]);
  expect(step!.advance).toBe(true);
  expect(await attributed('s1')).toBe(20_000n);
  expect(await position()).toBe(6n);
  expect(
    step!.publish.map(({ topic, headers }) => [topic, headers['original-offset'], headers['failure-code']]),
  ).toEqual([
    ['usage.dlq', '1', 'RECORD_UNDECODABLE'],
    ['usage.dlq', '2', 'FACT_MALFORMED'],
    ['usage.dlq', '4', 'FACT_CONFLICT'],
  ]);
  expect(step!.publish[0]).toMatchObject({
    key: 's1',
    value: Buffer.from('hello'),
    headers: {
      from: 'elsewhere',
      'failure-kind': 'poison',
      'failure-attempt': '1',
      'failure-first-at': '2026-11-01T02:00:00.000Z',
      'original-topic': 'usage',
      'original-partition': '0',
    },
  });
  expect(step!.publish[1]!.headers['failure-message']).toContain('XYZ');
});

test('a message of another topic is set aside, whatever the codec makes of it', async () => {
  const { ingested, attributed } = given();
  const record = codec.encode('shops', 's1', 'ShopRegistered', SHOP, ENVELOPE);
  const [step] = await ingested(batchOf([asRead({ ...record, topic: 'usage' }), purchase(1n)]));
  expect(step!.publish).toHaveLength(1);
  expect(await attributed('s1')).toBe(10_000n);
});

const SHOP = { shopId: 's1', shopDomain: 'a.myshopify.com', status: 'active', currency: 'USD', occurredAt: START };

test('a batch that comes again before its dead letters were published finds them again', async () => {
  const { ingested, attributed } = given();
  const records = [purchase(0n), garbage(1n), purchase(2n, { orderTotalMinor: 1n, attributions: [] })];

  const first = await ingested(batchOf(records));
  const again = await ingested(batchOf(records));

  expect(again).toEqual(first);
  expect(again[0]!.publish).toHaveLength(2);
  expect(await attributed('s1')).toBe(10_000n);
});

test('dead letters that were published are not published again', async () => {
  const { ingested, attributed } = given();
  const records = [garbage(0n), purchase(1n), garbage(2n)];

  const [step] = await ingested(batchOf(records, { publishedBelow: 2n }));

  expect(step!.publish.map(({ headers }) => headers['original-offset'])).toEqual(['2']);
  expect(await attributed('s1')).toBe(10_000n);
});

test('a batch of control records only moves the position', async () => {
  const { ingested, position } = given();
  expect(await ingested(batchOf([], { nextOffset: 12n }))).toEqual([{ publish: [], advance: true }]);
  expect(await position()).toBe(12n);
});

test.each([
  ['where both stand', { position: 9n, committed: 9n }, 9n],
  ['where the ledger stands, when the database lost its last appends', { position: 5n, committed: 9n }, 5n],
  ['at the beginning, when the ledger is empty', { position: null, committed: 9n }, 0n],
  ['where the group stands, when dead letters may not be published', { position: 9n, committed: 4n }, 4n],
  ['at the beginning, when the group never finished a batch', { position: 9n, committed: null }, 0n],
])('an ingester begins %s', async (_, { position, committed }, start) => {
  const pinsOf = (offset: bigint | null) => [
    { topic: 'usage', partition: 1, offset: 3n },
    ...(offset === null ? [] : [{ topic: 'usage', partition: 0, offset }]),
  ];
  const startAt = ingestStart({
    ledger: { positions: async () => pinsOf(position) },
    log: { committedOffsets: async (group) => (group === 'ingester' ? pinsOf(committed) : []) },
    group: 'ingester',
  });
  expect(await startAt('usage', 0)).toBe(start);
});

test('when the ledger cannot be reached the batch fails as a whole', async () => {
  const ledger = { ...createMemoryLedger(), append: async () => Promise.reject(new Error('away')) };
  await expect(given(ledger).ingested(batchOf([purchase(0n), garbage(1n)]))).rejects.toThrow('away');
});

test('an error nobody foresaw in one fact is that fact’s failure', async () => {
  const strange: typeof codec = {
    ...codec,
    decode: async (records) =>
      (await codec.decode(records)).map((one) =>
        one.record.offset === 1n && 'message' in one
          ? { ...one, message: { ...one.message, data: { ...PURCHASE, attributions: null } } as never }
          : one,
      ),
  };
  const ledger = createMemoryLedger();
  const ingest = createIngestFacts({ ledger, codec: strange, clock, logger: silentLogger });

  const [step] = await steps(ingest(batchOf([purchase(0n), purchase(1n), purchase(2n, { orderId: 'o2' })])));

  expect(step!.publish.map(({ headers }) => [headers['original-offset'], headers['failure-code']])).toEqual([
    ['1', 'INTERNAL'],
  ]);
  expect((await ledger.positions()).find(({ topic }) => topic === 'usage')?.offset).toBe(3n);
});
