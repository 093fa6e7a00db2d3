import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { codeRows } from './pages.ts';

const ROWS = codeRows('docs/configuration.md').map(([name, , fallback, example]) => ({
  name: name!,
  fallback: fallback!,
  example: example!,
}));
const EXAMPLES = Object.fromEntries(ROWS.map(({ name, example }) => [name, example]));

/** The variables config.ts asks for, found out by watching it. */
function variablesAskedFor(): Set<string> {
  const asked = new Set<string>();
  const watched = new Proxy(EXAMPLES, {
    get: (target, name: string) => {
      asked.add(name);
      return target[name];
    },
  });
  loadConfig(watched);
  return asked;
}

test('docs/configuration.md lists every variable that is read, and no other', () => {
  expect(ROWS.map(({ name }) => name).sort()).toEqual([...variablesAskedFor()].sort());
});

test('its examples together are a valid configuration', () => {
  expect(() => loadConfig(EXAMPLES)).not.toThrow();
});

test.each(ROWS.filter(({ fallback }) => fallback !== 'none'))('$name has the default $fallback', (row) => {
  const others = { ...EXAMPLES, [row.name]: undefined };
  expect(loadConfig({ ...others, [row.name]: row.fallback })).toEqual(loadConfig(others));
});
