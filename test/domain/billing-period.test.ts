import { describe, expect, it } from 'vitest';
import { calendarMonth, previousMonth, resolvePeriod, type PeriodRequest } from '../../src/domain/billing-period.ts';
import { instant } from './given.ts';

const NOTHING: PeriodRequest = { period: null, periodStart: null, periodEnd: null };
const NOW = instant('2026-11-23T12:00:00Z');

function resolve(asked: Partial<PeriodRequest>, { now = NOW, timeZone = 'UTC', dryRun = false } = {}) {
  return resolvePeriod({ ...NOTHING, ...asked }, { now, timeZone, dryRun });
}
const code = (expected: string) => expect.objectContaining({ code: expected }) as unknown as Error;

describe('a calendar month', () => {
  it('is half-open as instants, inclusive as dates', () => {
    expect(calendarMonth('2026-10', 'UTC')).toEqual({
      startDate: '2026-10-01',
      endDate: '2026-10-31',
      start: instant('2026-10-01T00:00:00Z'),
      end: instant('2026-11-01T00:00:00Z'),
      timeZone: 'UTC',
    });
  });

  it('has the length the clocks give it', () => {
    const hours = (month: string, timeZone: string) => {
      const { start, end } = calendarMonth(month, timeZone);
      return (end - start) / 3_600_000;
    };
    expect(hours('2026-03', 'America/New_York')).toBe(31 * 24 - 1);
    expect(hours('2026-11', 'America/New_York')).toBe(30 * 24 + 1);
    expect(hours('2024-02', 'UTC')).toBe(29 * 24);
    expect(hours('2011-12', 'Pacific/Apia')).toBe(30 * 24);
  });
});

describe('the month before now', () => {
  it('is taken in the billing time zone', () => {
    const newYear = instant('2026-01-01T03:00:00Z');
    expect(previousMonth(newYear, 'UTC').startDate).toBe('2025-12-01');
    expect(previousMonth(newYear, 'America/New_York').startDate).toBe('2025-11-01');
    expect(previousMonth(instant('2024-03-31T12:00:00Z'), 'UTC').endDate).toBe('2024-02-29');
  });

  it('is the default, dry or live', () => {
    expect(resolve({}).startDate).toBe('2026-10-01');
    expect(resolve({}, { dryRun: true }).startDate).toBe('2026-10-01');
  });
});

describe('a live run', () => {
  it('takes a month by name or by its first and last day', () => {
    expect(resolve({ period: '2026-10' })).toEqual(resolve({ periodStart: '2026-10-01', periodEnd: '2026-10-31' }));
    expect(resolve({ period: '2024-02' }).endDate).toBe('2024-02-29');
  });

  it.each([
    { period: '2026-13' },
    { period: '2026-1' },
    { period: '' },
    { periodStart: '2026-10-01' },
    { periodEnd: '2026-10-31' },
    { period: '2026-10', periodStart: '2026-10-01', periodEnd: '2026-10-31' },
    { period: '2026-10', periodEnd: '2026-10-31' },
    { periodStart: '2026-10-31', periodEnd: '2026-10-01' },
    { periodStart: '2026-02-01', periodEnd: '2026-02-30' },
    { periodStart: '2026-10-01', periodEnd: '2026-10-30' },
    { periodStart: '2026-10-02', periodEnd: '2026-10-31' },
    { periodStart: '2026-09-01', periodEnd: '2026-10-31' },
  ])('refuses %j', (asked) => {
    expect(() => resolve(asked)).toThrow(code('PERIOD_INVALID'));
  });

  it('waits for the last instant of the period', () => {
    const end = instant('2026-11-01T04:00:00Z');
    const timeZone = 'America/New_York';
    expect(resolve({ period: '2026-10' }, { now: end, timeZone }).end).toBe(end);
    expect(() => resolve({ period: '2026-10' }, { now: end - 1, timeZone })).toThrow(code('PERIOD_NOT_ENDED'));
    expect(() => resolve({ period: '2027-01' })).toThrow(code('PERIOD_NOT_ENDED'));
  });

  it('refuses an unknown time zone', () => {
    expect(() => resolve({}, { timeZone: 'Mars/Olympus' })).toThrow(code('PERIOD_INVALID'));
  });
});

describe('a dry run', () => {
  it('may look at any range, also one still going on', () => {
    const week = resolve({ periodStart: '2026-11-20', periodEnd: '2026-11-26' }, { dryRun: true });
    expect(week.end - week.start).toBe(7 * 86_400_000);
    expect(resolve({ periodStart: '2026-10-05', periodEnd: '2026-10-05' }, { dryRun: true }).endDate).toBe(
      '2026-10-05',
    );
  });

  it('still needs a range that means something', () => {
    expect(() => resolve({ periodStart: '2026-11-20' }, { dryRun: true })).toThrow(code('PERIOD_INVALID'));
    expect(() => resolve({ periodStart: '2026-11-20', periodEnd: '2026-11-19' }, { dryRun: true })).toThrow(
      code('PERIOD_INVALID'),
    );
  });
});
