/** Which reader a record needs: ours by the hash in `ce_dataschema`, a foreign one by the registry's schema id. */
import type { Type } from 'avsc';
import type { MessageType } from '../domain/messages.ts';
import { BillingError } from '../errors.ts';
import { TOPICS } from '../topics.ts';
import type { TopicName } from '../topics.ts';
import { avroReader, avroType } from './avro-types.ts';
import type { AvroReader } from './avro-types.ts';
import type { LogRecord } from './log.ts';
import { isMessageType } from './schema-files.ts';
import type { SchemaFile } from './schema-files.ts';

export interface NamedReader {
  readonly name: MessageType;
  readonly reader: AvroReader;
}

export interface AvroReaders {
  /**
   * @throws Error (also as a rejection) that says why nobody can read such a record;
   * BillingError UNAVAILABLE when the registry is needed and does not answer, or does not know an id of our own topics;
   * SCHEMA_CONFLICT when what a record of our own topics says of its schema contradicts itself
   */
  find(record: LogRecord, schemaId: number): NamedReader | Promise<NamedReader>;
}

export function createAvroReaders({
  schemas,
  types,
  fetchForeign,
}: {
  schemas: readonly SchemaFile[];
  /** The newest type of each message: what everything is read into. */
  types: ReadonlyMap<MessageType, Type>;
  fetchForeign: (id: number) => Promise<unknown>;
}): AvroReaders {
  const nameByHash = new Map(schemas.map((schema) => [schema.sha256, schema.name]));
  const own = new Map<string, NamedReader>(
    schemas.map(({ name, sha256, json }) => {
      const type = types.get(name)!;
      const current = sha256 === newestHash(schemas, name);
      return [`${name}@${sha256}`, { name, reader: avroReader(type, current ? type : avroType(json)) }] as const;
    }),
  );
  const foreign = new Map<number, Promise<NamedReader>>();

  function findForeign(topic: TopicName, id: number): Promise<NamedReader> {
    const known = foreign.get(id);
    if (known) return known;
    const found = loadForeign(topic, id);
    foreign.set(id, found);
    // Only answers are kept: an id may be registered, and a registry may come back.
    found.catch(() => foreign.delete(id));
    return found;
  }

  async function loadForeign(topic: TopicName, id: number): Promise<NamedReader> {
    const schema = await fetchForeign(id).catch((cause: unknown) => {
      throw new BillingError('UNAVAILABLE', `Schema ${id} cannot be fetched: ${(cause as Error).message}`, { cause });
    });
    if (schema === null || schema === undefined) {
      if (acceptsForeign(topic)) throw new Error(`the registry knows no schema ${id}`);
      throw new BillingError('UNAVAILABLE', `The registry knows no schema ${id}, which topic ${topic} uses.`);
    }
    const name = shortName(schema);
    if (!isMessageType(name)) throw new Error(`schema ${id} (${name || 'no record'}) is no message we know`);
    return { name, reader: foreignReader(name, id, schema) };
  }

  function foreignReader(name: MessageType, id: number, schema: unknown): AvroReader {
    try {
      return avroReader(types.get(name)!, avroType(schema));
    } catch (error) {
      throw new Error(`schema ${id} cannot be read as ${name}: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Written by a newer program, or by a foreign one with schemas of its own: the id has to say the same. */
  async function findNamed(topic: TopicName, id: number, name: string): Promise<NamedReader> {
    const found = await findForeign(topic, id);
    if (isMessageType(name) && found.name !== name) {
      throw contradiction(topic, `ce_dataschema names ${name}, but schema ${id} of the registry is ${found.name}`);
    }
    return found;
  }

  return {
    find(record, schemaId) {
      const dataSchema = record.headers['ce_dataschema'];
      if (dataSchema === undefined) return findForeign(record.topic, schemaId);
      const reader = own.get(dataSchema);
      if (!reader) {
        const [name = '', sha256 = ''] = dataSchema.split('@');
        const real = nameByHash.get(sha256);
        if (real === undefined) return findNamed(record.topic, schemaId, name);
        throw contradiction(record.topic, `ce_dataschema names ${name}, but the hash is that of ${real}`);
      }
      const type = record.headers['ce_type'];
      if (type !== undefined && type !== reader.name) {
        throw new Error(`ce_type is ${type}, but ce_dataschema names ${reader.name}`);
      }
      return reader;
    },
  };
}

function newestHash(schemas: readonly SchemaFile[], name: MessageType): string {
  return schemas.filter((schema) => schema.name === name).reduce((a, b) => (a.version > b.version ? a : b)).sha256;
}

/**
 * A foreign producer may write nonsense, which is one undecodable record. Where only we write, the registry or the
 * program is broken, and reading on could misread everything.
 */
function contradiction(topic: TopicName, what: string): Error {
  return acceptsForeign(topic) ? new Error(what) : new BillingError('SCHEMA_CONFLICT', `Topic ${topic}: ${what}.`);
}

/** Topics anybody may write to, and the dead letters that came from them. */
function acceptsForeign(topic: TopicName): boolean {
  const producers: readonly string[] = TOPICS[topic].producers;
  return producers.includes('any') || topic.endsWith('.dlq');
}

function shortName(schema: unknown): string {
  if (typeof schema !== 'object' || schema === null || !('name' in schema)) return '';
  return typeof schema.name === 'string' ? schema.name.slice(schema.name.lastIndexOf('.') + 1) : '';
}
