/** ISO 8601 instants → epoch milliseconds, strictly: what is no real moment, or has no offset, is refused. */

const INSTANT = /^([1-9]\d{3})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?:Z|([+-])(\d\d)(?::?(\d\d))?)$/;
const MINUTE_MS = 60_000;

/**
 * Epoch milliseconds of an instant such as `2026-10-31T23:59:59.999+02:00`; null when the text is none: February 30,
 * hour 24, a leap second, no offset. Digits finer than a millisecond are cut off, never rounded, so that no instant
 * moves into the next period.
 */
export function parseInstant(text: string): number | null {
  const match = INSTANT.exec(text);
  if (match === null) return null;
  const [, years, months, days, hours, minutes, seconds = '0', fraction = '', sign, offsetHours, offsetMinutes] = match;
  const [year, month, day] = [Number(years), Number(months), Number(days)];
  const [hour, minute, second] = [Number(hours), Number(minutes), Number(seconds)];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const milliseconds = fraction === '' ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0'));
  const local = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
  if (sign === undefined) return local;
  const [aheadHours, aheadMinutes] = [Number(offsetHours), Number(offsetMinutes ?? 0)];
  if (aheadHours > 23 || aheadMinutes > 59) return null;
  const ahead = (aheadHours * 60 + aheadMinutes) * MINUTE_MS;
  return sign === '-' ? local + ahead : local - ahead;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
