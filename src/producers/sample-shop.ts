/** A sample shop: its story, its plans, and the measures its usage follows. */
import { addDays } from '../domain/calendar.ts';
import type { Fact, PlanAssigned, PlanTerms, PlanType, ShopRegistered } from '../domain/facts.ts';
import { defaultTiers } from '../domain/plan.ts';
import { roundAmount, SAMPLE_CURRENCIES, type SampleCurrency } from './sample-currencies.ts';
import { midnight, monthsBefore, type SampleSpan } from './sample-span.ts';
import { ADJECTIVES, NOUNS } from './sample-words.ts';
import { seededRandom, type SeededRandom } from './seeded-random.ts';

/** What happens to the shops, in turn, so that a handful of them shows most of it. */
export const STORIES = [
  'steady',
  'rate_changed',
  'trial_running',
  'steady',
  'plan_switched',
  'no_plan',
  'trial_passing',
  'steady',
  'suspicious',
  'inactive',
  'steady',
  'closing',
  'trial_passed',
  'steady',
  'quiet',
  'steady',
] as const;
export type Story = (typeof STORIES)[number];

const PLAN_TYPES: readonly PlanType[] = ['revenue_share', 'performance_tier', 'hybrid', 'usage_based'];
/** A cycle of a length without common divisor with the others, so that all combinations come up. */
const CURRENCY_CYCLE = ['USD', 'EUR', 'USD', 'GBP', 'JPY', 'USD', 'EUR', 'KWD', 'USD', 'GBP', 'USD'] as const;
export const ORDER_SPREAD = 0.8;
/** Of an order's total, on average; see the attributions in sample-usage.ts. */
const ATTRIBUTED_SHARE = 0.56;

export interface SampleShop {
  readonly number: number;
  readonly shopId: string;
  readonly story: Story;
  readonly currency: SampleCurrency;
  /** Its registrations and plans, in order of time. */
  readonly opening: readonly Fact[];
  /** Expected in a month. */
  readonly orders: number;
  readonly interactions: number;
  /** Median of its orders. */
  readonly orderUsd: number;
  /** Whole months before the span in which it sold as much as in it. */
  readonly earlierMonths: number;
  /** Epoch milliseconds of its last sale, exclusive. */
  readonly until: number;
}

/** The same number, seed and measures always make the same shop. */
export function sampleShop({
  number,
  span,
  seed,
  purchasesPerShop,
  interactionsPerShop,
}: {
  number: number;
  span: SampleSpan;
  seed: number;
  purchasesPerShop: number;
  interactionsPerShop: number;
}): SampleShop {
  const random = seededRandom(seed, number, 1);
  const story = STORIES[number % STORIES.length]!;
  const code = CURRENCY_CYCLE[number % CURRENCY_CYCLE.length]!;
  const currency = SAMPLE_CURRENCIES.find((one) => one.code === code)!;
  // Divided by its mean, so that shops differ in size and the average is what was asked for.
  const size = random.logNormal(0.7) / Math.exp(0.7 ** 2 / 2);
  const shopId = `shop-${String(number + 1).padStart(5, '0')}`;
  const closingDate = addDays(span.first, random.whole(8, 18));
  const shop = {
    number,
    shopId,
    story,
    currency,
    orders:
      story === 'quiet' || story === 'inactive' ? 0 : Math.max(Math.min(1, purchasesPerShop), purchasesPerShop * size),
    interactions: story === 'inactive' ? 0 : interactionsPerShop * size,
    orderUsd: 55 * random.logNormal(0.5),
    earlierMonths: isTrial(story) ? random.whole(1, 2) : 0,
    until: story === 'closing' ? midnight(closingDate) : span.end,
  };
  return { ...shop, opening: [...registrations(shop, random, span), ...plans(shop, random, span)].sort(byTime) };
}

type Outline = Omit<SampleShop, 'opening'>;

function isTrial(story: Story): boolean {
  return story === 'trial_running' || story === 'trial_passing' || story === 'trial_passed';
}

function byTime(a: Fact, b: Fact): number {
  return occurredAt(a) - occurredAt(b);
}

function occurredAt({ type, data }: Fact): number {
  return type === 'FxRateQuoted' ? midnight(data.asOf) : data.occurredAt;
}

/** When the plans begin: so that a trial has exactly the history it is to have. */
function startOf({ story, earlierMonths }: Outline, random: SeededRandom, span: SampleSpan): string {
  return monthsBefore(span, isTrial(story) ? earlierMonths : random.whole(3, 18));
}

function registrations(shop: Outline, random: SeededRandom, span: SampleSpan): Fact[] {
  const { shopId, story, number, currency, until } = shop;
  const words = `${random.pick(ADJECTIVES)}-${random.pick(NOUNS)}`;
  const registered = (status: string, time: number): Fact => {
    const shopDomain = `${words}-${number + 1}.myshopify.com`;
    const data: ShopRegistered = { shopId, shopDomain, status, currency: currency.code, occurredAt: time };
    return { type: 'ShopRegistered', data };
  };
  const opened = registered('active', midnight(monthsBefore(span, 19)) + random.whole(0, 86_399_999));
  if (story === 'inactive') return [opened, registered('inactive', span.start - 5 * 86_400_000)];
  if (story === 'closing') return [opened, registered('inactive', until)];
  return [opened];
}

function plans(shop: Outline, random: SeededRandom, span: SampleSpan): Fact[] {
  const { number, story } = shop;
  if (story === 'no_plan') return [];
  const turn = number + Math.floor(number / STORIES.length);
  const wanted = PLAN_TYPES[turn % PLAN_TYPES.length]!;
  const type = isTrial(story) && wanted === 'usage_based' ? 'revenue_share' : wanted;
  const first = plan({ shop, random, type, effectiveFrom: startOf(shop, random, span) });
  const changes = addDays(span.first, random.whole(9, 19));
  const facts = [first];
  if (story === 'rate_changed') {
    facts.push({ ...plan({ shop, random, type, effectiveFrom: changes }), planId: first.planId, name: first.name });
  }
  if (story === 'plan_switched') {
    facts.push(plan({ shop, random, type: PLAN_TYPES[(turn + 1) % PLAN_TYPES.length]!, effectiveFrom: changes }));
  }
  return facts.map((data) => ({ type: 'PlanAssigned', data }));
}

const PLAN_NAMES: Readonly<Record<PlanType, string>> = {
  revenue_share: 'Pay as performance',
  performance_tier: 'Growth bands',
  hybrid: 'Base and share',
  usage_based: 'Pay per conversion',
};

function plan({
  shop,
  random,
  type,
  effectiveFrom,
}: {
  shop: Outline;
  random: SeededRandom;
  type: PlanType;
  effectiveFrom: string;
}): PlanAssigned {
  const { shopId, currency } = shop;
  const isBounded = random.chance(0.25);
  return {
    shopId,
    planId: `plan-${type.replace('_', '-')}`,
    name: PLAN_NAMES[type],
    currency: currency.code,
    currencyExponent: currency.exponent,
    effectiveFrom,
    effectiveUntil: null,
    terms: terms(type, currency, random),
    trialThresholdMinor: trialThreshold(shop),
    minimumFeeMinor: isBounded ? roundAmount(currency, random.pick([9, 19, 29])) : null,
    maximumFeeMinor: isBounded || random.chance(0.1) ? roundAmount(currency, random.pick([99, 250, 1_000])) : null,
    discountRatePpm: random.chance(0.15) ? random.pick([50_000, 100_000, 250_000]) : 0,
    taxRatePpm: currency.taxPpm,
    attributionModel: 'cross_extension',
    fraudProfile: null,
    occurredAt: midnight(effectiveFrom),
  };
}

function terms(type: PlanType, currency: SampleCurrency, random: SeededRandom): PlanTerms {
  const isUsage = type === 'usage_based';
  const isHybrid = type === 'hybrid';
  const isShare = type === 'revenue_share';
  const meter = random.chance(0.7) ? 'conversions' : 'interactions';
  return {
    type,
    ratePpm: isShare ? random.pick([20_000, 25_000, 30_000, 35_000]) : isHybrid ? random.pick([10_000, 15_000]) : null,
    tiers: type === 'performance_tier' ? defaultTiers(currency.exponent) : null,
    baseFeeMinor: isHybrid ? roundAmount(currency, random.pick([19, 29, 49])) : null,
    meter: isUsage ? meter : null,
    unitPriceMinor: isUsage ? roundAmount(currency, meter === 'conversions' ? 0.5 : 0.02) : null,
    includedUnits: isUsage ? (meter === 'conversions' ? 5 : 100) : null,
  };
}

/** Far away, in the middle of the month, or long behind, by what the shop is expected to sell. Minor units. */
function trialThreshold({ story, currency, orders, orderUsd, earlierMonths }: Outline): bigint {
  if (!isTrial(story)) return 0n;
  const monthUsd = orders * orderUsd * Math.exp(ORDER_SPREAD ** 2 / 2) * ATTRIBUTED_SHARE;
  const months =
    story === 'trial_running' ? 4 * (earlierMonths + 1) : story === 'trial_passing' ? earlierMonths + 0.5 : 0.3;
  return roundAmount(currency, monthUsd * months);
}
