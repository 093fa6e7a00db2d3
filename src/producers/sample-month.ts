/** A month of life-like facts for demonstrations, and a plain one for measurements. Nothing of it is real. */
import type { Fact } from '../domain/facts.ts';
import { plainInteractions } from './sample-plain-interactions.ts';
import { plainPurchases, plainShop, plainShopId } from './sample-plain.ts';
import { sampleQuotes } from './sample-quotes.ts';
import { sampleShop } from './sample-shop.ts';
import { sampleSpan } from './sample-span.ts';
import { sampleUsage } from './sample-usage.ts';

export interface SampleMonthOptions {
  readonly shops: number;
  /** `YYYY-MM`, in UTC. */
  readonly period: string;
  /** The same options with the same seed always give the same facts. */
  readonly seed: number;
  /** On average, and exactly when plain. By default 40, or 20 when plain. */
  readonly purchasesPerShop?: number;
  /** On average, and exactly when plain. By default 300, or none when plain. With 0 no shop has any. */
  readonly interactionsPerShop?: number;
  /** Every shop one revenue_share or performance_tier plan in USD, purchases and interactions: cheap to make. */
  readonly plain?: boolean;
}

/**
 * Quotes first, then all shops and their plans, then the usage shop by shop in order of time. A shop is made when its
 * turn comes, from seed and number alone, so memory stays the same however many there are.
 */
export function* sampleMonth(options: SampleMonthOptions): Iterable<Fact> {
  const { shops, seed, plain = false } = options;
  const span = sampleSpan(options.period);
  if (plain) {
    const purchases = options.purchasesPerShop ?? 20;
    for (let number = 0; number < shops; number++) yield* plainShop({ number, span });
    const interactions = options.interactionsPerShop ?? 0;
    for (let number = 0; number < shops; number++) {
      const shop = { shopId: plainShopId(number), number, span, seed };
      yield* plainInteractions({ ...shop, interactions, customers: purchases });
      yield* plainPurchases({ number, span, seed, purchases });
    }
    return;
  }
  const { purchasesPerShop = 40, interactionsPerShop = 300 } = options;
  yield* sampleQuotes({ span, seed });
  const shop = (number: number) => sampleShop({ number, span, seed, purchasesPerShop, interactionsPerShop });
  for (let number = 0; number < shops; number++) yield* shop(number).opening;
  for (let number = 0; number < shops; number++) yield* sampleUsage({ shop: shop(number), span, seed });
}
