/** The frozen schemas: one .avsc per message and version, identified by the sha256 of the file's bytes. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MessageType } from '../domain/messages.ts';
import { BillingError } from '../errors.ts';
import { TOPICS, TOPIC_NAMES } from '../topics.ts';

/** An Avro record schema as parsed JSON. */
export interface AvroRecordSchema {
  readonly type: 'record';
  readonly name: string;
  readonly namespace: string;
  readonly fields: readonly { readonly name: string; readonly type: unknown; readonly default?: unknown }[];
}

export interface SchemaFile {
  readonly name: MessageType;
  readonly version: number;
  /** Hex, over the bytes of the file. */
  readonly sha256: string;
  readonly json: AvroRecordSchema;
}

const MESSAGE_TYPES: ReadonlySet<string> = new Set(TOPIC_NAMES.flatMap((topic) => TOPICS[topic].messages));

/** True for the name of a message that topics.ts knows. */
export const isMessageType = (name: string): name is MessageType => MESSAGE_TYPES.has(name);

/**
 * Loads all schemas, by name and version ascending.
 * @throws BillingError INTERNAL when a file's name and its content do not agree
 */
export function loadSchemaFiles(directory: string = schemasDirectory()): SchemaFile[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.avsc'))
    .map((file) => readSchemaFile(directory, file))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version - b.version));
}

/** The highest version of each message. */
export function newestSchemas(schemas: readonly SchemaFile[]): Map<MessageType, SchemaFile> {
  const newest = new Map<MessageType, SchemaFile>();
  for (const schema of schemas) {
    if (schema.version > (newest.get(schema.name)?.version ?? 0)) newest.set(schema.name, schema);
  }
  return newest;
}

function readSchemaFile(directory: string, file: string): SchemaFile {
  const bytes = readFileSync(join(directory, file));
  const json = JSON.parse(bytes.toString('utf8')) as AvroRecordSchema;
  const version = Number(/\.v([1-9]\d*)\.avsc$/.exec(file)?.[1]);
  if (!isMessageType(json.name) || file !== `${kebab(json.name)}.v${version}.avsc`) {
    throw new BillingError('INTERNAL', `Schema file ${file} does not carry the name of its message (${json.name}).`);
  }
  return { name: json.name, version, sha256: createHash('sha256').update(bytes).digest('hex'), json };
}

const kebab = (name: string) => name.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

/** schemas/ of this package: beside src/ when run from source, one level further up when run from dist/. */
function schemasDirectory(): string {
  for (let directory = import.meta.dirname; ; directory = dirname(directory)) {
    const candidate = join(directory, 'schemas');
    if (existsSync(candidate)) return candidate;
    if (directory === dirname(directory)) throw new BillingError('INTERNAL', 'The schemas directory is missing.');
  }
}
