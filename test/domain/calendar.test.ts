import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, dateOf, daysBetween, endOfDay, isDate, monthDates, startOfDay } from '../../src/domain/calendar.ts';

const iso = (instant: number) => new Date(instant).toISOString().replace('.000Z', 'Z');
const invalid = expect.objectContaining({ code: 'PERIOD_INVALID' }) as unknown as Error;

describe('dates', () => {
  it.each(['2026-10-31', '2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31'])('%s is one', (text) => {
    expect(isDate(text)).toBe(true);
  });

  it.each([
    '2026-02-29',
    '2026-02-30',
    '1900-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-10-00',
    '0000-01-01',
    '2026-1-1',
    '2026-10-31T00:00:00Z',
    ' 2026-10-31',
    '2026-10-31\n',
    '20261031',
    '+002026-10-31',
    '',
  ])('%j is none', (text) => {
    expect(isDate(text)).toBe(false);
    expect(() => startOfDay(text, 'UTC')).toThrow(invalid);
  });

  it('count days over leap years', () => {
    expect(daysBetween('2024-02-01', '2024-03-01')).toBe(29);
    expect(daysBetween('2026-02-01', '2026-03-01')).toBe(28);
    expect(daysBetween('2026-03-01', '2026-02-01')).toBe(-28);
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
    expect(addDays('2024-03-01', -1)).toBe('2024-02-29');
  });

  it('know months', () => {
    expect(monthDates('2024-02')).toEqual({ first: '2024-02-01', last: '2024-02-29' });
    expect(monthDates('2026-12')).toEqual({ first: '2026-12-01', last: '2026-12-31' });
    for (const text of ['2026-13', '2026-00', '2026-1', '2026', '2026-10-01', '']) {
      expect(() => monthDates(text)).toThrow(invalid);
    }
  });
});

describe('the start of a day', () => {
  it.each([
    ['UTC', '2026-10-01', '2026-10-01T00:00:00Z'],
    ['America/New_York', '2026-10-01', '2026-10-01T04:00:00Z'],
    // Clocks go back at 2:00 on November 1: the day starts in summer time, the next in winter time.
    ['America/New_York', '2026-11-01', '2026-11-01T04:00:00Z'],
    ['America/New_York', '2026-11-02', '2026-11-02T05:00:00Z'],
    ['America/New_York', '2026-03-08', '2026-03-08T05:00:00Z'],
    ['America/New_York', '2026-03-09', '2026-03-09T04:00:00Z'],
    ['Asia/Kolkata', '2026-10-01', '2026-09-30T18:30:00Z'],
    ['Asia/Kathmandu', '2026-10-01', '2026-09-30T18:15:00Z'],
    ['Pacific/Kiritimati', '2026-10-01', '2026-09-30T10:00:00Z'],
    // Samoa left December 30 out: it begins, and ends, with the 31st.
    ['Pacific/Apia', '2011-12-29', '2011-12-29T10:00:00Z'],
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00Z'],
    ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00Z'],
    // Clocks went from 24:00 to 1:00: there was no midnight.
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00Z'],
    ['Asia/Beirut', '2026-03-29', '2026-03-28T22:00:00Z'],
    // Clocks went from 24:00 back to 23:00: midnight came an hour later.
    ['America/Sao_Paulo', '2018-02-18', '2018-02-18T03:00:00Z'],
    // One minute past midnight, back to the day before: the day's first instant counts.
    ['America/St_Johns', '2010-11-07', '2010-11-07T02:30:00Z'],
    // Local mean time, with seconds.
    ['Europe/Amsterdam', '1800-01-01', '1799-12-31T23:42:30Z'],
  ])('%s %s', (timeZone, date, start) => {
    expect(iso(startOfDay(date, timeZone))).toBe(start);
  });

  it('ends a day where the next begins', () => {
    expect(endOfDay('2026-10-31', 'America/New_York')).toBe(startOfDay('2026-11-01', 'America/New_York'));
    expect(endOfDay('9999-12-31', 'UTC')).toBe(Date.parse('+010000-01-01T00:00:00Z'));
  });

  it('refuses unknown zones', () => {
    expect(() => startOfDay('2026-10-01', 'Europe/Atlantis')).toThrow(invalid);
    expect(() => dateOf(0, '')).toThrow(invalid);
  });

  it('is the first instant with that date, in any zone', () => {
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Africa/Casablanca',
      'Asia/Tehran',
      'UTC',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 25_000 }), (timeZone, day) => {
        const date = addDays('1970-01-01', day);
        const start = startOfDay(date, timeZone);
        expect(dateOf(start, timeZone)).toBe(date);
        expect(dateOf(start - 1, timeZone)).toBe(addDays(date, -1));
      }),
      { numRuns: 300 },
    );
  });
});
