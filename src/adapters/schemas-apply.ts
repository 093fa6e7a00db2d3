/** Registers every (topic, message) subject, or looks the ids up without changing anything. Idempotent. */
import { BillingError } from '../errors.ts';
import { TOPICS, TOPIC_NAMES } from '../topics.ts';
import { subjectOf } from './avro-codec.ts';
import type { SchemaFile } from './schema-files.ts';
import type { SchemaRegistry } from './schema-registry.ts';

interface Dependencies {
  readonly registry: SchemaRegistry;
  readonly schemas: readonly SchemaFile[];
  readonly topicPrefix: string;
}

export interface SchemasApplied {
  /** Subject → id of its newest version. */
  readonly subjectIds: Map<string, number>;
  /** `<subject> v<version>`, what was not there before. */
  readonly registered: string[];
}

const PARALLEL = 8;

/**
 * Registers what is missing, versions in ascending order.
 * @throws BillingError REGISTRY_UNREACHABLE; SETUP_MISSING when the registry finds a schema incompatible
 */
export async function applySchemas({ registry, schemas, topicPrefix }: Dependencies): Promise<SchemasApplied> {
  const subjectIds = new Map<string, number>();
  const registered: string[] = [];
  await registry.setGlobalCompatibility();
  await eachSubject(topicPrefix, schemas, async (subject, versions) => {
    for (const { json, version } of versions) {
      let id = await registry.lookup(subject, json);
      if (id === null) {
        id = await registry.register(subject, json);
        registered.push(`${subject} v${version}`);
      }
      subjectIds.set(subject, id);
    }
  });
  return { subjectIds, registered: registered.sort() };
}

/**
 * The ids of what is registered already.
 * @throws BillingError SETUP_MISSING that names the first missing subjects; REGISTRY_UNREACHABLE
 */
export async function lookupSchemas({ registry, schemas, topicPrefix }: Dependencies): Promise<Map<string, number>> {
  const subjectIds = new Map<string, number>();
  const missing: string[] = [];
  await eachSubject(topicPrefix, schemas, async (subject, versions) => {
    const id = await registry.lookup(subject, versions.at(-1)!.json);
    if (id === null) missing.push(subject);
    else subjectIds.set(subject, id);
  });
  if (missing.length > 0) {
    const some = missing.sort().slice(0, 3).join(', ');
    throw new BillingError(
      'SETUP_MISSING',
      `${missing.length} schema(s) are not registered (${some}${missing.length > 3 ? ', …' : ''}): run "billing schemas apply".`,
    );
  }
  return subjectIds;
}

/** Calls `visit` with each subject and the versions of its message, ascending; a few at a time. */
async function eachSubject(
  topicPrefix: string,
  schemas: readonly SchemaFile[],
  visit: (subject: string, versions: readonly SchemaFile[]) => Promise<void>,
): Promise<void> {
  const subjects = TOPIC_NAMES.flatMap((topic) =>
    TOPICS[topic].messages.map((type) => ({
      subject: subjectOf(topicPrefix, topic, type),
      versions: schemas.filter((schema) => schema.name === type).sort((a, b) => a.version - b.version),
    })),
  );
  const queue = subjects.values();
  const worker = async () => {
    for (const { subject, versions } of queue) await visit(subject, versions);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}
