/** The period of a run: half-open [start, end) in the billing time zone, a calendar month when live. */
import { dateOf, addDays, endOfDay, isDate, monthDates, startOfDay } from './calendar.ts';
import type { Period } from './events.ts';
import { RuleError } from './rule-error.ts';

/** What somebody asked for: a month, or first and last day (both inclusive), or nothing: the month before now. */
export interface PeriodRequest {
  readonly period: string | null;
  readonly periodStart: string | null;
  readonly periodEnd: string | null;
}

/** The days from `startDate` to `endDate`, both in full. Throws PERIOD_INVALID. */
export function periodOfDates(startDate: string, endDate: string, timeZone: string): Period {
  for (const [name, date] of [
    ['start', startDate],
    ['end', endDate],
  ] as const) {
    if (!isDate(date)) {
      throw new RuleError(
        'PERIOD_INVALID',
        `The period's ${name} ${JSON.stringify(date)} is no date: write it like 2026-10-31.`,
      );
    }
  }
  if (endDate < startDate) {
    throw new RuleError(
      'PERIOD_INVALID',
      `The period ends on ${endDate}, before it starts on ${startDate}: swap them.`,
    );
  }
  return { startDate, endDate, start: startOfDay(startDate, timeZone), end: endOfDay(endDate, timeZone), timeZone };
}

/** The calendar month `YYYY-MM`. Throws PERIOD_INVALID. */
export function calendarMonth(month: string, timeZone: string): Period {
  const { first, last } = monthDates(month);
  return periodOfDates(first, last, timeZone);
}

/** The calendar month before the one `now` (epoch milliseconds) falls into. */
export function previousMonth(now: number, timeZone: string): Period {
  const thisMonth = monthDates(dateOf(now, timeZone).slice(0, 7));
  return calendarMonth(addDays(thisMonth.first, -1).slice(0, 7), timeZone);
}

/** Whether the period is exactly a calendar month. */
export function isCalendarMonth({ startDate, endDate }: Pick<Period, 'startDate' | 'endDate'>): boolean {
  const { first, last } = monthDates(startDate.slice(0, 7));
  return startDate === first && endDate === last;
}

/**
 * The period a request means. Throws PERIOD_INVALID when it means none, or none that may be billed live, and
 * PERIOD_NOT_ENDED when a live run is asked for too early. A dry run may look at any range, also one still going on.
 */
export function resolvePeriod(
  request: PeriodRequest,
  { now, timeZone, dryRun }: { readonly now: number; readonly timeZone: string; readonly dryRun: boolean },
): Period {
  const period = periodAskedFor(request, now, timeZone);
  if (dryRun) return period;
  if (!isCalendarMonth(period)) {
    throw new RuleError(
      'PERIOD_INVALID',
      `${period.startDate} to ${period.endDate} is not a calendar month: bill a whole month, or look at these days in a dry run.`,
    );
  }
  if (period.end > now) {
    throw new RuleError(
      'PERIOD_NOT_ENDED',
      `The period ${period.startDate} to ${period.endDate} (${timeZone}) has not ended: bill it afterwards, or use a dry run.`,
    );
  }
  return period;
}

function periodAskedFor({ period, periodStart, periodEnd }: PeriodRequest, now: number, timeZone: string): Period {
  if (period !== null && (periodStart !== null || periodEnd !== null)) {
    throw new RuleError('PERIOD_INVALID', 'Name either the period or its start and end, not both.');
  }
  if (period !== null) return calendarMonth(period, timeZone);
  if (periodStart === null && periodEnd === null) return previousMonth(now, timeZone);
  if (periodStart === null || periodEnd === null) {
    const missing = periodStart === null ? 'start' : 'end';
    throw new RuleError('PERIOD_INVALID', `The period's ${missing} is missing: give both its first and its last day.`);
  }
  return periodOfDates(periodStart, periodEnd, timeZone);
}
