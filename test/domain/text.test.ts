import { expect, test } from 'vitest';
import { holdsOnlyText, isId, isText, toText } from '../../src/domain/text.ts';

test.each([
  ['shop-1', true, 'shop-1'],
  ['größe 😀', true, 'größe 😀'],
  ['a\0b', false, 'a\ufffdb'],
  ['half \ud83d', false, 'half \ufffd'],
])('%j is text: %s', (value, expected, replaced) => {
  expect(isText(value)).toBe(expected);
  expect(toText(value)).toBe(replaced);
});

test('an id is text of at most 256 characters', () => {
  expect([isId('a'.repeat(256)), isId('a'.repeat(257)), isId('a\0')]).toEqual([true, false, false]);
});

test('text is looked for however deep', () => {
  const of = (text: string) => ({ a: null, b: 5n, c: [{ d: ['fine', text] }] });
  expect([holdsOnlyText(of('fine')), holdsOnlyText(of('\0'))]).toEqual([true, false]);
});
