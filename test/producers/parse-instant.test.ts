import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseInstant } from '../../src/producers/parse-instant.ts';

test.each([
  ['2026-10-31T23:59:59Z', '2026-10-31T23:59:59.000Z'],
  ['2026-10-31T23:59:59.5Z', '2026-10-31T23:59:59.500Z'],
  ['2026-10-31T23:59:59,25Z', '2026-10-31T23:59:59.250Z'],
  ['2026-11-01T00:30:00+02:00', '2026-10-31T22:30:00.000Z'],
  ['2026-10-31T19:30:00-0430', '2026-11-01T00:00:00.000Z'],
  ['2026-10-31T19:30+05', '2026-10-31T14:30:00.000Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
])('reads %s', (text, expected) => {
  expect(new Date(parseInstant(text)!).toISOString()).toBe(expected);
});

test('cuts off what is finer than a millisecond, so that nothing moves into the next period', () => {
  expect(parseInstant('2026-10-31T23:59:59.999999999Z')).toBe(Date.UTC(2026, 10, 1) - 1);
});

test.each([
  ['2026-10-31T23:59:59', 'no offset'],
  ['2026-10-31 23:59:59Z', 'no T'],
  ['2026-10-31', 'no time'],
  ['2026-02-30T00:00:00Z', 'no such day'],
  ['2026-02-29T00:00:00Z', 'no leap year'],
  ['1900-02-29T00:00:00Z', 'no leap year either'],
  ['2026-04-31T00:00:00Z', 'no such day'],
  ['2026-13-01T00:00:00Z', 'no such month'],
  ['2026-00-01T00:00:00Z', 'no such month'],
  ['2026-10-00T00:00:00Z', 'no such day'],
  ['2026-10-31T24:00:00Z', 'hour 24'],
  ['2026-10-31T23:60:00Z', 'minute 60'],
  ['2026-10-31T23:59:60Z', 'a leap second'],
  ['2026-10-31T23:59:59.Z', 'a dot without digits'],
  ['2026-10-31T23:59:59+24:00', 'no such offset'],
  ['2026-10-31T23:59:59+02:60', 'no such offset'],
  ['0001-01-01T00:00:00Z', 'the year of nobody'],
  ['+02026-10-31T00:00:00Z', 'a long year'],
  [' 2026-10-31T00:00:00Z', 'a space'],
  ['2026-10-31T00:00:00Z\n', 'a line end'],
  ['1793404799', 'seconds since 1970'],
  ['', 'nothing'],
])('refuses %j: %s', (text) => {
  expect(parseInstant(text)).toBeNull();
});

test('reads back any instant, in any offset', () => {
  const instants = fc.integer({ min: Date.UTC(1900, 0, 2), max: Date.UTC(9998, 0, 1) });
  const offsets = fc.integer({ min: -14 * 60, max: 14 * 60 });
  fc.assert(
    fc.property(instants, offsets, (instant, offset) => {
      const local = new Date(instant + offset * 60_000).toISOString().slice(0, -1);
      const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
      const suffix = `${offset < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
      expect(parseInstant(local + suffix)).toBe(instant);
    }),
  );
});
