import { expect, test } from 'vitest';
import type { Clock } from '../../src/adapters/clock.ts';
import { dueTogether, untilDue } from '../../src/adapters/due-records.ts';
import type { LogRecord } from '../../src/adapters/log.ts';

const recordDue = (due: number | null): LogRecord => ({
  topic: 'shop-requests.retry-1',
  partition: 0,
  offset: 0n,
  timestamp: 0,
  key: null,
  value: null,
  headers: due === null ? {} : { due: String(due) },
});
const dueAt = ({ headers }: LogRecord) => (headers['due'] === undefined ? null : Number(headers['due']));
const signal = new AbortController().signal;

/** A clock on which sleeping takes a little longer than asked for. */
function sleepyClock() {
  let now = 1_000;
  const slept: number[] = [];
  const clock: Clock = {
    now: () => now,
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
  };
  return { clock, slept };
}

test.each([
  ['without a due time', null, []],
  ['due already', 1_000, []],
  ['due in a moment', 1_500, [500]],
  ['due in two and a half minutes', 151_000, [60_000, 60_000, 30_000]],
])('a record %s sleeps %s → %j', async (_, due, expected) => {
  const { clock, slept } = sleepyClock();

  await untilDue(recordDue(due), dueAt, clock, signal);

  expect(slept).toEqual(expected);
});

test('records are handed over together as far as they are due, never more than asked for', () => {
  const records = [null, 10, 20, 5, null].map(recordDue);

  expect(dueTogether(records, 0, 10, dueAt, 20)).toHaveLength(5);
  expect(dueTogether(records, 0, 10, dueAt, 15)).toHaveLength(2);
  expect(dueTogether(records, 0, 1, dueAt, 15)).toHaveLength(1);
  expect(dueTogether(records, 3, 10, dueAt, 15)).toHaveLength(2);
  expect(dueTogether(records, 0, 3, undefined, 0)).toHaveLength(3);
});

test('the first of them is taken, whatever its time: it was waited for', () => {
  expect(dueTogether([recordDue(99), recordDue(99)], 0, 10, dueAt, 15)).toHaveLength(1);
});

test('there may be none', () => {
  expect(dueTogether([], 0, 10, dueAt, 15)).toEqual([]);
});
