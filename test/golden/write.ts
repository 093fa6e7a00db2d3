/** Writes down what the product says now in every golden file, and names those that changed: look at each of them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { goldenFiles } from './golden-files.ts';
import { playCase } from './play-case.ts';

for (const path of goldenFiles()) {
  const before = readFileSync(path, 'utf8');
  const played = await playCase(before);
  if (played === before) continue;
  writeFileSync(path, played);
  process.stdout.write(`changed: ${path}\n`);
}
