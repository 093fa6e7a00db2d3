/** Gathers what the checks look at: the period's, and of the shop's interactions all. */
import { addDays, isWithin, type Period } from '../calendar.ts';
import { conversionsIn, interactionsIn } from '../conversions.ts';
import { exponentOf } from '../currencies.ts';
import type { FraudProfile } from '../facts.ts';
import { fraction, times, type Fraction } from '../fraction.ts';
import { broughtIn } from '../orders.ts';
import { findQuote } from '../quotes.ts';
import { revenueOf } from '../revenue.ts';
import type { View } from '../view.ts';
import type { Signals } from './check.ts';

export function signalsOf(
  period: Period,
  { view, currency, profile, isBot }: { view: View; currency: string; profile: FraudProfile; isBot: Signals['isBot'] },
): Signals {
  const { attributed, refunded } = revenueOf(period, currency, view);
  return {
    interactions: interactionsIn(period, view),
    purchases: view.orders
      .filter(({ at }) => isWithin(view.dayOf(at), period))
      .map((order) => ({ order, at: order.at, attributed: broughtIn(currency, order, view).total })),
    conversions: conversionsIn(period, view),
    attributed,
    refunded,
    profile,
    centsPerMinor: centsPerMinor(currency, period, view),
    everyInteraction: view.interactions,
    isBot,
  };
}

/** "the newest quote to USD at the period's end, at most 14 days old": as of the period's last day. */
function centsPerMinor(currency: string, { until }: Period, view: View): Fraction | null {
  if (currency === 'USD') return fraction(1);
  const quote = findQuote(view.quotes, { base: currency, quote: 'USD', day: addDays(until, -1) });
  return quote === null ? null : times(quote.rate, fraction(100n, 10n ** BigInt(exponentOf(currency))));
}
