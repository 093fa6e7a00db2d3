/** What the makers of a random world share: its dice, its months, and awkward instants and amounts. */
import { addMonths, createDayOf, periodOf, type Day, type Month } from '../calendar.ts';
import { exponentOf } from '../currencies.ts';
import type { FactLine } from '../fact-lines.ts';
import type { Prng } from './prng.ts';

/** Parts of the rules that a world can leave alone. */
export const FAMILIES = ['currency', 'raw-orders', 'fraud', 'credits', 'late-facts', 'commands'] as const;
export type Family = (typeof FAMILIES)[number];

/** A fact, and in which month of the world (by its number) it is told. */
export interface Telling {
  readonly fact: FactLine;
  readonly month: number;
}

export interface Setting {
  readonly prng: Prng;
  /** The first moment of a day of the billing time zone. */
  readonly startOf: (day: Day) => number;
  readonly months: readonly Month[];
  readonly has: (family: Family) => boolean;
  /** A name nobody had yet. */
  readonly name: (of: string) => string;
}

export const CURRENCIES = ['USD', 'EUR', 'GBP', 'JPY', 'KWD'];
export const CHANNELS = ['phoenix', 'venus', 'apollo', 'mercury', 'atlas', 'my_own-1'];

/** 12050 USD → "120.50". */
export function written(minor: bigint, currency: string): string {
  const exponent = exponentOf(currency);
  const digits = minor.toString().padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  return exponent === 0 ? whole : `${whole}.${digits.slice(-exponent)}`;
}

/** So many units of a dollar's size, in minor units of the currency. */
export function dollars(amount: number, currency: string): bigint {
  const perDollar = { USD: 100, EUR: 90, GBP: 80, JPY: 150, KWD: 300 }[currency] ?? 100;
  return BigInt(Math.max(0, Math.round(amount * perDollar)));
}

/** Mostly some ten dollars, sometimes nothing, sometimes thousands. */
export function someAmount({ prng }: Setting, currency: string): bigint {
  if (prng.percent(4)) return BigInt(prng.whole(0, 3));
  const scale = prng.pick([10, 100, 100, 1_000, 1_000, 1_000, 10_000]);
  return dollars(prng.whole(1, scale * 100) / 100, currency) + BigInt(prng.whole(0, 9));
}

/** Finds the first moment of a day by halving, as nobody asks what the clock shows there. */
export function createStartOf(timeZone: string): (day: Day) => number {
  const dayOf = createDayOf(timeZone);
  const known = new Map<Day, number>();
  return (day) => {
    let [before, after] = [Date.parse(day) - 2 * 86_400_000, Date.parse(day) + 2 * 86_400_000];
    const found = known.get(day);
    while (found === undefined && after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (dayOf(middle) < day) before = middle;
      else after = middle;
    }
    known.set(day, found ?? after);
    return found ?? after;
  };
}

/** Mostly any instant of a month; now and then its very ends, in the billing time zone or in UTC. */
export function someInstant({ prng, startOf, months }: Setting, month: number): number {
  const { from, until } = periodOf(months[month] ?? addMonths(months[0]!, month));
  const [start, end] = [startOf(from), startOf(until)];
  if (prng.percent(12)) return prng.pick([start, start + 1, end - 1, end - 1_000]);
  if (prng.percent(6)) {
    const midnight = Date.parse(`${prng.pick([from, until])}T00:00:00Z`) - prng.whole(0, 1);
    return Math.min(end - 1, Math.max(start, midnight));
  }
  // Whole hours, so that clock changes, days and windows are met exactly.
  if (prng.percent(10)) return start + 3_600_000 * prng.whole(0, Math.floor((end - start) / 3_600_000) - 1);
  return start + Math.floor(prng.whole(0, 1_000_000) * ((end - start - 1) / 1_000_000));
}

/** The same instant in one of the spellings that a producer may choose. */
export function spelled({ prng }: Setting, instant: number): string {
  const text = new Date(instant).toISOString();
  if (prng.percent(10)) return `${text.slice(0, -1)}${prng.pick(['9', '999', '000'])}Z`;
  if (prng.percent(15)) return `${new Date(instant + 5.5 * 3_600_000).toISOString().slice(0, -1)}+05:30`;
  return text;
}

/** When a fact is told: in the month in which it occurred, or too late. */
export function toldIn({ prng, has, months, startOf }: Setting, instant: number): number {
  const began = months.findLastIndex((month) => startOf(periodOf(month).from) <= instant);
  const first = Math.max(0, began);
  if (!has('late-facts') || !prng.percent(8)) return first;
  return Math.min(months.length - 1, first + prng.pick([1, 1, 1, 2, 3, 13]));
}
