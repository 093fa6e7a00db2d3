/** Quotes of every pair, every few days, with a gap now and then that is too long. */
import { addDays, addMonths, periodOf } from '../calendar.ts';
import type { QuoteLine } from '../fact-lines.ts';
import { CURRENCIES, toldIn, type Setting, type Telling } from './setting.ts';

/** What a unit is worth in US cents, about. */
const CENTS: Readonly<Record<string, number>> = { USD: 100, EUR: 110, GBP: 125, JPY: 0.67, KWD: 325 };

export function someQuotes(setting: Setting): Telling[] {
  const { prng, months } = setting;
  const end = periodOf(months.at(-1)!).until;
  const tellings: Telling[] = [];
  for (const base of CURRENCIES)
    for (const quote of CURRENCIES.filter((other) => other !== base)) {
      let day = periodOf(addMonths(months[0]!, -4)).from;
      while (day < end) {
        const rate = ((CENTS[base]! / CENTS[quote]!) * prng.whole(90, 110)) / 100;
        const fact: QuoteLine = { type: 'FxRateQuoted', base, quote, rate: rate.toFixed(8), asOf: day };
        const month = Math.max(
          0,
          months.findIndex((each) => day < periodOf(each).until),
        );
        tellings.push({ fact, month: toldIn(setting, month) });
        day = addDays(day, prng.percent(3) ? prng.whole(15, 25) : prng.whole(4, 14));
      }
    }
  return tellings;
}
