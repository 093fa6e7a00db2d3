/** Connections to Postgres and transactions on them. Everything else that speaks SQL takes the pool as an argument. */
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { BillingError } from '../errors.ts';
import { fromConnectError, fromStatementError, isServerAnswer, isWorthRepeating } from './postgres-errors.ts';

export type Pool = pg.Pool;
/** What a statement can be sent to inside a transaction. */
export type Client = pg.PoolClient;

const CONNECT_TIMEOUT_MS = 5_000;
/** A new connection may lead to another server, and what is known of this one must then be looked up again. */
const IDLE_TIMEOUT_MS = 10 * 60_000;
const STATEMENT_TIMEOUT_MS = 60_000;
/** A process that froze inside a transaction must not hold shop heads or the invoice series for long. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
const INT8 = 20;
const INT8_ARRAY = 1016;

const parseInt8Array = (text: string): (bigint | null)[] =>
  text === '{}'
    ? []
    : text
        .slice(1, -1)
        .split(',')
        .map((item) => (item === 'NULL' ? null : BigInt(item)));

/** int8 becomes bigint; numeric stays text; nothing becomes a float unasked. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (format !== 'binary' && oid === INT8) return BigInt;
    if (format !== 'binary' && oid === INT8_ARRAY) return parseInt8Array;
    return pg.types.getTypeParser(oid, format) as unknown;
  }) as typeof pg.types.getTypeParser,
};

/**
 * A pool of connections; the first one is opened by the first statement.
 * @param applicationName shown in pg_stat_activity
 * @param max connections at most
 */
export function createPool({
  databaseUrl,
  applicationName,
  max = 10,
}: {
  databaseUrl: string;
  applicationName: string;
  max?: number;
}): Pool {
  const { host, port } = new pg.Client({ connectionString: databaseUrl });
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    host,
    port,
    application_name: applicationName,
    max,
    types,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: STATEMENT_TIMEOUT_MS / 2,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    // The client's own limit is for a server that vanished without a word.
    query_timeout: STATEMENT_TIMEOUT_MS + 15_000,
    keepAlive: true,
    // Our statements are short and many; compiling one costs more than running it. All of them go by an index, also
    // right after a bulk load, when the planner still takes the tables for empty and would read them whole, shop by shop.
    options: '-c jit=off -c enable_seqscan=off',
  });
  // An idle connection that breaks is dropped by the pool; the next statement opens another or says why it cannot.
  pool.on('error', () => {});
  // The pool listens to idle connections only: one that breaks in use, between two statements, would end the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('connect', (client) => {
    const number = connectionsOpened(pool) + 1;
    opened.set(pool, number);
    numbers.set(client, number);
  });
  return pool;
}

const opened = new WeakMap<Pool, number>();
const numbers = new WeakMap<pg.ClientBase, number>();

/** How many connections the pool has opened so far: behind a later one may stand another server than before. */
export const connectionsOpened = (pool: Pool): number => opened.get(pool) ?? 0;

/** Which of them this is, counted from 1. */
export const connectionNumber = (client: Client): number => numbers.get(client) ?? 0;

/** host:port, for messages; never the password. */
export function addressOf(pool: Pool): string {
  return `${pool.options.host ?? 'localhost'}:${pool.options.port ?? 5432}`;
}

async function connect(pool: Pool): Promise<Client> {
  try {
    return await pool.connect();
  } catch (error) {
    throw fromConnectError(error, addressOf(pool));
  }
}

/** One statement outside a transaction. @throws BillingError POSTGRES_UNREACHABLE, UNAVAILABLE, SETUP_MISSING */
export async function query<Row extends pg.QueryResultRow>(
  pool: Pool,
  text: string,
  values: readonly unknown[] = [],
): Promise<pg.QueryResult<Row>> {
  const client = await connect(pool);
  let broken = true;
  try {
    const result = await client.query<Row>(text, [...values]);
    broken = false;
    return result;
  } catch (error) {
    broken = !isServerAnswer(error);
    throw fromStatementError(error, addressOf(pool));
  } finally {
    client.release(broken);
  }
}

/**
 * Runs `work` in one transaction (read committed) and commits it. Deadlocks and serialization failures are repeated
 * from the start with growing, jittered pauses, `attempts` times in all; so `work` must be repeatable.
 *
 * @param durable true waits for the disk; false may lose the last moments of a crashed server, but nothing in part
 * @throws BillingError POSTGRES_UNREACHABLE, UNAVAILABLE (also when it is unknown whether the commit was done),
 *   SETUP_MISSING; whatever `work` throws
 */
export async function transaction<T>(
  pool: Pool,
  { durable, attempts = 8 }: { durable: boolean; attempts?: number },
  work: (client: Client) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(pool, durable, work);
    } catch (error) {
      if (attempt >= attempts || !isWorthRepeating(error)) throw fromStatementError(error, addressOf(pool));
      await wait(Math.random() * Math.min(1_000, 10 * 2 ** attempt));
    }
  }
}

async function runOnce<T>(pool: Pool, durable: boolean, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect(pool);
  let broken = true;
  try {
    await client.query(`begin; set local synchronous_commit = ${durable ? 'on' : 'off'}`);
    const result = await work(client);
    const { command } = await client.query('commit');
    // Postgres answers a commit of an aborted transaction with a rollback and no error.
    if (command !== 'COMMIT')
      throw new BillingError('INTERNAL', 'A transaction was committed after one of its statements failed.');
    broken = false;
    return result;
  } catch (error) {
    broken = !(await rolledBack(client, error));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** True when the connection can be used again. A connection that did not answer is not asked anything more. */
async function rolledBack(client: Client, error: unknown): Promise<boolean> {
  if (error instanceof pg.DatabaseError ? !isServerAnswer(error) : !(error instanceof BillingError)) return false;
  return client.query('rollback').then(
    () => true,
    () => false,
  );
}
