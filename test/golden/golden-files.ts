import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'bills');

/** The paths of all golden files, in order of their names. */
export const goldenFiles = (): string[] =>
  readdirSync(FOLDER)
    .sort()
    .map((name) => join(FOLDER, name));
