/**
 * DOMAIN "Period": "A calendar month, half-open [start, end), in the billing time zone […] The last day counts in full;
 * leap years and DST included." The oracle never asks for the instant at which a month starts: it asks of an instant on
 * which day it falls, and days are compared as text.
 */

/** A day as people write it, "2026-10-31". Text order is time order. */
export type Day = string;

/** Days [from, until). */
export interface Period {
  readonly from: Day;
  /** The first day that is no longer of the period. */
  readonly until: Day;
}

/** A calendar month, "2026-10". */
export type Month = string;

const DAY_MS = 86_400_000;

export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

export function daysBetween(from: Day, until: Day): number {
  return (Date.parse(`${until}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS;
}

export function addMonths(month: Month, months: number): Month {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + months, 1)).toISOString().slice(0, 7);
}

export const monthOf = (day: Day): Month => day.slice(0, 7);
export const periodOf = (month: Month): Period => ({ from: `${month}-01`, until: `${addMonths(month, 1)}-01` });
export const isWithin = (day: Day, { from, until }: Period) => from <= day && day < until;
export const daysOf = ({ from, until }: Period) => daysBetween(from, until);

/** On which day of a time zone an instant falls. */
export function createDayOf(timeZone: string): (instant: number) => Day {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    calendar: 'gregory',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const known = new Map<number, Day>();
  return (instant) => {
    const day = known.get(instant) ?? format.format(instant);
    known.set(instant, day);
    return day;
  };
}

/** DOMAIN: "Instants are truncated to milliseconds, never rounded into the next period." */
export function instantOf(text: string): number {
  return Date.parse(text.replace(/(\.\d{3})\d+/, '$1'));
}
