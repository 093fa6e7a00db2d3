/** The outside of a command: where its result goes, where progress goes, and whether somebody looks on. */
import type { Clock } from '../adapters/clock.ts';

export interface Terminal {
  /** Writes a part of the result to standard output; false when nobody reads it any more. Never rejects. */
  out(text: string): Promise<boolean>;
  /** Writes a line to standard error: progress, notices, what went wrong. */
  note(line: string): void;
  /** Columns of standard output; null where it is no terminal: no limit. */
  readonly width: number | null;
  /** Standard error when somebody watches it; null when it goes into a file or a pipe. */
  readonly live: NodeJS.WriteStream | null;
}

/** What every command is given. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Aborts with an Interrupted when the command is asked to end. */
  readonly interrupted: AbortSignal;
  /** Sets the exit code of a command that ends without an error; 0 when it is not called. */
  exitWith(code: 0 | 1): void;
}

/** The terminal of this process. A reader that goes away (`| head`) is no error: the rest is not written. */
export function createTerminal({ stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>): Terminal {
  let isRead = true;
  stdout.on('error', () => (isRead = false));
  stderr.on('error', () => {});
  return {
    out: (text) =>
      new Promise((resolve) => {
        if (!isRead) return resolve(false);
        stdout.write(text, (error) => {
          if (error) isRead = false;
          resolve(isRead);
        });
      }),
    note: (line) => void stderr.write(`${line}\n`),
    get width() {
      return stdout.isTTY ? stdout.columns : null;
    },
    live: stderr.isTTY ? stderr : null,
  };
}

/** One JSON document, as all commands print it. */
export function toJson(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
