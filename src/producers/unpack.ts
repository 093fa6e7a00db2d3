/** The bytes of a source as text bytes: gzip is unpacked on the way, what is plainly something else is refused. */
import { createGunzip } from 'node:zlib';

/** What other files begin with, and what to do with them instead. */
const FOREIGN: readonly { readonly magic: readonly number[]; readonly advice: string }[] = [
  { magic: [0x50, 0x4b, 0x03, 0x04], advice: 'this is a zip archive: unpack it first' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], advice: 'this is compressed with zstd: unpack it first' },
  { magic: [0xfd, 0x37, 0x7a, 0x58], advice: 'this is compressed with xz: unpack it first' },
  { magic: [0x42, 0x5a, 0x68], advice: 'this is compressed with bzip2: unpack it first' },
  { magic: [0x4f, 0x62, 0x6a, 0x01], advice: 'this is an Avro file: only NDJSON can be imported' },
  { magic: [0x50, 0x41, 0x52, 0x31], advice: 'this is a Parquet file: only NDJSON can be imported' },
  { magic: [0xff, 0xfe], advice: 'this is UTF-16 text: save it as UTF-8' },
  { magic: [0xfe, 0xff], advice: 'this is UTF-16 text: save it as UTF-8' },
];
const GZIP = [0x1f, 0x8b];
const MAGIC_BYTES = 4;
/** Compressed bytes handed over at once: they may grow a thousandfold. */
const SLICE_BYTES = 1 << 14;

/** Throws an Error whose message says what is wrong with the bytes; those before the fault come first. */
export async function* unpack(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    const head = await readHead(chunks);
    const foreign = FOREIGN.find(({ magic }) => startsWith(head, magic));
    if (foreign) throw new Error(foreign.advice);
    const all = prepend(head, chunks);
    if (startsWith(head, GZIP)) yield* gunzip(all);
    else yield* all;
  } finally {
    await chunks.return?.();
  }
}

async function readHead(chunks: AsyncIterator<Uint8Array>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < MAGIC_BYTES) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  return head;
}

async function* prepend(head: Buffer, chunks: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  if (head.length > 0) yield head;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

/** By hand and slice by slice, because a stream that meets damaged data drops what it had unpacked before. */
async function* gunzip(packed: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const stream = createGunzip();
  const unpacked: Buffer[] = [];
  let failure: Error | null = null;
  let goOn = () => {};
  const fail = (error: Error) => {
    failure ??= damaged(error);
    goOn();
  };
  const step = (start: (done: (error?: Error | null) => void) => void) =>
    new Promise<void>((resolve) => {
      goOn = resolve;
      start((error) => (error ? fail(error) : resolve()));
    });
  stream.on('data', (bytes: Buffer) => unpacked.push(bytes)).on('error', fail);
  try {
    for await (const chunk of packed) {
      for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
        await step((done) => stream.write(chunk.subarray(at, at + SLICE_BYTES), done));
        yield* unpacked.splice(0);
        if (failure !== null) throw failure as Error;
      }
    }
    await step((done) => stream.once('end', done).end());
    yield* unpacked.splice(0);
    if (failure !== null) throw failure as Error;
  } finally {
    stream.destroy();
  }
}

function damaged(error: NodeJS.ErrnoException): Error {
  const isCutOff = error.code === 'Z_BUF_ERROR';
  const what = isCutOff ? 'the gzip data is cut off here' : `the gzip data is damaged here (${error.message})`;
  return new Error(`${what}: nothing behind this line could be read`, { cause: error });
}
