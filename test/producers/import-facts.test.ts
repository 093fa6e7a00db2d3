import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Decoded } from '../../src/adapters/codec.ts';
import { systemClock } from '../../src/adapters/clock.ts';
import type { OutRecord } from '../../src/adapters/log.ts';
import { BillingError } from '../../src/errors.ts';
import { importFacts, type ImportProgress, type ImportSource } from '../../src/producers/import-facts.ts';
import { sampleMonth } from '../../src/producers/sample-month.ts';
import { asRead, testCodec } from '../support/test-codec.ts';
import { formatFact } from './format-fact.ts';

const codec = testCodec();
const clock = systemClock;
const GOOD = [...sampleMonth({ shops: 16, period: '2026-10', seed: 5, purchasesPerShop: 5, interactionsPerShop: 9 })];
const LINES = GOOD.map((fact) => JSON.stringify(formatFact(fact)));

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'import-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** A log that keeps what it is given, and can be asked to be slow or to fail. */
function createLog({ slow = false, failAt = Infinity }: { slow?: boolean; failAt?: number } = {}) {
  const published: OutRecord[] = [];
  let underWay = 0;
  let mostUnderWay = 0;
  let largest = 0;
  return {
    published,
    mostUnderWay: () => mostUnderWay,
    largest: () => largest,
    async publish(records: readonly OutRecord[]) {
      mostUnderWay = Math.max(mostUnderWay, ++underWay);
      largest = Math.max(largest, records.length);
      if (slow) await new Promise((resolve) => setImmediate(resolve));
      if (published.length + records.length > failAt) throw new BillingError('KAFKA_UNREACHABLE', 'No broker answers.');
      published.push(...records);
      underWay -= 1;
    },
  };
}

function source(name: string, ...chunks: (string | Uint8Array)[]): ImportSource {
  async function* stream() {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  return { name: join(folder, name), stream: stream() };
}

async function decoded(records: readonly OutRecord[]) {
  return (await codec.decode(records.map((record) => asRead(record)))) as Decoded[];
}

test('publishes every fact on its topic, under its key, in order', async () => {
  const log = createLog();

  const report = await importFacts({ sources: [source('facts.ndjson', LINES.join('\n'))], log, codec, clock });

  expect(report).toMatchObject({ accepted: LINES.length, rejected: 0, rejections: [], rejectedFiles: [] });
  expect(Object.values(report.byType).reduce((a, b) => a + b)).toBe(LINES.length);
  const found = await decoded(log.published);
  expect(found.map(({ message }) => message.type)).toEqual(GOOD.map(({ type }) => type));
  expect(found.map(({ record }) => record.key)).toEqual(
    GOOD.map(({ type, data }) => (type === 'FxRateQuoted' ? `${data.base}+${data.quote}` : data.shopId)),
  );
  expect(new Set(log.published.map(({ topic, headers }) => `${topic} ${headers['ce_type']}`))).toEqual(
    new Set([
      'fx-rates FxRateQuoted',
      'shops ShopRegistered',
      'shops PlanAssigned',
      'usage PurchaseAttributed',
      'usage PurchaseRefunded',
      'usage InteractionRecorded',
    ]),
  );
  const { envelope, message } = found.at(-1)!;
  expect(message.data).toEqual(GOOD.at(-1)!.data);
  expect(envelope.time).toBe((GOOD.at(-1)!.data as { occurredAt: number }).occurredAt);
  expect(existsSync(join(folder, 'facts.ndjson.rejected.ndjson'))).toBe(false);
});

test('gives a fact the same id each time, however its line is written, and every fact another', async () => {
  const [first, second] = [createLog(), createLog()];
  const spaced = LINES.map((line) => JSON.stringify({ note: 'again', ...(JSON.parse(line) as object) }, null, 1));

  await importFacts({ sources: [source('a', LINES.join('\n'))], log: first, codec, clock });
  await importFacts({
    sources: [source('b', gzipSync(spaced.map((line) => line.replaceAll('\n', ' ')).join('\r\n')))],
    log: second,
    codec,
    clock,
  });

  const idsOf = ({ published }: { published: OutRecord[] }) => published.map(({ headers }) => headers['ce_id']);
  expect(idsOf(second)).toEqual(idsOf(first));
  expect(new Set(idsOf(first)).size).toBe(LINES.length);
});

test('publishes the good lines, and reports and keeps the bad ones', async () => {
  const log = createLog();
  const notText = Buffer.from([0x7b, 0xff, 0x7d]);
  const bytes = Buffer.concat([
    Buffer.from(`${LINES[0]}\r\n\n{"type":"ShopRegistered"}\r\n`),
    notText,
    Buffer.from(`\n${LINES[1]}\nno json`),
  ]);

  const report = await importFacts({ sources: [source('mixed', bytes)], log, codec, clock });

  const name = join(folder, 'mixed');
  expect(log.published).toHaveLength(2);
  expect(report).toEqual({
    accepted: 2,
    rejected: 3,
    byType: { FxRateQuoted: 2 },
    rejections: [
      { source: name, line: 3, reason: expect.stringMatching(/^\w+ is missing/) as string },
      { source: name, line: 4, reason: 'the line is not UTF-8 text' },
      { source: name, line: 6, reason: expect.stringContaining('the line is not JSON') as string },
    ],
    rejectedFiles: [`${name}.rejected.ndjson`],
  });
  expect(readFileSync(`${name}.rejected.ndjson`)).toEqual(
    Buffer.concat([Buffer.from('{"type":"ShopRegistered"}\n'), notText, Buffer.from('\nno json\n')]),
  );
});

test('reports every rejection: those the report has no room for are told as they are met', async () => {
  const lines = 100_003;
  const unkept: number[] = [];
  const report = await importFacts({
    sources: [source('bad', '{}\n'.repeat(lines))],
    log: createLog(),
    codec,
    clock,
    onUnkept: ({ line }) => unkept.push(line),
  });

  expect(report.rejected).toBe(lines);
  const told = [...report.rejections.map(({ line }) => line), ...unkept];
  expect(told).toEqual(Array.from({ length: lines }, (_, index) => index + 1));
  expect(unkept).toHaveLength(3);
  expect(readFileSync(join(folder, 'bad.rejected.ndjson'), 'utf8')).toBe('{}\n'.repeat(lines));
});

test('replaces, or removes, the rejected lines of an earlier import', async () => {
  const rejectedPath = join(folder, 'bad.rejected.ndjson');
  writeFileSync(rejectedPath, 'of yesterday\n');

  await importFacts({ sources: [source('bad', '[]\n')], log: createLog(), codec, clock });
  expect(readFileSync(rejectedPath, 'utf8')).toBe('[]\n');

  await importFacts({ sources: [source('bad', LINES[0]!)], log: createLog(), codec, clock });
  expect(existsSync(rejectedPath)).toBe(false);
});

test('never overwrites what it is about to read', async () => {
  const importing = importFacts({
    sources: [source('a', '[]'), source('a.rejected.ndjson', LINES[0]!)],
    log: createLog(),
    codec,
    clock,
  });
  await expect(importing).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('read and written') as string,
  });
});

test('publishes what comes before the place where a file is cut off', async () => {
  const log = createLog();
  const many = Array.from({ length: 60 }, () => LINES).flat();
  const packed = gzipSync(many.join('\n'));

  const cutOff = source('cut.gz', packed.subarray(0, packed.length / 2));
  const report = await importFacts({ sources: [cutOff, source('next', LINES[0]!)], log, codec, clock });

  expect(report.rejected).toBe(1);
  expect(report.rejections[0]!.reason).toMatch(/^the gzip data is cut off here/);
  expect(report.rejections[0]!.line).toBe(report.accepted);
  expect(report.accepted).toBeGreaterThan(many.length / 4);
  expect(log.published).toHaveLength(report.accepted);
});

test('keeps the order and holds no more than two parts, however slow the log', async () => {
  const log = createLog({ slow: true });
  let read = 0;
  let furthestAhead = 0;
  async function* stream() {
    for (let round = 0; round < 30; round++) {
      for (const line of LINES) {
        read += 1;
        furthestAhead = Math.max(furthestAhead, read - log.published.length);
        yield Buffer.from(`${line}\n`);
      }
    }
  }

  const report = await importFacts({ sources: [{ name: join(folder, 'long'), stream: stream() }], log, codec, clock });

  expect(report.accepted).toBe(LINES.length * 30);
  expect(log.mostUnderWay()).toBe(1);
  expect(log.largest()).toBeLessThanOrEqual(2_000);
  expect(furthestAhead).toBeLessThan(2 * 2_000 + 10);
  const ids = log.published.map(({ headers }) => headers['ce_id']);
  expect(ids).toEqual(Array.from({ length: 30 }, () => ids.slice(0, LINES.length)).flat());
});

test('says how far it came when the log fails', async () => {
  const log = createLog({ failAt: 5_000 });
  const many = Array.from({ length: 100 }, () => LINES).flat();

  const importing = importFacts({ sources: [source('facts', many.join('\n'))], log, codec, clock });
  const error = await importing.catch((reason: unknown) => reason as BillingError);

  expect(log.published.length).toBeGreaterThan(0);
  expect(error).toMatchObject({
    code: 'KAFKA_UNREACHABLE',
    message:
      `The import stopped, published up to line ${log.published.length} of ${join(folder, 'facts')}; ` +
      'importing the same again is safe. No broker answers.',
  });
});

test('says so when nothing was published', async () => {
  const failed = importFacts({ sources: [source('facts', LINES[0]!)], log: createLog({ failAt: 0 }), codec, clock });
  await expect(failed).rejects.toThrow('The import stopped, nothing was published;');
});

test('stops at a signal even while its source says nothing', async () => {
  const controller = new AbortController();
  const asked = Promise.withResolvers<void>();
  async function* silent() {
    yield Buffer.from(`${LINES[0]}\n`);
    asked.resolve();
    await new Promise<never>(() => {});
  }

  const importing = importFacts({
    sources: [{ name: '-', stream: silent(), rejectedPath: join(folder, 'stdin.rejected.ndjson') }],
    log: createLog(),
    codec,
    clock,
    signal: controller.signal,
  });
  await asked.promise;
  controller.abort(new Error('enough'));

  await expect(importing).rejects.toThrow('enough');
});

test('tells its progress at the end of each source', async () => {
  const progress: ImportProgress[] = [];
  const sources = [source('a', LINES[0]!), source('b', `${LINES[1]}\n{}`)];

  await importFacts({ sources, log: createLog(), codec, clock, onProgress: (one) => progress.push(one) });

  expect(progress.at(-1)).toEqual({
    source: join(folder, 'b'),
    bytes: Buffer.byteLength(`${LINES[1]}\n{}`),
    accepted: 2,
    rejected: 1,
  });
  expect(progress.map(({ source }) => source)).toContain(join(folder, 'a'));
});
