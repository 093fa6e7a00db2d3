/** DOMAIN: "with at least 200 interactions: conversions ÷ interactions below 0.001 or above 0.5". */
import { fraction } from '../fraction.ts';
import { atLeast, atMost, judged, type Check, type Signals } from './check.ts';

export function unusualConversionRate({ interactions, conversions, profile }: Signals): Check {
  if (interactions.length < 200) return judged('unusual_conversion_rate', []);
  const rate = fraction(conversions, interactions.length);
  return judged('unusual_conversion_rate', [
    atLeast('conversion rate', rate, profile.minConversionRate),
    atMost('conversion rate', rate, profile.maxConversionRate),
  ]);
}
