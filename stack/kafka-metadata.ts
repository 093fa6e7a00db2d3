import { connect } from 'node:net';
import { LOOPBACK } from './ports.ts';

export interface KafkaMetadata {
  readonly clusterId: string | null;
  /** `host:port` as advertised to clients. */
  readonly brokers: readonly string[];
}

const TIMEOUT_MS = 2000;
const NULL_LENGTH = -1;

/**
 * Asks a broker on the loopback address for cluster metadata: one request of Kafka's protocol, by hand, because a
 * client would bring retries, timers and log lines to what is asked ten times a second. A broker lists itself only
 * once it takes part in the cluster. Throws when there is no answer within two seconds.
 */
export function fetchKafkaMetadata(port: number): Promise<KafkaMetadata> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: LOOPBACK, port, timeout: TIMEOUT_MS });
    let received = Buffer.alloc(0);
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    const limit = setTimeout(() => fail(new Error('Kafka gave no metadata in time.')), TIMEOUT_MS);
    socket.once('close', () => {
      clearTimeout(limit);
      reject(new Error('Kafka closed the connection.'));
    });
    socket.once('error', fail);
    socket.once('connect', () => socket.write(metadataRequest()));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return;
      try {
        resolve(readMetadata(received));
        socket.destroy();
      } catch (error) {
        fail(error as Error);
      }
    });
  });
}

/** Metadata v2 for no topics: size, api key 3, version 2, correlation id 0, client id null, empty array. */
function metadataRequest(): Buffer {
  const request = Buffer.alloc(18);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(3, 4);
  request.writeInt16BE(2, 6);
  request.writeInt16BE(NULL_LENGTH, 12);
  return request;
}

/** size, correlation id, brokers [id, host, port, rack], cluster id, … */
function readMetadata(response: Buffer): KafkaMetadata {
  let at = 8;
  const int32 = () => response.readInt32BE((at += 4) - 4);
  const text = (): string | null => {
    const length = response.readInt16BE((at += 2) - 2);
    if (length === NULL_LENGTH) return null;
    return response.toString('utf8', at, (at += length));
  };
  const brokers = Array.from({ length: int32() }, () => {
    int32();
    const broker = `${text()}:${int32()}`;
    text();
    return broker;
  });
  return { brokers, clusterId: text() };
}
