/**
 * DOMAIN: "of attributed revenue of at least 1 000 USD: over half of what has a customer or session from purchases
 * without any interaction of that customer (else session) in the 30 days before (needs interactions), or over half
 * refunded (does not)".
 */
import { isOfTheSamePerson } from '../attribution.ts';
import type { Order } from '../facts.ts';
import { compare, fraction, times } from '../fraction.ts';
import { atMost, judged, type AttributedPurchase, type Check, type Measure, type Signals } from './check.ts';
import { DAY_MS } from './sliding.ts';

const CODE = 'revenue_manipulation';

export function revenueManipulation(signals: Signals): Check {
  const { attributed, refunded, centsPerMinor, everyInteraction } = signals;
  if (centsPerMinor === null) return { code: CODE, state: 'not_evaluated', measures: [] };
  if (compare(times(fraction(attributed), centsPerMinor), fraction(1_000_00)) < 0) return judged(CODE, []);
  const outOfNowhere = everyInteraction.length === 0 ? [] : fromNowhere(signals);
  return judged(CODE, [...outOfNowhere, atMost('refunded', fraction(refunded, attributed), fraction(1, 2))]);
}

function fromNowhere({ purchases, everyInteraction }: Signals): Measure[] {
  const known = purchases.filter(({ order }) => order.customerId !== null || order.sessionId !== null);
  if (sum(known) === 0n) return [];
  const untouched = known.filter(({ order }) => !everyInteraction.some((each) => isShortlyBefore(each, order)));
  return [atMost('from purchases without interaction', fraction(sum(untouched), sum(known)), fraction(1, 2))];

  function isShortlyBefore(interaction: Signals['everyInteraction'][number], order: Order): boolean {
    const isRecent = interaction.at >= order.at - 30 * DAY_MS && interaction.at <= order.at;
    return isRecent && isOfTheSamePerson(interaction, order);
  }
}

const sum = (purchases: readonly AttributedPurchase[]) =>
  purchases.reduce((all, { attributed }) => all + attributed, 0n);
