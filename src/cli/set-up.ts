/** Brings servers to the state this version needs: tables, topics, schemas. Idempotent, and quick when nothing is missing. */
import { silentLogger } from '../adapters/logger.ts';
import type { Config, Servers } from '../config.ts';
import { BillingError } from '../errors.ts';

type Place = Pick<Config, 'servers' | 'topicPrefix' | 'partitions'>;

/** What a set-up command did, line by line. */
export interface SetUpReport {
  readonly applied: readonly string[];
  /** What is not as it should be and was left alone. */
  readonly warnings: readonly string[];
}

/** All three. Throws the error of a server that cannot be reached. */
export async function setUp(config: Place): Promise<void> {
  await Promise.all([migrateDatabase(config), applyTopicMap(config), applySchemaFiles(config)]);
}

export async function migrateDatabase(config: Place): Promise<SetUpReport> {
  const { migrate } = await import('../adapters/migrate.ts');
  const applied = await migrate({ databaseUrl: serversOf(config).databaseUrl });
  return { applied: applied.map((name) => `applied ${name}`), warnings: [] };
}

export async function applyTopicMap(config: Place): Promise<SetUpReport> {
  const { applyTopics } = await import('../adapters/topics-apply.ts');
  const { topicPrefix, partitions } = config;
  const { kafka } = serversOf(config);
  const { created, raised, differences } = await applyTopics({
    ...kafka,
    topicPrefix,
    partitions,
    clientId: 'billing-topics',
    logger: silentLogger,
  });
  return {
    applied: [
      ...created.map((topic) => `created ${topic}`),
      ...raised.map(({ topic, from, to }) => `raised ${topic} from ${from} to ${to} partitions`),
    ],
    warnings: differences.map(
      ({ topic, setting, expected, actual }) => `${topic}: ${setting} is ${actual}, not ${expected}; it was left so`,
    ),
  };
}

export async function applySchemaFiles(config: Place): Promise<SetUpReport> {
  const { createSchemaRegistry } = await import('../adapters/schema-registry.ts');
  const { applySchemas } = await import('../adapters/schemas-apply.ts');
  const { loadSchemaFiles } = await import('../adapters/schema-files.ts');
  const registry = createSchemaRegistry(serversOf(config).registry);
  const { registered } = await applySchemas({ registry, schemas: loadSchemaFiles(), topicPrefix: config.topicPrefix });
  return { applied: registered.map((subject) => `registered ${subject}`), warnings: [] };
}

/**
 * Makes a database on the server of `serverUrl` unless it is there.
 * @param name plain: letters, digits, underscores
 */
export async function createDatabase(serverUrl: string, name: string): Promise<void> {
  const { createPool, query } = await import('../adapters/postgres.ts');
  const pool = createPool({ databaseUrl: serverUrl, applicationName: 'billing-scheduler', max: 1 });
  try {
    const { rows } = await query(pool, 'select 1 from pg_database where datname = $1', [name]);
    if (rows.length === 0) await query(pool, `create database "${name}"`);
  } finally {
    await pool.end();
  }
}

function serversOf({ servers }: Place): Servers {
  if (servers === null) throw new BillingError('CONFIG_INVALID', 'No servers are configured.');
  return servers;
}
