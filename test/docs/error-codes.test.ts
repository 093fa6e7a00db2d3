import { expect, test } from 'vitest';
import { ERRORS } from '../../src/errors.ts';
import { HTTP_ERRORS } from '../../src/gateway/problem.ts';
import { codeRows, readPage } from './pages.ts';

test('docs/operations.md lists every error code with its kind and meaning, and something to do', () => {
  const rows = codeRows('docs/operations.md').filter(([code]) => /^[A-Z_]+$/.test(code!));

  expect(rows.map(([code, kind, meaning]) => [code, kind, meaning])).toEqual(
    Object.entries(ERRORS).map(([code, { kind, meaning }]) => [code, kind, meaning]),
  );
  for (const [code, , , whatToDo] of rows) expect(whatToDo, code).toMatch(/\w{3}.*\.$/);
});

test('docs/http.md lists the codes that only HTTP has', () => {
  const rows = codeRows('docs/http.md').filter(([code]) => /^[A-Z_]+$/.test(code!));

  expect(rows).toEqual(
    Object.entries(HTTP_ERRORS).map(([code, { status, meaning }]) => [code, String(status), meaning]),
  );
});

test('docs/operations.md says of every code a dead letter may have whether to redrive or to discard it', () => {
  const page = readPage('docs/operations.md');
  const section = page.slice(page.indexOf('\n## Dead letters'), page.indexOf('\n## Held bills'));
  const told = [...section.matchAll(/^\| ([A-Z_, ]+) \| .*(?:[Rr]edrive|[Dd]iscard)/gm)].flatMap((match) =>
    match[1]!.split(', '),
  );
  const codes = Object.entries(ERRORS)
    .filter(([, { kind }]) => kind === 'transient' || kind === 'permanent' || kind === 'poison')
    .map(([code]) => code);

  expect(told.sort()).toEqual(codes.sort());
});
