/** Servers of a test's own, to be stopped and started at will. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerName } from '../../stack/progress.ts';
import { stackDown, stackStatus, stackUp } from '../../stack/stack.ts';

export interface OwnStack extends AsyncDisposable {
  readonly directory: string;
  /** Starts what does not run, and returns the environment that leads there: the same after a server was restarted. */
  start(): Promise<Record<string, string>>;
  /** SIGINT stops Postgres as an operator would, SIGKILL anything as a crash would. */
  signal(name: ServerName, signal: NodeJS.Signals): Promise<void>;
}

export function createOwnStack(): OwnStack {
  const directory = mkdtempSync(join(tmpdir(), 'billing-stack-'));
  return {
    directory,
    async start() {
      const { kafka, registry, database } = (await stackUp({ directory })).addresses;
      return { KAFKA_BOOTSTRAP_SERVERS: kafka, SCHEMA_REGISTRY_URL: registry, DATABASE_URL: database };
    },
    async signal(name, signal) {
      const { servers } = await stackStatus({ directory });
      process.kill(servers.find((server) => server.name === name)!.pid!, signal);
    },
    async [Symbol.asyncDispose]() {
      await stackDown({ directory, wipe: true });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
