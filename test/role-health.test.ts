import { expect, test } from 'vitest';
import type { ConsumerState } from '../src/adapters/log.ts';
import { livenessOf, readinessOf, withSignOfLife } from '../src/role-health.ts';

const NOW = 1_000_000;
const LIMIT = 120_000;
const state = (fields: Partial<ConsumerState> = {}): ConsumerState => ({
  group: 'biller',
  assigned: [],
  problem: null,
  lastProgressAt: NOW,
  silentSince: null,
  ...fields,
});

test.each([
  ['nothing is in hand', state(), true, true],
  ['a batch was begun just now', state({ silentSince: NOW }), true, true],
  ['a batch is silent as long as it may be', state({ silentSince: NOW - LIMIT }), true, true],
  ['a batch is silent for longer', state({ silentSince: NOW - LIMIT - 1 }), false, false],
  ['a server is away', state({ problem: 'usage/0: Postgres is away' }), true, false],
])('when %s: lives %s → ready %s', (_, given, lives, ready) => {
  expect(livenessOf('biller', given, NOW, LIMIT).healthy).toBe(lives);
  expect(readinessOf('biller', given, NOW, LIMIT).healthy).toBe(ready);
});

test('what is wrong is said', () => {
  const hung = state({ silentSince: NOW - 130_000 });
  expect(livenessOf('biller', hung, NOW, LIMIT).reason).toBe(
    'a batch has been in hand for 130 s without a sign of life',
  );
  expect(readinessOf('biller', state({ problem: 'why' }), NOW, LIMIT)).toEqual({
    name: 'biller',
    healthy: false,
    reason: 'why',
  });
});

test('work that a batch waits for breaks its silence, and makes none where nothing is in hand', () => {
  const hung = state({ silentSince: NOW - 130_000 });
  expect(livenessOf('biller', withSignOfLife(hung, NOW - 1_000), NOW, LIMIT).healthy).toBe(true);
  expect(livenessOf('biller', withSignOfLife(hung, null), NOW, LIMIT).healthy).toBe(false);
  expect(livenessOf('biller', withSignOfLife(hung, NOW - 150_000), NOW, LIMIT).healthy).toBe(false);
  expect(withSignOfLife(state(), NOW - 150_000).silentSince).toBeNull();
});
