import { connect } from 'node:net';
import { LOOPBACK } from './ports.ts';

/**
 * The two questions that tell whether a broker is ready, in Kafka's protocol, by hand: a client would bring retries,
 * timers and log lines to what is asked ten times a second. Both throw when there is no answer within `TIMEOUT_MS`.
 */

export interface KafkaMetadata {
  readonly clusterId: string | null;
  /** `host:port` as advertised to clients. A broker lists itself once it takes part in the cluster. */
  readonly brokers: readonly string[];
  readonly topics: readonly { readonly name: string; readonly partitions: readonly number[] }[];
}

const TIMEOUT_MS = 3000;
const NULL_LENGTH = -1;
const METADATA = { key: 3, version: 2 };
const LIST_OFFSETS = { key: 2, version: 1 };
const LATEST = -1n;

/** Cluster id, brokers, and all topics with their partitions. */
export async function fetchKafkaMetadata(port: number): Promise<KafkaMetadata> {
  const read = reader(await ask(port, METADATA, int32(NULL_LENGTH)));
  const brokers = read.list(() => {
    read.int32();
    const broker = `${read.text()}:${read.int32()}`;
    read.text();
    return broker;
  });
  const clusterId = read.text();
  read.int32();
  const topics = read.list(() => {
    read.int16();
    const name = read.text() ?? '';
    read.int8();
    const partitions = read.list(() => {
      read.int16();
      const partition = read.int32();
      read.int32();
      read.list(read.int32);
      read.list(read.int32);
      return partition;
    });
    return { name, partitions };
  });
  return { clusterId, brokers, topics };
}

/**
 * How many partitions cannot be used yet. After a start the metadata names leaders some time before the broker has
 * taken their partitions up; asked for an end offset it says so.
 */
export async function countUnavailablePartitions(port: number, topics: KafkaMetadata['topics']): Promise<number> {
  const body = Buffer.concat([
    int32(NULL_LENGTH),
    list(topics, ({ name, partitions }) => [text(name), list(partitions, (each) => [int32(each), int64(LATEST)])]),
  ]);
  const read = reader(await ask(port, LIST_OFFSETS, body));
  const errors = read.list(() => {
    read.text();
    return read.list(() => {
      read.int32();
      const error = read.int16();
      read.int64();
      read.int64();
      return error;
    });
  });
  return errors.flat().filter((error) => error !== 0).length;
}

/** Sends one request and answers the body of its response. */
function ask(port: number, api: { key: number; version: number }, body: Buffer): Promise<Buffer> {
  // Correlation id 0, no client id.
  const request = Buffer.concat([int16(api.key), int16(api.version), int32(0), int16(NULL_LENGTH), body]);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: LOOPBACK, port });
    const end = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    const limit = setTimeout(() => end(new Error('Kafka gave no answer in time.')), TIMEOUT_MS);
    const received: Buffer[] = [];
    socket.once('connect', () => socket.write(Buffer.concat([int32(request.length), request])));
    socket.once('error', end);
    socket.once('close', () => {
      clearTimeout(limit);
      reject(new Error('Kafka closed the connection.'));
    });
    socket.on('data', (chunk) => {
      received.push(chunk);
      const response = Buffer.concat(received);
      if (response.length < 8 || response.length < 4 + response.readInt32BE(0)) return;
      resolve(response.subarray(8));
      socket.destroy();
    });
  });
}

function reader(buffer: Buffer) {
  let at = 0;
  const step = (size: number) => (at += size) - size;
  const read = {
    int8: () => buffer.readInt8(step(1)),
    int16: () => buffer.readInt16BE(step(2)),
    int32: () => buffer.readInt32BE(step(4)),
    int64: () => buffer.readBigInt64BE(step(8)),
    text: (): string | null => {
      const length = read.int16();
      if (length === NULL_LENGTH) return null;
      const start = step(length);
      return buffer.toString('utf8', start, start + length);
    },
    list: <Item>(item: () => Item): Item[] => Array.from({ length: read.int32() }, item),
  };
  return read;
}

function int16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeInt16BE(value);
  return buffer;
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}

function int64(value: bigint): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(value);
  return buffer;
}

function text(value: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);
}

function list<Item>(items: readonly Item[], item: (each: Item) => readonly Buffer[]): Buffer {
  return Buffer.concat([int32(items.length), ...items.flatMap(item)]);
}
