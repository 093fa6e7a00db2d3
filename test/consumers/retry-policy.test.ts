import { describe, expect, test } from 'vitest';
import type { LogRecord } from '../../src/adapters/log.ts';
import { SHOP_REQUEST_TOPICS, attemptOf } from '../../src/consumers/attempts.ts';
import { afterFailure, dueAt } from '../../src/consumers/retry-policy.ts';
import type { TopicName } from '../../src/topics.ts';

const NOW = Date.UTC(2026, 10, 1, 2);
const DELAYS = [5_000, 30_000, 120_000];
const MISSING_QUOTE = { code: 'FX_RATE_MISSING', message: 'No quote from INR to USD.' } as const;

const requestOn = (topic: TopicName, headers: Record<string, string> = {}): LogRecord => ({
  topic,
  partition: 2,
  offset: 17n,
  timestamp: NOW,
  key: 's1',
  value: Buffer.from([0, 0, 0, 0, 1, 2]),
  headers: { ce_id: 'e1', ...headers },
});

/** As a batch would read back what was written. */
const readBack = (topic: TopicName, headers: Readonly<Record<string, string>>) => requestOn(topic, { ...headers });

test('the attempts of a request are counted by where it stands', () => {
  expect(SHOP_REQUEST_TOPICS.map((topic) => attemptOf({ topic }))).toEqual([1, 2, 3, 4]);
});

test('after a transient failure a request waits, bytes unchanged, with what happened to it', () => {
  const record = requestOn('shop-requests');

  const retry = afterFailure({ record, failure: MISSING_QUOTE, delaysMs: DELAYS, now: NOW });

  expect(retry).toEqual({
    topic: 'shop-requests.retry-1',
    key: 's1',
    value: record.value,
    headers: {
      ce_id: 'e1',
      'failure-code': 'FX_RATE_MISSING',
      'failure-message': 'No quote from INR to USD.',
      'failure-kind': 'transient',
      'failure-attempt': '1',
      'failure-first-at': '2026-11-01T02:00:00.000Z',
      'failure-last-at': '2026-11-01T02:00:00.000Z',
      'failure-due-at': '2026-11-01T02:00:05.000Z',
      'original-topic': 'shop-requests',
      'original-partition': '2',
      'original-offset': '17',
      'redrive-count': '0',
    },
  });
});

test('each attempt waits longer and keeps telling of the first; after the last delay there is none', () => {
  let record = requestOn('shop-requests');
  const seen: (string | number | null)[][] = [];
  for (let at = NOW; ; at += 1_000_000) {
    const retry = afterFailure({ record, failure: MISSING_QUOTE, delaysMs: DELAYS, now: at });
    if (retry === null) break;
    record = readBack(retry.topic, retry.headers);
    expect(retry.value).toEqual(record.value);
    const { 'failure-attempt': attempt, 'failure-first-at': firstAt, 'original-topic': origin } = retry.headers;
    expect([firstAt, origin]).toEqual(['2026-11-01T02:00:00.000Z', 'shop-requests']);
    seen.push([retry.topic, attempt!, dueAt(record)! - at]);
  }

  expect(seen).toEqual([
    ['shop-requests.retry-1', '1', 5_000],
    ['shop-requests.retry-2', '2', 30_000],
    ['shop-requests.retry-3', '3', 120_000],
  ]);
});

describe('there is no retry', () => {
  test.each([
    ['without delays', [], 'shop-requests', MISSING_QUOTE],
    ['when the only delay was used', [5_000], 'shop-requests.retry-1', MISSING_QUOTE],
    ['where delays were taken away meanwhile', [5_000], 'shop-requests.retry-3', MISSING_QUOTE],
    ['of a permanent failure', DELAYS, 'shop-requests', { code: 'PLAN_NOT_RATABLE', message: 'no tiers' }],
    ['of poison', DELAYS, 'shop-requests', { code: 'RECORD_UNDECODABLE', message: 'garbage' }],
  ] as const)('%s', (_, delaysMs, topic, failure) => {
    expect(afterFailure({ record: requestOn(topic), failure, delaysMs, now: NOW })).toBeNull();
  });
});

test.each([
  ['shop-requests.retry-1', '2026-11-01T02:00:05.000Z', NOW + 5_000],
  ['shop-requests.retry-1', 'soon', null],
  ['shop-requests.retry-1', undefined, null],
  // Sent again by hand, with what an earlier failure wrote on it.
  ['shop-requests', '2099-01-01T00:00:00.000Z', null],
] as const)('on %s, due at %s → %s', (topic, due, expected) => {
  expect(dueAt(requestOn(topic, due === undefined ? {} : { 'failure-due-at': due }))).toBe(expected);
});
