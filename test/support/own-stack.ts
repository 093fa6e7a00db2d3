/** Servers of a test's own, to be stopped and started at will. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ServerName } from '../../stack/progress.ts';
import { eventually } from '../contract/eventually.ts';
import { stackDown, stackStatus, stackUp } from '../../stack/stack.ts';

export interface OwnStack extends AsyncDisposable {
  readonly directory: string;
  /** Starts what does not run, and returns the environment that leads there: the same after a server was restarted. */
  start(): Promise<Record<string, string>>;
  /** SIGINT stops Postgres as an operator would, SIGKILL anything as a crash would. */
  signal(name: ServerName, signal: NodeJS.Signals): Promise<void>;
  /** Kills Kafka and throws its data away: what starts next at the same address is another cluster. */
  forgetKafka(): Promise<void>;
}

export function createOwnStack(): OwnStack {
  const directory = mkdtempSync(join(tmpdir(), 'billing-stack-'));
  async function signal(name: ServerName, what: NodeJS.Signals): Promise<number> {
    const { servers } = await stackStatus({ directory });
    const pid = servers.find((server) => server.name === name)!.pid!;
    process.kill(pid, what);
    return pid;
  }
  return {
    directory,
    async start() {
      const { kafka, registry, database } = (await stackUp({ directory })).addresses;
      return { KAFKA_BOOTSTRAP_SERVERS: kafka, SCHEMA_REGISTRY_URL: registry, DATABASE_URL: database };
    },
    signal: async (name, what) => void (await signal(name, what)),
    async forgetKafka() {
      const pid = await signal('kafka', 'SIGKILL');
      await eventually(() => expect(() => process.kill(pid, 0)).toThrow());
      rmSync(join(directory, 'kafka', 'data'), { recursive: true });
      const path = join(directory, 'state.json');
      const state = JSON.parse(readFileSync(path, 'utf8')) as { kafkaClusterId: string };
      writeFileSync(path, JSON.stringify({ ...state, kafkaClusterId: randomBytes(16).toString('base64url') }));
    },
    async [Symbol.asyncDispose]() {
      await stackDown({ directory, wipe: true });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
