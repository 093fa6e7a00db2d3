import { expect, test } from 'vitest';
import { topicsTable, withTopicsTable } from '../../src/topics-table.ts';
import { TOPIC_NAMES } from '../../src/topics.ts';
import { readPage } from './pages.ts';

test('the table of ARCHITECTURE.md is that of topics.ts (npm run docs:topics writes it)', () => {
  const page = readPage('ARCHITECTURE.md');
  expect(page).toBe(withTopicsTable(page));
});

test('every topic has one row, with as many cells as the head', () => {
  const lines = topicsTable().split('\n');
  expect(lines.slice(2).map((line) => line.split('`')[1])).toEqual(TOPIC_NAMES);
  expect(new Set(lines.map((line) => line.split(' | ').length)).size).toBe(1);
});

test('a page without the markers is refused', () => {
  expect(() => withTopicsTable('# Nothing\n')).toThrow('<!-- topics -->');
});
