/** Days of a time zone as dates, which compare as text. */

/** The day of an instant, epoch milliseconds. */
export function createDayOf(timeZone: string): (instant: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const known = new Map<number, string>();
  return (instant) => {
    // No zone changes its day within a quarter of an hour.
    const quarter = Math.floor(instant / 900_000);
    const day = known.get(quarter) ?? format.format(quarter * 900_000);
    known.set(quarter, day);
    return day;
  };
}

export const plusDays = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

export const daysFrom = (first: string, beyond: string): number =>
  Math.round((Date.parse(`${beyond}T00:00:00Z`) - Date.parse(`${first}T00:00:00Z`)) / 86_400_000);
