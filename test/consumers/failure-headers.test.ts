import { expect, test } from 'vitest';
import type { LogRecord } from '../../src/adapters/log.ts';
import { failureHeaders, toDeadLetter, type RecordFailure } from '../../src/consumers/failure-headers.ts';

const [FIRST, LAST] = [Date.UTC(2026, 10, 1, 2), Date.UTC(2026, 10, 1, 3)];
const RECORD: LogRecord = {
  topic: 'shop-requests',
  partition: 3,
  offset: 17n,
  timestamp: FIRST,
  key: 's1',
  value: Buffer.from([0, 0, 0, 0, 1, 2]),
  headers: { ce_id: 'e1', ce_correlationid: 'run-1' },
};
const FAILURE: RecordFailure = {
  code: 'FX_RATE_MISSING',
  message: 'No quote from INR to USD.',
  kind: 'transient',
  attempt: 1,
  firstAt: FIRST,
  lastAt: FIRST,
};

test('a dead letter is the record as it was, with what happened to it', () => {
  const letter = toDeadLetter(RECORD, FAILURE);

  expect(letter).toEqual({
    topic: 'shop-requests.dlq',
    key: 's1',
    value: RECORD.value,
    headers: {
      ce_id: 'e1',
      ce_correlationid: 'run-1',
      'failure-code': 'FX_RATE_MISSING',
      'failure-message': 'No quote from INR to USD.',
      'failure-kind': 'transient',
      'failure-attempt': '1',
      'failure-first-at': '2026-11-01T02:00:00.000Z',
      'failure-last-at': '2026-11-01T02:00:00.000Z',
      'original-topic': 'shop-requests',
      'original-partition': '3',
      'original-offset': '17',
      'redrive-count': '0',
    },
  });
});

test('a record that failed before keeps telling where and when it began', () => {
  const retried: LogRecord = {
    ...RECORD,
    topic: 'shop-requests.retry-2',
    partition: 0,
    offset: 5n,
    headers: {
      ...RECORD.headers,
      ...failureHeaders({ ...FAILURE, record: RECORD, dueAt: LAST }),
      'redrive-count': '2',
    },
  };
  expect(retried.headers['failure-due-at']).toBe('2026-11-01T03:00:00.000Z');

  const letter = toDeadLetter(retried, { ...FAILURE, attempt: 3, firstAt: LAST, lastAt: LAST });

  expect(letter.topic).toBe('shop-requests.dlq');
  expect(letter.headers).toMatchObject({
    'failure-attempt': '3',
    'failure-first-at': '2026-11-01T02:00:00.000Z',
    'failure-last-at': '2026-11-01T03:00:00.000Z',
    'original-topic': 'shop-requests',
    'original-partition': '3',
    'original-offset': '17',
    'redrive-count': '2',
  });
  expect(letter.headers).not.toHaveProperty('failure-due-at');
});

test('half a place is no place', () => {
  const record = { ...RECORD, headers: { 'original-topic': 'usage' } };
  expect(failureHeaders({ ...FAILURE, record })).toMatchObject({
    'original-topic': 'shop-requests',
    'original-offset': '17',
  });
});

test('a message becomes one line of at most 1 000 characters, cut between characters', () => {
  const headerOf = (message: string) => failureHeaders({ ...FAILURE, record: RECORD, message })['failure-message']!;
  expect(headerOf('first\r\n\tsecond\u2028third\u0000 ')).toBe('first second third');
  expect(headerOf('x'.repeat(1_000))).toBe('x'.repeat(1_000));
  expect(headerOf('x'.repeat(1_001))).toBe(`${'x'.repeat(999)}…`);
  expect(headerOf(`${'x'.repeat(998)}😀😀`)).toBe(`${'x'.repeat(998)}…`);
});

test('a topic without dead letters is a mistake of the program', () => {
  expect(() => toDeadLetter({ ...RECORD, topic: 'events' }, FAILURE)).toThrow(TypeError);
});
