import { spawnSync } from 'node:child_process';

/** Whom Postgres runs as. Empty: as ourselves. */
export interface PostgresAccount {
  readonly uid?: number;
  readonly gid?: number;
}

/** Postgres refuses to run as root, so for root an unprivileged account of the machine is found. */
export function postgresAccount(): PostgresAccount {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = [idOf('-u', name), idOf('-g', name)];
    if (uid !== null && gid !== null) return { uid, gid };
  }
  throw new Error('Postgres refuses to run as root, and there is no account "postgres" or "nobody" to run it as.');
}

/** Whether the account can run this command, tried by running it. */
export function canRun(account: PostgresAccount, file: string, args: readonly string[]): boolean {
  return spawnSync(file, args, { ...account, cwd: '/', stdio: 'ignore' }).status === 0;
}

export function canEnter(account: PostgresAccount, directory: string): boolean {
  return canRun(account, '/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory]);
}

/** Gives a directory and all in it to the account. */
export function giveTo(account: PostgresAccount, directory: string): void {
  if (account.uid === undefined || account.gid === undefined) return;
  const { status, stderr } = spawnSync('chown', ['-R', `${account.uid}:${account.gid}`, directory], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`chown of ${directory} failed: ${stderr.trim()}`);
}

function idOf(flag: '-u' | '-g', name: string): number | null {
  const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' });
  const id = Number.parseInt(stdout, 10);
  return status === 0 && id > 0 ? id : null;
}
