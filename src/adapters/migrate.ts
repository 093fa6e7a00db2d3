/** Brings a database to the state this program needs: idempotent, safe to run from several processes at once. */
import knex, { type Knex } from 'knex';
import pg from 'pg';
import { BillingError } from '../errors.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import { fromConnectError } from './postgres-errors.ts';
import { query, type Pool } from './postgres.ts';

/** Any number that no other user of advisory locks in this database takes. */
const ADVISORY_LOCK = 0x62696c6c;

/** Knex takes `?` for a parameter, also inside a comment or a jsonb operator. */
const literal = (sql: string) => sql.replaceAll('?', '\\?');

const migrationSource: Knex.MigrationSource<Migration> = {
  getMigrations: async () => [...MIGRATIONS],
  getMigrationName: (migration) => migration.name,
  getMigration: async (migration) => ({
    up: async (db) => void (await db.raw(literal(migration.sql))),
    down: async () => {
      throw new BillingError('INTERNAL', 'Migrations only go forward.');
    },
  }),
};

/**
 * Applies what is missing and returns the names of what it applied.
 *
 * Processes that migrate at the same time wait for each other on an advisory lock, which a crash releases; knex's own
 * lock is a row that a crash leaves behind, and is freed here because nobody else can be at work.
 * @throws BillingError POSTGRES_UNREACHABLE; SETUP_MISSING when the database was migrated by a newer program
 */
export async function migrate({ databaseUrl }: { databaseUrl: string }): Promise<string[]> {
  const guard = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  guard.on('error', () => {});
  const db = knex({
    client: 'pg',
    connection: { connectionString: databaseUrl, application_name: 'billing migrate' },
    pool: { min: 0, max: 1 },
    migrations: { migrationSource, tableName: 'schema_migrations' },
    // What goes wrong is thrown; knex would print it as well.
    log: { warn: () => {}, error: () => {}, debug: () => {}, deprecate: () => {} },
  });
  try {
    await guard.connect().catch((error: unknown) => {
      throw fromConnectError(error, `${guard.host}:${guard.port}`);
    });
    await guard.query('select pg_advisory_lock($1)', [ADVISORY_LOCK]);
    await db.migrate.forceFreeMigrationsLock();
    const [, applied] = (await db.migrate.latest()) as [number, string[]];
    return applied;
  } catch (error) {
    if (error instanceof Error && error.message.includes('migration directory is corrupt')) {
      throw new BillingError('SETUP_MISSING', 'This database was migrated by a newer version of the program.', {
        cause: error,
      });
    }
    throw error;
  } finally {
    await db.destroy();
    // Closing the connection releases the lock.
    await guard.end();
  }
}

/** Names of the migrations this program needs and the database lacks. */
export async function pendingMigrations(pool: Pool): Promise<string[]> {
  const applied = await query<{ name: string }>(pool, 'select name from schema_migrations').catch((error: unknown) => {
    if (error instanceof BillingError && error.code === 'SETUP_MISSING') return { rows: [] };
    throw error;
  });
  const done = new Set(applied.rows.map((row) => row.name));
  return MIGRATIONS.map((migration) => migration.name).filter((name) => !done.has(name));
}
