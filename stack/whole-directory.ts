import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Fills a directory aside and moves it into place, so that one which exists is a whole one, whatever was interrupted.
 * The caller sees to it that nobody else makes the same directory meanwhile.
 */
export async function makeWholeDirectory(path: string, fill: (draft: string) => Promise<void>): Promise<void> {
  const parent = dirname(path);
  const prefix = `${basename(path)}.incomplete-`;
  await mkdir(parent, { recursive: true });
  const abandoned = (await readdir(parent)).filter((name) => name.startsWith(prefix));
  // Whoever abandoned one may have left a program behind that still writes to it: then it goes the next time.
  await Promise.allSettled(abandoned.map((name) => rm(join(parent, name), { recursive: true, force: true })));
  const draft = await mkdtemp(join(parent, prefix));
  try {
    await fill(draft);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
}
