import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { anchorOf, headings, PAGES, prose, ROOT } from './pages.ts';

/** `[text](target)`, not in code style. */
const linksOf = (page: string) =>
  [
    ...prose(page)
      .replaceAll(/`[^`\n]*`/g, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ].map((match) => match[1]!);
const isRelative = (target: string) => !/^[a-z]+:/i.test(target);

test.each(PAGES)('%s links to what is there', (page) => {
  const broken = linksOf(page)
    .filter(isRelative)
    .filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && !headings(file).some((heading) => anchorOf(heading) === anchor);
    });

  expect(broken).toEqual([]);
});

test.each(PAGES)('%s names files that are there', (page) => {
  const named = [...prose(page).matchAll(/`((?:src|test|docs|schemas|stack|bench|scripts)\/[\w./-]*)`/g)];
  const missing = named.map((match) => match[1]!).filter((path) => !existsSync(join(ROOT, path)));

  expect(missing).toEqual([]);
});
