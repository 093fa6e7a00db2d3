/** Quotes of the pairs that can be needed, every few days, with a gap now and then that is too long. */
import { addDays, addMonths, periodOf } from '../calendar.ts';
import type { FactLine, QuoteLine } from '../fact-lines.ts';
import { toldIn, type Setting, type Telling } from './setting.ts';

/** What a unit is worth in US cents, about. */
const CENTS: Readonly<Record<string, number>> = { USD: 100, EUR: 110, GBP: 125, JPY: 0.67, KWD: 325 };

/** @param facts what has to be converted */
export function someQuotes(setting: Setting, facts: readonly FactLine[]): Telling[] {
  const { prng, months } = setting;
  const end = periodOf(months.at(-1)!).until;
  const tellings: Telling[] = [];
  const ofPlans = facts.filter(({ type }) => type === 'PlanAssigned').map(currencyOf);
  const ofOrders = facts.filter(({ type }) => type === 'PurchaseAttributed' || type === 'OrderPlaced').map(currencyOf);
  for (const base of new Set([...ofPlans, ...ofOrders]))
    for (const quote of new Set([...ofPlans, 'USD'].filter((other) => other !== base))) {
      let day = periodOf(addMonths(months[0]!, -4)).from;
      while (day < end) {
        const rate = ((CENTS[base]! / CENTS[quote]!) * prng.whole(90, 110)) / 100;
        const fact: QuoteLine = { type: 'FxRateQuoted', base, quote, rate: rate.toFixed(8), asOf: day };
        tellings.push({ fact, month: toldIn(setting, setting.startOf(day)) });
        day = addDays(day, prng.percent(3) ? prng.whole(15, 25) : prng.whole(4, 14));
      }
    }
  return tellings;
}

const currencyOf = (fact: FactLine) => ('currency' in fact ? fact.currency : '');
