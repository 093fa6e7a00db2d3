import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { migrate } from '../../src/adapters/migrate.ts';
import { createPool, type Pool } from '../../src/adapters/postgres.ts';

export interface FreshDatabase {
  readonly databaseUrl: string;
  readonly pool: Pool;
  readonly drop: () => Promise<void>;
}

/** A database of its own on the server of `serverUrl`, migrated unless said otherwise. */
export async function createFreshDatabase(
  serverUrl: string,
  { migrated = true }: { migrated?: boolean } = {},
): Promise<FreshDatabase> {
  const name = `contract_${randomUUID().replaceAll('-', '')}`;
  const onServer = async (sql: string) => {
    const client = new pg.Client({ connectionString: serverUrl });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await onServer(`create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const databaseUrl = url.href;
  if (migrated) await migrate({ databaseUrl });
  const pool = createPool({ databaseUrl, applicationName: 'contract tests' });
  return {
    databaseUrl,
    pool,
    drop: async () => {
      await pool.end();
      await onServer(`drop database ${name}`);
    },
  };
}
