/** Quotes to USD for every currency sample shops sell in: weekly, wandering a little. */
import { addDays } from '../domain/calendar.ts';
import type { Fact } from '../domain/facts.ts';
import { SAMPLE_CURRENCIES } from './sample-currencies.ts';
import type { SampleSpan } from './sample-span.ts';
import { seededRandom } from './seeded-random.ts';

const RATE_SCALE = 6;
const DAYS_BEFORE = 14;
/** Keeps this sequence apart from those of the shops, which are numbered from 0. */
const SEQUENCE = -1;

export function* sampleQuotes({ span, seed }: { span: SampleSpan; seed: number }): Iterable<Fact> {
  const random = seededRandom(seed, SEQUENCE);
  for (const { code, inUsd } of SAMPLE_CURRENCIES) {
    if (code === 'USD') continue;
    let rate = inUsd;
    for (let asOf = addDays(span.first, -DAYS_BEFORE); asOf <= span.last; asOf = addDays(asOf, 7)) {
      rate *= 1 + (random.next() - 0.5) / 50;
      const rateUnscaled = BigInt(Math.round(rate * 10 ** RATE_SCALE));
      yield { type: 'FxRateQuoted', data: { base: code, quote: 'USD', rateUnscaled, rateScale: RATE_SCALE, asOf } };
    }
  }
}
