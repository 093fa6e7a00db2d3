/** The month sample facts are about. */
import { addDays, monthDates } from '../domain/calendar.ts';

/** Half-open [start, end) in epoch milliseconds, and its first and last day, in UTC. */
export interface SampleSpan {
  readonly start: number;
  readonly end: number;
  readonly first: string;
  readonly last: string;
}

/** The month `YYYY-MM`. Throws PERIOD_INVALID. */
export function sampleSpan(period: string): SampleSpan {
  const { first, last } = monthDates(period);
  return { first, last, start: midnight(first), end: midnight(addDays(last, 1)) };
}

/** Epoch milliseconds at which a day begins in UTC. */
export function midnight(date: string): number {
  return Date.parse(`${date}T00:00:00Z`);
}

/** First day of the month that many months before the span. */
export function monthsBefore({ start }: SampleSpan, months: number): string {
  const date = new Date(start);
  date.setUTCMonth(date.getUTCMonth() - months);
  return date.toISOString().slice(0, 10);
}
