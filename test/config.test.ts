import { expect, test } from 'vitest';
import { loadConfig } from '../src/config.ts';

test.each([
  [undefined, [5_000, 30_000, 120_000]],
  ['50ms', [50]],
  ['1s, 2m', [1_000, 120_000]],
  ['10s,1m,1h', [10_000, 60_000, 3_600_000]],
  ['none', []],
])('RETRY_DELAYS=%s is %j', (text, expected) => {
  expect(loadConfig({ RETRY_DELAYS: text }).retryDelaysMs).toEqual(expected);
});

test.each(['5s,5s,5s,5s', '5', '5s,', '-1s', '5 seconds'])('RETRY_DELAYS=%s is refused', (text) => {
  expect(() => loadConfig({ RETRY_DELAYS: text })).toThrow('RETRY_DELAYS must be up to three delays such as 5s,30s,2m');
});
