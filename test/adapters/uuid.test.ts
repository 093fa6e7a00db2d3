import { expect, test } from 'vitest';
import { randomUuid, uuidV5 } from '../../src/adapters/uuid.ts';

test('version 5 agrees with the published vectors', () => {
  const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
  expect(uuidV5('www.example.com', dns)).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  expect(uuidV5('python.org', dns)).toBe('886313e1-3b8a-5372-9b90-0c9aee199e5d');
});

test('the same name has one id in our own namespace', () => {
  expect(uuidV5('a')).toBe(uuidV5('a'));
  expect(uuidV5('a')).not.toBe(uuidV5('b'));
  expect(randomUuid()).not.toBe(randomUuid());
});
