/** The port to the schema registry (Confluent API), over @kafkajs/confluent-schema-registry. */
import { COMPATIBILITY, SchemaRegistry as RegistryClient, SchemaType } from '@kafkajs/confluent-schema-registry';
import { BillingError } from '../errors.ts';
import type { AvroRecordSchema } from './schema-files.ts';

/** Every new version must read, and be readable by, every older one: the log is kept for ever. */
export const SCHEMA_COMPATIBILITY = COMPATIBILITY.FULL_TRANSITIVE;

/** All methods throw BillingError REGISTRY_UNREACHABLE when there is no answer within five seconds. */
export interface SchemaRegistry {
  /** Makes FULL_TRANSITIVE the level of every subject that has none of its own. */
  setGlobalCompatibility(): Promise<void>;
  /** Registers and returns the id; the same schema again has the same id. Throws SETUP_MISSING when it is refused. */
  register(subject: string, schema: AvroRecordSchema): Promise<number>;
  /** The id of exactly this schema under the subject; null when it is not registered. */
  lookup(subject: string, schema: AvroRecordSchema): Promise<number | null>;
  /** A schema as parsed JSON; null when there is no such id, or it is not Avro. */
  schemaById(id: number): Promise<unknown>;
}

export interface SchemaRegistryOptions {
  readonly url: string;
  readonly user?: string | null;
  readonly password?: string | null;
}

const TIMEOUT_MS = 5_000;

export function createSchemaRegistry(options: SchemaRegistryOptions): SchemaRegistry {
  const { host, shown, auth } = address(options);
  const client = new RegistryClient({
    host,
    ...(auth ? { auth } : {}),
    retry: { retries: 2, initialRetryTimeInSecs: 0.1, maxRetryTimeInSecs: 1 },
  });
  const avro = (schema: AvroRecordSchema) => ({ type: SchemaType.AVRO as const, schema: JSON.stringify(schema) });
  const ask = <T>(request: Promise<T>) => answered(request, shown);

  return {
    setGlobalCompatibility: () => ask(putCompatibility(host, auth)),
    // Without `compatibility` the library would set the subject to BACKWARD, whatever the global level says.
    register: (subject, schema) =>
      ask(client.register(avro(schema), { subject, compatibility: SCHEMA_COMPATIBILITY }))
        .then(({ id }) => id)
        .catch((error: unknown) => refused(error, subject)),
    lookup: (subject, schema) => ask(client.getRegistryIdBySchema(subject, avro(schema))).catch(nullIfUnknown),
    schemaById: (id) => ask(client.getSchema(id)).then(toJson).catch(nullIfUnknown),
  };
}

/** How often another may set the level first, at the same moment: a registry then answers with a conflict or fails. */
const MAX_CONFLICTS = 3;

/** The client library has no call for the global level. */
async function putCompatibility(host: string, auth: ReturnType<typeof address>['auth']): Promise<void> {
  for (let conflicts = 0; ; conflicts += 1) {
    const { ok, status } = await fetch(`${host}/config`, {
      method: 'PUT',
      headers: {
        'content-type': 'application/vnd.schemaregistry.v1+json',
        ...(auth ? { authorization: basic(auth) } : {}),
      },
      body: JSON.stringify({ compatibility: SCHEMA_COMPATIBILITY }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (ok) return;
    const isConflict = status === 409 || status >= 500;
    if (!isConflict || conflicts === MAX_CONFLICTS) throw Object.assign(new Error(`status ${status}`), { status });
  }
}

/** Where to ask, and how to name it without its password. */
function address({ url, user, password }: SchemaRegistryOptions) {
  const parsed = new URL(url);
  const username = user ?? decodeURIComponent(parsed.username);
  const secret = password ?? decodeURIComponent(parsed.password);
  parsed.username = parsed.password = '';
  const host = parsed.href.replace(/\/+$/, '');
  return { host, shown: host, auth: username ? { username, password: secret } : null };
}

const basic = ({ username, password }: { username: string; password: string }) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** Passes on answers (also 404 and refusals); everything else means that the registry is not there. */
async function answered<T>(request: Promise<T>, shown: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  });
  try {
    return await Promise.race([request, late]);
  } catch (cause) {
    if (isAnswer(cause)) throw cause;
    const status = statusOf(cause);
    const why = status === 401 || status === 403 ? 'refuses the credentials' : 'does not answer';
    throw new BillingError('REGISTRY_UNREACHABLE', `The schema registry ${why} at ${shown}.`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

const statusOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;

/** The client library reports a refused connection as a status of its own, so only telling ones count. */
function isAnswer(error: unknown): boolean {
  const name = error instanceof Error ? error.name : '';
  return [404, 409, 422].includes(statusOf(error) as number) || name.startsWith('ConfluentSchemaRegistry');
}

function refused(error: unknown, subject: string): never {
  if (error instanceof BillingError) throw error;
  throw new BillingError(
    'SETUP_MISSING',
    `The registry refuses the schema of ${subject}: ${(error as Error).message}`,
    {
      cause: error,
    },
  );
}

function nullIfUnknown(error: unknown): null {
  if (error instanceof BillingError) throw error;
  return null;
}

function toJson(schema: unknown): unknown {
  const type = schema as { schema?: (options: { exportAttrs: boolean }) => unknown };
  return typeof type.schema === 'function' ? type.schema({ exportAttrs: true }) : null;
}
