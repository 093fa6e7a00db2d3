/** What the stack is doing while somebody waits for it. */

export const SERVER_NAMES = ['kafka', 'registry', 'postgres'] as const;
export type ServerName = (typeof SERVER_NAMES)[number];

export const SERVER_TITLES: Record<ServerName, string> = {
  kafka: 'Kafka',
  registry: 'schema registry',
  postgres: 'Postgres',
};

export interface StackProgress {
  /** Null: it concerns the stack as a whole. */
  readonly server: ServerName | null;
  readonly phase: 'waiting' | 'downloading' | 'preparing' | 'starting' | 'ready' | 'stopping' | 'stopped';
  /** A line to show as it is, e.g. `downloading Kafka 4.1.0 (54 MB) … 12 s`. */
  readonly message: string;
}

export type OnProgress = (progress: StackProgress) => void;
