/** Plans of all types, and how they change. */
import { addDays, periodOf, type Day } from '../calendar.ts';
import type { FraudProfileLine, Model, PlanLine, TermsLine } from '../fact-lines.ts';
import { CURRENCIES, dollars, someInstant, spelled, written, type Setting, type Telling } from './setting.ts';

const MODELS: readonly Model[] = ['cross_extension', 'first_click', 'last_click', 'linear', 'time_decay'];
const RATES = ['0.03', '0.015', '0.1', '0.0333', '0.000001', '0', '1'];

/** The versions of a shop's plan, from about the first month on. */
export function somePlans(setting: Setting, shopId: string): Telling[] {
  const { prng, months } = setting;
  const currency = prng.pick(CURRENCIES);
  const start = periodOf(months[0]!).from;
  const first = somePlan(setting, { shopId, currency, effectiveFrom: addDays(start, -prng.pick([0, 31, 90, -7])) });
  const versions: Telling[] = [{ fact: first, month: 0 }];
  while (prng.percent(35)) versions.push(aChange(setting, versions.at(-1)!.fact as PlanLine));
  return versions;
}

function aChange(setting: Setting, last: PlanLine): Telling {
  const { prng, months, has } = setting;
  const month = prng.whole(0, months.length - 1);
  const firstDay = periodOf(months[month]!).from;
  const effectiveFrom = prng.percent(8) ? last.effectiveFrom : addDays(firstDay, prng.pick([0, 0, 1, 9, 20, 27]));
  // A change of currency has to wait for a month's first day; seldom it does not.
  const mayMove = has('currency') && (effectiveFrom === firstDay ? prng.percent(25) : prng.percent(3));
  const currency = mayMove ? prng.pick(CURRENCIES) : last.currency;
  const planId = prng.percent(60) ? last.planId : setting.name('plan');
  const fact = somePlan(setting, { shopId: last.shopId, currency, effectiveFrom, planId });
  const isTooLate = has('late-facts') && prng.percent(20);
  return { fact, month: isTooLate ? prng.whole(month, months.length - 1) : prng.whole(0, month) };
}

type Given = Pick<PlanLine, 'shopId' | 'currency' | 'effectiveFrom'> & { readonly planId?: string };

function somePlan(setting: Setting, { shopId, currency, effectiveFrom, planId = 'plan' }: Given): PlanLine {
  const { prng, has } = setting;
  const terms = someTerms(setting, currency);
  const amount = (low: number, high: number) => written(dollars(prng.whole(low, high), currency), currency);
  return {
    type: 'PlanAssigned',
    shopId,
    planId,
    currency,
    effectiveFrom,
    ...(prng.percent(8) ? { effectiveUntil: endAfter(setting, effectiveFrom) } : {}),
    terms,
    ...(terms.type !== 'usage_based' && prng.percent(30) ? { trialThreshold: amount(50, 4_000) } : {}),
    ...(prng.percent(20) ? { minimumFee: amount(0, 30) } : {}),
    ...(prng.percent(20) ? { maximumFee: amount(30, 300) } : {}),
    ...(prng.percent(20) ? { discountRate: prng.pick(['0.1', '0.333333', '1', '0']) } : {}),
    ...(prng.percent(40) ? { taxRate: prng.pick(['0.2', '0.19', '0.075']) } : {}),
    attributionModel: prng.pick(MODELS),
    ...(has('fraud') ? { fraudProfile: someProfile(setting, currency) } : {}),
    occurredAt: spelled(setting, someInstant(setting, -1)),
  };
}

const endAfter = ({ prng }: Setting, from: Day): Day => addDays(from, prng.pick([1, 10, 45, 90]));

function someTerms({ prng }: Setting, currency: string): TermsLine {
  const amount = (dollar: number) => written(dollars(dollar, currency), currency);
  const rate = () => (prng.percent(20) ? {} : { rate: prng.pick(RATES) });
  const tiers = () => {
    const bounds = [100, 1_000, 8_000].filter(() => prng.percent(60));
    return {
      tiers: [
        ...bounds.map((bound) => ({ upTo: amount(bound), rate: prng.pick(RATES) })),
        { upTo: null, rate: prng.pick(RATES) },
      ],
    };
  };
  switch (prng.pick(['revenue_share', 'revenue_share', 'performance_tier', 'hybrid', 'usage_based'] as const)) {
    case 'revenue_share':
      return { type: 'revenue_share', ...rate() };
    case 'performance_tier':
      return { type: 'performance_tier', ...(prng.percent(40) ? {} : tiers()) };
    case 'hybrid':
      return { type: 'hybrid', baseFee: amount(prng.whole(0, 60)), ...(prng.percent(50) ? rate() : tiers()) };
    case 'usage_based':
      return {
        type: 'usage_based',
        meter: prng.pick(['conversions', 'interactions']),
        unitPrice: amount(prng.pick([0.1, 0.5, 3])),
        ...(prng.percent(60) ? { includedUnits: prng.whole(0, 12) } : {}),
      };
  }
}

/** Limits that a few dozen facts come near; most shops have some of them. */
function someProfile({ prng }: Setting, currency: string): FraudProfileLine | null {
  if (prng.percent(30)) return null;
  const some = <T>(value: T) => (prng.percent(60) ? value : null);
  const revenue = (dollar: number) => written(dollars(dollar, currency), currency);
  return {
    maxInteractionsPerHour: some(SMALL_LIMITS.maxInteractionsPerHour),
    maxInteractionsPerDay: some(SMALL_LIMITS.maxInteractionsPerDay),
    maxClicksPerSessionMinute: some(SMALL_LIMITS.maxClicksPerSessionMinute),
    maxInteractionsPerIpHour: some(SMALL_LIMITS.maxInteractionsPerIpHour),
    maxSessionsPerIpHour: some(SMALL_LIMITS.maxSessionsPerIpHour),
    minConversionRate: some('0.02'),
    maxConversionRate: some('0.05'),
    maxRevenuePerHour: some(revenue(500)),
    maxRevenuePerDay: some(revenue(1_500)),
  };
}

export const SMALL_LIMITS = {
  maxInteractionsPerHour: 8,
  maxInteractionsPerDay: 12,
  maxClicksPerSessionMinute: 4,
  maxInteractionsPerIpHour: 6,
  maxSessionsPerIpHour: 4,
};
