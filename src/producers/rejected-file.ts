/** The lines an import could not take, as they were, in a file beside their source. */
import { open, rm, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BillingError } from '../errors.ts';

export interface RejectedFile {
  readonly path: string;
  append(lines: readonly Uint8Array[]): Promise<void>;
  close(): Promise<void>;
}

/** Where a source's rejected lines go; standard input's go into the working directory. */
export function rejectedPathOf(sourceName: string): string {
  return `${sourceName === '-' ? 'stdin' : sourceName}.rejected.ndjson`;
}

/** Removes what an earlier import left there, so that a file that exists tells of this import. */
export async function removeRejectedFiles(targets: readonly string[], sourceNames: readonly string[]): Promise<void> {
  const sources = new Set(sourceNames.map((name) => resolve(name)));
  const clash = targets.find((path) => sources.has(resolve(path)));
  if (clash !== undefined) {
    throw new BillingError(
      'USAGE',
      `${clash} would be both read and written: it is where rejected lines go. Rename it, or import it by itself.`,
    );
  }
  for (const path of targets) await rm(path, { force: true }).catch((error: unknown) => unwritable(path, error));
}

/** The file appears with the first rejected line. */
export function createRejectedFile(path: string): RejectedFile {
  let file: FileHandle | null = null;
  return {
    path,
    async append(lines) {
      if (lines.length === 0) return;
      try {
        file ??= await open(path, 'w');
        await file.appendFile(Buffer.concat(lines.flatMap((line) => [line, NEWLINE])));
      } catch (error) {
        unwritable(path, error);
      }
    },
    async close() {
      await file?.close();
      file = null;
    },
  };
}

const NEWLINE = Buffer.from('\n');

function unwritable(path: string, cause: unknown): never {
  throw new BillingError('USAGE', `Rejected lines cannot be kept in ${path}: ${(cause as Error).message}`, { cause });
}
