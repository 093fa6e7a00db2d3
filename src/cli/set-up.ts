/** Brings servers to the state this version needs: tables, topics, schemas. Idempotent, and quick when nothing is missing. */
import type { Config, Servers } from '../config.ts';
import { BillingError } from '../errors.ts';

type Place = Pick<Config, 'servers' | 'topicPrefix' | 'partitions'>;

/** All three. Throws the unreachable server's error. */
export async function setUp(config: Place): Promise<void> {
  await Promise.all([migrateDatabase(config), applyTopicMap(config), applySchemaFiles(config)]);
}

/** Returns the names of the migrations that were missing. */
export async function migrateDatabase(config: Place): Promise<string[]> {
  const { migrate } = await import('../adapters/migrate.ts');
  return migrate({ databaseUrl: serversOf(config).databaseUrl });
}

/** Returns the topics that were missing, with their prefix. */
export async function applyTopicMap(config: Place): Promise<string[]> {
  const { applyTopics } = await import('../adapters/topics-apply.ts');
  return applyTopics({ ...config, ...serversOf(config).kafka });
}

/** Returns `<subject> v<version>` of the schemas that were missing. */
export async function applySchemaFiles(config: Place): Promise<string[]> {
  const { createSchemaRegistry } = await import('../adapters/schema-registry.ts');
  const { applySchemas } = await import('../adapters/schemas-apply.ts');
  const { loadSchemaFiles } = await import('../adapters/schema-files.ts');
  const registry = createSchemaRegistry(serversOf(config).registry);
  const { registered } = await applySchemas({ registry, schemas: loadSchemaFiles(), topicPrefix: config.topicPrefix });
  return registered;
}

function serversOf({ servers }: Place): Servers {
  if (servers === null) throw new BillingError('CONFIG_INVALID', 'No servers are configured.');
  return servers;
}
