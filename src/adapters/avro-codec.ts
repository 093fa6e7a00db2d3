/** Messages ↔ bytes: Avro in the Confluent wire format (0, schema id as 4 bytes, value) with CloudEvents headers. */
import type { Type } from 'avsc';
import type { Message, MessageByType, MessageType } from '../domain/messages.ts';
import { BillingError } from '../errors.ts';
import { TOPICS } from '../topics.ts';
import type { TopicName } from '../topics.ts';
import { avroType } from './avro-types.ts';
import { createAvroReaders } from './avro-readers.ts';
import { fromHeaders, toHeaders } from './cloud-events.ts';
import type { Codec, Decoded, Envelope, Undecodable } from './codec.ts';
import { looksLikeJson, parseRunRequest } from './json-run-request.ts';
import type { LogRecord, OutRecord } from './log.ts';
import { newestSchemas } from './schema-files.ts';
import type { SchemaFile } from './schema-files.ts';

export interface AvroCodecOptions {
  /** All versions of all messages: see `loadSchemaFiles`. */
  readonly schemas: readonly SchemaFile[];
  /** Subject → schema id in the registry: see `applySchemas` and `lookupSchemas`. */
  readonly subjectIds: ReadonlyMap<string, number>;
  /** A schema of the registry as parsed JSON, null when it knows no such id; throws when it does not answer. */
  readonly fetchForeign: (id: number) => Promise<unknown>;
  readonly topicPrefix: string;
  /** `ce_source`; by default `billing-scheduler`. */
  readonly source?: string;
}

/** TopicRecordNameStrategy: the subject under which a message of a topic is registered. */
export const subjectOf = (topicPrefix: string, topic: TopicName, type: MessageType): string =>
  `${topicPrefix}${topic}-billing.${type}`;

const HEADER_BYTES = 5;

/** The codec. `encode` throws SETUP_MISSING when a subject has no id, AMOUNT_OVERFLOW beyond 64 bits. */
export function createAvroCodec(options: AvroCodecOptions): Codec {
  const { schemas, subjectIds, fetchForeign, topicPrefix, source = 'billing-scheduler' } = options;
  const newest = newestSchemas(schemas);
  const types = new Map([...newest].map(([name, schema]) => [name, avroType(schema.json)] as const));
  const readers = createAvroReaders({ schemas, types, fetchForeign });
  let scratch = Buffer.allocUnsafe(64 * 1024);

  function schemaId(topic: TopicName, type: MessageType): number {
    const id = subjectIds.get(subjectOf(topicPrefix, topic, type));
    if (id !== undefined) return id;
    throw new BillingError(
      'SETUP_MISSING',
      `Subject ${subjectOf(topicPrefix, topic, type)} is not registered: run "billing schemas apply".`,
    );
  }

  /** Writes header and value into the scratch buffer; returns their length. */
  function write(type: Type, id: number, data: unknown): number {
    for (;;) {
      scratch.writeUInt8(0, 0);
      scratch.writeUInt32BE(id, 1);
      const end = type.encode(data, scratch, HEADER_BYTES);
      if (end >= 0) return end;
      scratch = Buffer.allocUnsafe(scratch.length * 2 - end);
    }
  }

  function start<T extends MessageType>(topic: TopicName, key: string, type: T, data: MessageByType[T], ce: Envelope) {
    const length = write(types.get(type)!, schemaId(topic, type), data);
    const headers = toHeaders(type, `${type}@${newest.get(type)!.sha256}`, source, ce);
    return { length, record: (value: Buffer): OutRecord => ({ topic, key, value, headers }) };
  }

  async function decodeOne(record: LogRecord): Promise<Decoded | Undecodable> {
    const { value } = record;
    try {
      if (value === null) throw new Error('the record has no value');
      if (looksLikeJson(record)) return decoded(record, 'BillingRunRequested', parseRunRequest(record));
      if (value.length < HEADER_BYTES || value[0] !== 0) throw new Error('the value is not in the Confluent format');
      const found = readers.find(record, value.readUInt32BE(1));
      const { name, reader } = found instanceof Promise ? await found : found;
      const allowed: readonly MessageType[] = TOPICS[record.topic].messages;
      if (!allowed.includes(name)) throw new Error(`${name} is no message of topic ${record.topic}`);
      return decoded(record, name, reader.read(value, HEADER_BYTES));
    } catch (error) {
      if (error instanceof BillingError) throw error;
      return { record, problem: (error as Error).message };
    }
  }

  return {
    encode(topic, key, type, data, envelope) {
      const { length, record } = start(topic, key, type, data, envelope);
      return record(Buffer.from(scratch.subarray(0, length)));
    },
    encodeOpen(topic, key, type, data, envelope) {
      const { length, record } = start(topic, key, type, data, envelope);
      // A record's bytes are its fields' bytes in order, and an empty string is one zero byte: cut it off again.
      if (scratch[length - 1] !== 0 || !lastFieldIsEmptyString(newest.get(type)!, data)) {
        throw new BillingError('INTERNAL', `${type} does not end in a string left empty.`);
      }
      const head = Buffer.from(scratch.subarray(0, length - 1));
      return (lastField) => record(Buffer.concat([head, avroString.toBuffer(lastField)]));
    },
    decode: (records) => Promise.all(records.map(decodeOne)),
  };
}

const avroString = avroType('string');

const decoded = (record: LogRecord, type: MessageType, data: unknown): Decoded => ({
  record,
  message: { type, data } as Message,
  envelope: fromHeaders(record),
});

function lastFieldIsEmptyString(schema: SchemaFile, data: object): boolean {
  const last = schema.json.fields.at(-1)!;
  return last.type === 'string' && (data as Readonly<Record<string, unknown>>)[last.name] === '';
}
