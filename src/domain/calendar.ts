/** Dates `YYYY-MM-DD` and the instants at which they begin in a time zone. */
import { RuleError } from './rule-error.ts';

export const DAY_MS = 86_400_000;

/** Whether `text` is a day of the calendar, written `YYYY-MM-DD`: 2026-02-30 is not. */
export function isDate(text: string): boolean {
  return !Number.isNaN(midnightUtc(text));
}

/** The same few dates are asked for with every shop. */
const midnights = new Map<string, number>();
const REMEMBERED_DAYS = 10_000;

function midnightUtc(date: string): number {
  const known = midnights.get(date);
  if (known !== undefined) return known;
  const midnight = parseDate(date);
  if (midnights.size >= REMEMBERED_DAYS) midnights.clear();
  if (!Number.isNaN(midnight)) midnights.set(date, midnight);
  return midnight;
}

function parseDate(date: string): number {
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || date.startsWith('0000')) return NaN;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // The engine reads February 30 as March 2.
  return !Number.isNaN(midnight) && toDate(midnight) === date ? midnight : NaN;
}

function toDate(midnight: number): string {
  return new Date(midnight).toISOString().slice(0, -'T00:00:00.000Z'.length);
}

function requireDate(date: string): number {
  const midnight = midnightUtc(date);
  if (Number.isNaN(midnight)) {
    throw new RuleError('PERIOD_INVALID', `${JSON.stringify(date)} is no date: write it like 2026-10-31.`);
  }
  return midnight;
}

/** Days from one date to another: 1 from a day to the next. */
export function daysBetween(from: string, to: string): number {
  return (requireDate(to) - requireDate(from)) / DAY_MS;
}

/** The date `days` after, or before when negative. */
export function addDays(date: string, days: number): string {
  return toDate(requireDate(date) + days * DAY_MS);
}

/** First and last day of the month `YYYY-MM`. Throws PERIOD_INVALID when it is none. */
export function monthDates(month: string): { readonly first: string; readonly last: string } {
  const first = `${month}-01`;
  if (!/^\d{4}-\d\d$/.test(month) || !isDate(first)) {
    throw new RuleError('PERIOD_INVALID', `${JSON.stringify(month)} is no month: write it like 2026-10.`);
  }
  const next = new Date(requireDate(first));
  next.setUTCMonth(next.getUTCMonth() + 1);
  return { first, last: toDate(next.getTime() - DAY_MS) };
}

/** The date of an instant (epoch milliseconds) in a time zone. Throws PERIOD_INVALID for an unknown zone. */
export function dateOf(instant: number, timeZone: string): string {
  return new Date(instant + zoneOf(timeZone).offsetAt(instant)).toISOString().split('T')[0]!;
}

/**
 * The first instant (epoch milliseconds) of a day in a time zone. Where midnight is skipped that is the moment the
 * clocks jump to; a day that a zone left out altogether begins, and ends, with the next. Throws PERIOD_INVALID.
 */
export function startOfDay(date: string, timeZone: string): number {
  return zoneOf(timeZone).startOf(requireDate(date));
}

/** The first instant after the last of a day: where the next one starts. */
export function endOfDay(date: string, timeZone: string): number {
  return zoneOf(timeZone).startOf(requireDate(date) + DAY_MS);
}

interface Zone {
  /** Milliseconds by which local time is ahead of UTC. */
  offsetAt(instant: number): number;
  /** First instant of the day whose midnight, were it in UTC, is given. */
  startOf(midnight: number): number;
}

const UTC: Zone = { offsetAt: () => 0, startOf: (midnight) => midnight };
/** Formatters are expensive to make and days are asked for again for every shop; both answers never change. */
const zones = new Map<string, Zone>([['UTC', UTC]]);

function zoneOf(timeZone: string): Zone {
  const known = zones.get(timeZone);
  if (known !== undefined) return known;
  const zone = createZone(timeZone);
  zones.set(timeZone, zone);
  return zone;
}

function createZone(timeZone: string): Zone {
  const format = formatOf(timeZone);
  const offsetAt = (instant: number) => parseOffset(format.format(instant));
  const days = new Map<number, number>();
  return {
    offsetAt,
    startOf(midnight) {
      const known = days.get(midnight);
      if (known !== undefined) return known;
      if (days.size >= REMEMBERED_DAYS) days.clear();
      const start = firstInstant(midnight, offsetAt);
      days.set(midnight, start);
      return start;
    },
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch {
    throw new RuleError(
      'PERIOD_INVALID',
      `${JSON.stringify(timeZone)} is no time zone: use a name like Europe/Berlin.`,
    );
  }
}

/** Reads the end of `10/1/2026, GMT-04:00`; zones had offsets with seconds before they were standardised. */
function parseOffset(formatted: string): number {
  const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(formatted);
  if (match === null) throw new Error(`No offset in ${JSON.stringify(formatted)}.`);
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = match;
  const magnitude = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -magnitude : magnitude;
}

/** The first instant at which local time has reached `midnight`, given at most one change of offset around it. */
function firstInstant(midnight: number, offsetAt: (instant: number) => number): number {
  const before = offsetAt(midnight - DAY_MS);
  const after = offsetAt(midnight + DAY_MS);
  if (before === after) return midnight - before;
  const change = firstChange(midnight - DAY_MS, midnight + DAY_MS, (instant) => offsetAt(instant) === before);
  if (midnight - before < change) return midnight - before;
  return Math.max(change, midnight - after);
}

/** The first whole second in (low, high] at which `holds` no longer does. */
function firstChange(low: number, high: number, holds: (instant: number) => boolean): number {
  while (high - low > 1000) {
    const middle = low + Math.floor((high - low) / 2000) * 1000;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return high;
}
