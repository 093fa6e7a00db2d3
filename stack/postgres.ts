import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { LOOPBACK } from './ports.ts';
import { canEnter, giveTo, postgresAccount } from './postgres-account.ts';
import { runnableBinaries } from './postgres-binaries.ts';
import { isFromEarlierBoot } from './process-identity.ts';
import type { OnProgress } from './progress.ts';
import type { LocalServer } from './server.ts';
import { makeWholeDirectory } from './whole-directory.ts';
import { postgresMarker, stackMarker, type StackState } from './state.ts';

const DATABASE = 'billing';
const USER = 'billing';

/** PostgreSQL, with its database `billing`. Speed-ups are those that lose nothing: fsync and full pages stay on. */
const SETTINGS = {
  listen_addresses: LOOPBACK,
  unix_socket_directories: '',
  shared_buffers: '256MB',
  max_connections: 200,
  max_wal_size: '2GB',
  // No replica will ever read this log.
  wal_level: 'minimal',
  max_wal_senders: 0,
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** Where a home goes that cannot be in the stack's directory; the first outlives a reboot. */
const HOME_PARENTS = [...new Set(['/var/tmp', tmpdir(), '/tmp'])];

export function localPostgres({
  directory,
  state,
  save,
  onProgress,
}: {
  directory: string;
  state: StackState;
  save: () => void;
  onProgress: OnProgress;
}): LocalServer {
  const account = postgresAccount();
  const slot = state.servers.postgres;
  let home = '';
  let binaries = '';

  const initialise = async (draft: string): Promise<void> => {
    giveTo(account, draft);
    const passwordFile = join(home, 'password');
    await rm(passwordFile, { force: true });
    await writeFile(passwordFile, state.postgresPassword, { mode: 0o600 });
    giveTo(account, passwordFile);
    const args = [
      `--pgdata=${draft}`,
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      ...['-c', postgresMarker(directory)],
    ];
    try {
      await promisify(execFile)(join(binaries, 'bin', 'initdb'), args, {
        ...account,
        cwd: home,
        env: postgresEnvironment(),
        timeout: 120_000,
      });
    } finally {
      await rm(passwordFile, { force: true });
    }
  };

  return {
    name: 'postgres',
    logPath: join(directory, 'logs', 'postgres.log'),
    unreachable: 'POSTGRES_UNREACHABLE',
    prepare: async () => {
      home = await settle({ directory, state, save });
      binaries = await runnableBinaries(home, account);
      const data = join(home, 'data');
      if (!existsSync(data)) {
        onProgress({ server: 'postgres', phase: 'preparing', message: 'initialising Postgres' });
        state.wasReady = false;
        await makeWholeDirectory(data, initialise);
      }
      // After a reboot its pid may be somebody else's, which Postgres would take for a running server.
      if (slot.process !== null && isFromEarlierBoot(slot.process)) {
        await rm(join(data, 'postmaster.pid'), { force: true });
      }
    },
    command: () => ({
      ...account,
      file: join(binaries, 'bin', 'postgres'),
      args: [
        ...['-D', join(home, 'data'), '-p', String(slot.ports[0]), '-c', postgresMarker(directory)],
        ...Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      env: postgresEnvironment(),
      cwd: home,
    }),
    probe: () => probePostgres(state, 'postgres'),
    complete: () => createDatabase(state),
  };
}

export function databaseUrl(state: StackState, database = DATABASE): string {
  return `postgres://${USER}:${state.postgresPassword}@${LOOPBACK}:${state.servers.postgres.ports[0]}/${database}`;
}

export async function probePostgres(state: StackState, database = DATABASE): Promise<void> {
  await query(databaseUrl(state, database), 'select 1');
}

/** Removes what a stack has outside of its directory, also what no state remembers because that was deleted by hand. */
export async function removePostgresHomes(directory: string): Promise<void> {
  const own = new Set([postgresAccount().uid, process.getuid?.()]);
  for (const parent of HOME_PARENTS) {
    const names = await readdir(parent).catch(() => []);
    for (const name of names.filter((each) => each.startsWith(`${stackMarker(directory)}-`))) {
      const path = join(parent, name);
      if (own.has((await lstat(path)).uid)) await rm(path, { recursive: true, force: true });
    }
  }
}

/**
 * Where Postgres lives: in the stack's directory, or, when its account cannot enter that (root's home, mode 700), in
 * one of its own under /var/tmp, remembered in the state.
 */
async function settle({
  directory,
  state,
  save,
}: {
  directory: string;
  state: StackState;
  save: () => void;
}): Promise<string> {
  const account = postgresAccount();
  const inside = join(directory, 'postgres');
  if (state.postgresHome !== null && existsSync(state.postgresHome)) return state.postgresHome;
  if (existsSync(join(inside, 'data'))) return inside;
  await removePostgresHomes(directory);
  await mkdir(inside, { recursive: true, mode: 0o700 });
  giveTo(account, inside);
  if (canEnter(account, inside)) return inside;
  await rm(inside, { recursive: true });
  for (const parent of HOME_PARENTS) {
    if (!canEnter(account, parent)) continue;
    // The random part keeps other users of the machine from preparing the directory for us.
    state.postgresHome = await mkdtemp(join(parent, `${stackMarker(directory)}-`));
    save();
    giveTo(account, state.postgresHome);
    return state.postgresHome;
  }
  throw new Error('There is no directory for the data of Postgres that its account can enter.');
}

async function createDatabase(state: StackState): Promise<void> {
  const { rowCount } = await query(
    databaseUrl(state, 'postgres'),
    `select 1 from pg_database where datname = '${DATABASE}'`,
  );
  if (rowCount === 0) await query(databaseUrl(state, 'postgres'), `create database ${DATABASE}`);
}

async function query(connectionString: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 3000, query_timeout: 10_000 });
  // A connection cut while idle is told by the next query; without a listener it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    return await client.query(sql);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Nothing of ours: a PGPORT or PGDATA exported for another server must not reach this one. */
function postgresEnvironment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}
