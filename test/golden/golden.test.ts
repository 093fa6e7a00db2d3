/**
 * Golden bills: one file of `bills/` per rule, with facts, the arithmetic in words, and what a person found right. Only
 * `npm run golden:write` ever writes there.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { goldenFiles } from './golden-files.ts';
import { playCase } from './play-case.ts';

test.each(goldenFiles().map((path) => ({ path, name: basename(path, '.txt') })))('$name', async ({ path }) => {
  const expected = readFileSync(path, 'utf8');

  const played = await playCase(expected);

  expect(played).toBe(expected);
});
