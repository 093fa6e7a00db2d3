import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from './process-identity.ts';
import type { ServerName } from './progress.ts';

/** What a stack remembers between commands, in `<directory>/state.json` (readable by its owner only). */
export interface StackState {
  readonly version: 1;
  /** Decided at the first start, because the data lives where the servers do. */
  readonly runtime: 'processes' | 'containers';
  /** Whether all three have been healthy on the data they hold. */
  wasReady: boolean;
  readonly servers: Record<ServerName, ServerState>;
  readonly kafkaClusterId: string;
  readonly postgresPassword: string;
  /** Where Postgres lives when its account cannot enter the stack's directory; null: in there. */
  postgresHome: string | null;
}

export interface ServerState {
  /** The port clients use, then any other. Null: not chosen yet. */
  ports: (number | null)[];
  process: ProcessIdentity | null;
}

export function newState(runtime: StackState['runtime']): StackState {
  return {
    version: 1,
    runtime,
    wasReady: false,
    servers: {
      kafka: { ports: [null, null], process: null },
      registry: { ports: [null], process: null },
      postgres: { ports: [null], process: null },
    },
    kafkaClusterId: randomBytes(16).toString('base64url'),
    postgresPassword: randomBytes(24).toString('base64url'),
    postgresHome: null,
  };
}

/** Null when there is none, or none that this version can read. */
export function readState(directory: string): StackState | null {
  try {
    const state = JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8')) as StackState;
    return state.version === 1 ? state : null;
  } catch {
    return null;
  }
}

/**
 * Written aside and renamed, so that a reader meets the old state or the new one. Synchronous, so that nothing
 * comes between the start of a server and the record of its pid.
 */
export function writeState(directory: string, state: StackState): void {
  mkdirSync(directory, { recursive: true });
  const draft = join(directory, `state.json.${process.pid}`);
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, join(directory, 'state.json'));
}

/**
 * Stands among the arguments of every program the stack starts, so that one which nobody recorded can be found.
 * At most 63 characters, for Postgres.
 */
export function stackMarker(directory: string): string {
  return `billing-stack-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`;
}

/** The argument by which a Java process of the stack is found. */
export function javaMarker(directory: string): string {
  return `-Dbilling.stack=${stackMarker(directory)}`;
}

/** The setting by which a process of Postgres is found. */
export function postgresMarker(directory: string): string {
  return `cluster_name=${stackMarker(directory)}`;
}
