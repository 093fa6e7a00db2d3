import { constants, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readLines, type Line } from '../../src/producers/read-lines.ts';
import { unpack } from '../../src/producers/unpack.ts';

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

async function* of(...chunks: readonly (Uint8Array | string | Error)[]): AsyncIterable<Uint8Array> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk;
    yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
}

async function lines(source: AsyncIterable<Uint8Array>): Promise<Line[]> {
  const all: Line[] = [];
  for await (const some of readLines(unpack(source))) all.push(...some);
  return all;
}

async function texts(...chunks: (Uint8Array | string)[]): Promise<[number, string][]> {
  return (await lines(of(...chunks))).map((line) => [line.number, 'text' in line ? line.text : line.problem]);
}

test('numbers the lines as an editor does, and leaves out empty ones', async () => {
  expect(await texts('one\n\ntwo\r\n \t\n\r\nthree')).toEqual([
    [1, 'one'],
    [3, 'two'],
    [6, 'three'],
  ]);
  expect(await texts('one\n')).toEqual([[1, 'one']]);
  expect(await texts('\n\n')).toEqual([]);
  expect(await texts()).toEqual([]);
});

test('drops a byte order mark at the beginning, and only there', async () => {
  expect(await texts(BYTE_ORDER_MARK, 'one\n\ufefftwo')).toEqual([
    [1, 'one'],
    [2, '\ufefftwo'],
  ]);
  expect(await texts(BYTE_ORDER_MARK)).toEqual([]);
});

test('reads the same whatever the pieces, cut at every byte', async () => {
  const bytes = Buffer.concat([BYTE_ORDER_MARK, Buffer.from('größe\r\n\n€ 5\n𝄞'), Buffer.from([0x0a, 0xff, 0x0a])]);
  const whole = await texts(bytes);
  expect(whole).toEqual([
    [1, 'größe'],
    [3, '€ 5'],
    [4, '𝄞'],
    [5, 'the line is not UTF-8 text'],
  ]);
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(await texts(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(whole);
  }
  expect(await texts(...Array.from(bytes, (byte) => Buffer.from([byte])))).toEqual(whole);
});

test('reads any text back, in any pieces', async () => {
  const line = fc.string({ unit: 'binary' }).map((text) => text.replace(/[\r\n\ufeff]/g, ''));
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 50 }), async (given, size) => {
      const bytes = Buffer.from(given.join('\n'));
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      const expected = given.map((text, index) => [index + 1, text]).filter(([, text]) => String(text).trim() !== '');
      // What begins like a packed file is read as one.
      fc.pre(!['PK', 'BZ', '\u001f', 'Obj', 'PAR'].some((magic) => bytes.toString().startsWith(magic)));
      expect(await texts(...chunks)).toEqual(expected);
    }),
  );
});

test('a source may use its chunks again', async () => {
  async function* reusing() {
    const chunk = Buffer.alloc(4);
    for (const part of ['ab\nc', 'd\nef', 'gh\ni']) {
      chunk.write(part);
      yield chunk;
    }
  }
  expect((await lines(reusing())).map((line) => ('text' in line ? line.text : ''))).toEqual(['ab', 'cd', 'efgh', 'i']);
});

test('keeps the bytes of a line that is no text', async () => {
  const broken = Buffer.from([0x7b, 0xc3, 0x28, 0x7d]);
  const [first, second] = await lines(of(broken, '\nfine\n'));
  expect(first).toEqual({ number: 1, problem: 'the line is not UTF-8 text', raw: broken });
  expect(second).toEqual({ number: 2, text: 'fine' });
});

test('takes a line of a mebibyte, and of a longer one keeps the beginning only', async () => {
  const chunk = Buffer.alloc(1 << 18, 'x');
  const exactly = await lines(of(chunk, chunk, chunk, chunk, '\nnext'));
  expect(exactly.map((line) => ('text' in line ? line.text.length : line.problem))).toEqual([1 << 20, 4]);

  const longer = await lines(of('first\n', chunk, chunk, chunk, chunk, 'y\nnext'));
  expect(longer).toHaveLength(3);
  expect(longer[1]).toMatchObject({ number: 2, problem: expect.stringContaining('1048577 bytes') as string });
  expect((longer[1] as { raw: Buffer }).raw).toEqual(Buffer.alloc(1024, 'x'));
  expect(longer[2]).toEqual({ number: 3, text: 'next' });
});

test('passes over a line of any length in constant memory', async () => {
  async function* endless() {
    const chunk = Buffer.alloc(1 << 16, 'x');
    for (let n = 0; n < 4_096; n++) yield chunk;
  }
  const before = process.memoryUsage.rss();
  const [only] = await lines(endless());
  expect(only).toMatchObject({ number: 1, problem: expect.stringContaining('268435456 bytes') as string });
  expect(process.memoryUsage.rss() - before).toBeLessThan(100 << 20);
});

test('gives the lines before a source breaks off, and what was begun', async () => {
  expect(await lines(of('one\ntw', new Error('the disk is gone')))).toEqual([
    { number: 1, text: 'one' },
    { number: 2, problem: 'the disk is gone', raw: Buffer.from('tw') },
  ]);
});

test('unpacks gzip, also of several parts and in single bytes', async () => {
  const packed = Buffer.concat([gzipSync('one\ntw'), gzipSync('o\nthree')]);
  const expected = [
    [1, 'one'],
    [2, 'two'],
    [3, 'three'],
  ];
  expect(await texts(packed)).toEqual(expected);
  expect(await texts(...Array.from(packed, (byte) => Buffer.from([byte])))).toEqual(expected);
});

test('gives every line before the place where gzip is cut off', async () => {
  const given = Array.from({ length: 20_000 }, (_, index) => `line ${index + 1} ${Math.sin(index)}`);
  const packed = gzipSync(given.join('\n'), { level: constants.Z_BEST_SPEED });
  const found = await lines(of(packed.subarray(0, Math.floor(packed.length * 0.6))));
  const last = found.pop()!;
  expect(last).toMatchObject({ problem: expect.stringContaining('the gzip data is cut off here') as string });
  expect(found.length).toBeGreaterThan(10_000);
  expect(found).toEqual(given.slice(0, found.length).map((text, index) => ({ number: index + 1, text })));
  expect(last.number).toBe(found.length + 1);
});

test('says where gzip is damaged', async () => {
  const packed = gzipSync(Buffer.alloc(1 << 20, 'some line\n'));
  packed.fill(0xff, packed.length - 200, packed.length - 100);
  const found = await lines(of(packed));
  expect(found.at(-1)).toMatchObject({ problem: expect.stringContaining('the gzip data is damaged here') as string });
});

test.each([
  [[0x50, 0x4b, 0x03, 0x04], /zip archive/],
  [[0x28, 0xb5, 0x2f, 0xfd], /zstd/],
  [[0xfd, 0x37, 0x7a, 0x58], /xz/],
  [[0x42, 0x5a, 0x68, 0x39], /bzip2/],
  [[0x4f, 0x62, 0x6a, 0x01], /Avro/],
  [[0x50, 0x41, 0x52, 0x31], /Parquet/],
  [[0xff, 0xfe, 0x7b, 0x00], /UTF-16/],
])('refuses a file that begins with %j as a whole', async (magic, advice) => {
  const found = await lines(of(Buffer.from([...magic, 0x0a, 0x0a, 0x0a])));
  expect(found).toEqual([{ number: 1, problem: expect.stringMatching(advice) as string, raw: Buffer.alloc(0) }]);
});
