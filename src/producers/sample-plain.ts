/** Sample shops for measurements: one plan, a fixed number of purchases, nothing else. */
import type { Attribution, Fact, PlanTerms } from '../domain/facts.ts';
import { DEFAULT_RATE_PPM, defaultTiers } from '../domain/plan.ts';
import type { SampleSpan } from './sample-span.ts';
import { CHANNELS } from './sample-words.ts';
import { seededRandom } from './seeded-random.ts';

const EXPONENT = 2;
const NO_TERMS = {
  ratePpm: null,
  tiers: null,
  baseFeeMinor: null,
  meter: null,
  unitPriceMinor: null,
  includedUnits: null,
} as const;
const REVENUE_SHARE: PlanTerms = { ...NO_TERMS, type: 'revenue_share', ratePpm: DEFAULT_RATE_PPM };
const PERFORMANCE_TIER: PlanTerms = { ...NO_TERMS, type: 'performance_tier', tiers: defaultTiers(EXPONENT) };

export function plainShopId(number: number): string {
  return `plain-${String(number + 1).padStart(6, '0')}`;
}

/** Registration and plan: every second shop is rated by bands. */
export function* plainShop({ number, span }: { number: number; span: SampleSpan }): Iterable<Fact> {
  const shopId = plainShopId(number);
  const isTiered = number % 2 === 1;
  yield {
    type: 'ShopRegistered',
    data: {
      shopId,
      shopDomain: `${shopId}.myshopify.com`,
      status: 'active',
      currency: 'USD',
      occurredAt: span.start,
    },
  };
  yield {
    type: 'PlanAssigned',
    data: {
      shopId,
      planId: isTiered ? 'plain-tiers' : 'plain-share',
      name: isTiered ? 'Plain tiers' : 'Plain share',
      currency: 'USD',
      currencyExponent: EXPONENT,
      effectiveFrom: span.first,
      effectiveUntil: null,
      terms: isTiered ? PERFORMANCE_TIER : REVENUE_SHARE,
      trialThresholdMinor: 0n,
      minimumFeeMinor: null,
      maximumFeeMinor: null,
      discountRatePpm: 0,
      taxRatePpm: 0,
      attributionModel: 'cross_extension',
      fraudProfile: null,
      occurredAt: span.start,
    },
  };
}

/** Purchases spread evenly over the month, in order of time. */
export function* plainPurchases({
  number,
  span,
  seed,
  purchases,
}: {
  number: number;
  span: SampleSpan;
  seed: number;
  purchases: number;
}): Iterable<Fact> {
  const random = seededRandom(seed, number);
  const shopId = plainShopId(number);
  const step = (span.end - span.start) / purchases;
  for (let n = 0; n < purchases; n++) {
    const cents = random.whole(500, 30_000);
    const attributions: Attribution[] = [
      { channel: random.pick(CHANNELS), amountMinor: BigInt(Math.floor(cents * (0.5 + random.next() / 2))) },
    ];
    yield {
      type: 'PurchaseAttributed',
      data: {
        shopId,
        orderId: `o-${n + 1}`,
        customerId: `c-${random.whole(1, purchases)}`,
        sessionId: null,
        occurredAt: Math.floor(span.start + (n + random.next()) * step),
        currency: 'USD',
        currencyExponent: EXPONENT,
        orderTotalMinor: BigInt(cents),
        attributions,
      },
    };
  }
}
