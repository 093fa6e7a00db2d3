import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { migrate, pendingMigrations } from '../../src/adapters/migrate.ts';
import { MIGRATIONS } from '../../src/adapters/migrations/index.ts';
import { createPool, query, transaction } from '../../src/adapters/postgres.ts';
import { createFreshDatabase, type FreshDatabase } from '../contract/fresh-database.ts';

let database: FreshDatabase;
beforeAll(async () => {
  database = await createFreshDatabase(inject('database'));
  await database.pool.query('create table counters (name text primary key, value bigint not null)');
});
afterAll(() => database.drop());

/** Resolves when `count` parties have arrived. */
function rendezvous(count: number): () => Promise<void> {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  let arrived = 0;
  return () => {
    arrived += 1;
    if (arrived === count) open();
    return opened;
  };
}

describe('a transaction', () => {
  test('is durable or not, as asked', async () => {
    const setting = (durable: boolean) =>
      transaction(database.pool, { durable }, async (client) => {
        const { rows } = await client.query<{ synchronous_commit: string }>('show synchronous_commit');
        return rows[0]?.synchronous_commit;
      });

    expect([await setting(true), await setting(false)]).toEqual(['on', 'off']);
  });

  test('that loses a deadlock is run again', async () => {
    await database.pool.query(`insert into counters values ('a', 0), ('b', 0)`);
    const bothHoldOne = rendezvous(2);
    let runs = 0;
    const add = (names: string[]) => {
      let first = true;
      return transaction(database.pool, { durable: false }, async (client) => {
        runs += 1;
        await client.query('update counters set value = value + 1 where name = $1', [names[0]]);
        if (first) {
          first = false;
          await bothHoldOne();
        }
        await client.query('update counters set value = value + 1 where name = $1', [names[1]]);
      });
    };

    await Promise.all([add(['a', 'b']), add(['b', 'a'])]);

    const { rows } = await database.pool.query('select name, value from counters order by name');
    expect(rows).toEqual([
      { name: 'a', value: 2n },
      { name: 'b', value: 2n },
    ]);
    expect(runs).toBe(3);
  });

  test('whose connection is cut says UNAVAILABLE, and the next one works', async () => {
    const cut = transaction(database.pool, { durable: false }, async (client) => {
      await client.query('select pg_terminate_backend(pg_backend_pid())');
    });

    await expect(cut).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await transaction(database.pool, { durable: false }, async () => 'fine')).toBe('fine');
  });

  test('with a swallowed error is not taken for committed', async () => {
    const swallowed = transaction(database.pool, { durable: false }, async (client) => {
      await client.query('select 1/0').catch(() => {});
    });
    await expect(swallowed).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test('leaves nothing behind when its work fails', async () => {
    const failing = transaction(database.pool, { durable: false }, async (client) => {
      await client.query(`insert into counters values ('gone', 1)`);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect((await query(database.pool, `select from counters where name = 'gone'`)).rowCount).toBe(0);
  });
});

describe('a pool', () => {
  test('reads int8 as bigint and numeric as text', async () => {
    const { rows } = await query(
      database.pool,
      `select 9007199254740993::bigint as int, 0.1::numeric as exact, array[1, null, 9007199254740993]::bigint[] as ints,
         '{}'::bigint[] as none, sum(x) as sum from unnest(array[9223372036854775807, 1]::bigint[]) as t(x)`,
    );
    expect(rows[0]).toEqual({
      int: 9007199254740993n,
      exact: '0.1',
      ints: [1n, null, 9007199254740993n],
      none: [],
      sum: '9223372036854775808',
    });
  });

  test('names the address of a server that does not answer, never the password', async () => {
    const pool = createPool({ databaseUrl: 'postgres://billing:hush@127.0.0.1:1/billing', applicationName: 'test' });
    const error = await query(pool, 'select 1').catch((problem: unknown) => problem);

    expect(error).toMatchObject({
      code: 'POSTGRES_UNREACHABLE',
      message: expect.stringContaining('127.0.0.1:1') as string,
    });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hush');
    await pool.end();
  });

  test('says when its connections are used up, which is not the server being away', { timeout: 20_000 }, async () => {
    const pool = createPool({ databaseUrl: database.databaseUrl, applicationName: 'test', max: 1 });
    await transaction(pool, { durable: false }, async () => {
      await expect(query(pool, 'select 1')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    });
    await pool.end();
  });

  test('says what to do when tables are missing', async () => {
    await expect(query(database.pool, 'select * from no_such_table')).rejects.toMatchObject({ code: 'SETUP_MISSING' });
  });
});

describe('migrations', () => {
  const names = MIGRATIONS.map((migration) => migration.name);

  test('are applied once, also by processes that start together, and after a crash under the lock', async () => {
    const { databaseUrl, pool, drop } = await createFreshDatabase(inject('database'), { migrated: false });
    expect(await pendingMigrations(pool)).toEqual(names);

    const applied = await Promise.all([migrate({ databaseUrl }), migrate({ databaseUrl })]);
    expect(applied.flat()).toEqual(names);
    expect(await pendingMigrations(pool)).toEqual([]);

    await pool.query('update schema_migrations_lock set is_locked = 1');
    expect(await migrate({ databaseUrl })).toEqual([]);
    await drop();
  });

  test('of a newer program are not undone by an older one', async () => {
    const { databaseUrl, pool, drop } = await createFreshDatabase(inject('database'));
    await pool.query(`insert into schema_migrations (name, batch) values ('9999-from-the-future', 9)`);

    await expect(migrate({ databaseUrl })).rejects.toMatchObject({ code: 'SETUP_MISSING' });
    await drop();
  });

  test('are numbered and named in order', () => {
    expect(names).toEqual(names.toSorted());
    expect(new Set(names.map((name) => name.slice(0, 4))).size).toBe(names.length);
  });
});
