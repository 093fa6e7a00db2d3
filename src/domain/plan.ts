/** Plan versions: which one is in effect when, and what a version leaves out. What makes one malformed: plan-problem.ts. */
import { addDays, daysBetween, isDate, startOfDay } from './calendar.ts';
import type { Period } from './events.ts';
import type { PlanTerms, Tier } from './facts.ts';
import { compareRecorded } from './log-position.ts';
import { RuleError } from './rule-error.ts';
import type { PlanVersion } from './shop-facts.ts';

/** 3 %. */
export const DEFAULT_RATE_PPM = 30_000;

/** 0–5 000 at 3 %, 5 000–25 000 at 2.5 %, above at 2 %, in major units of a currency with this exponent. */
export function defaultTiers(exponent: number): Tier[] {
  const unit = 10n ** BigInt(exponent);
  return [
    { upToMinor: 5_000n * unit, ratePpm: 30_000 },
    { upToMinor: 25_000n * unit, ratePpm: 25_000 },
    { upToMinor: null, ratePpm: 20_000 },
  ];
}

/** The terms with the default rate or bands where they leave them out (DOMAIN "Plans"). */
export function withDefaultTerms(terms: PlanTerms, exponent: number): PlanTerms {
  switch (terms.type) {
    case 'revenue_share':
      return { ...terms, ratePpm: terms.ratePpm ?? DEFAULT_RATE_PPM };
    case 'performance_tier':
      return { ...terms, tiers: terms.tiers ?? defaultTiers(exponent) };
    case 'hybrid':
      return terms.tiers === null ? { ...terms, ratePpm: terms.ratePpm ?? DEFAULT_RATE_PPM } : terms;
    case 'usage_based':
      return terms;
    default:
      return terms.type satisfies never;
  }
}

/** The days of a period under one plan version; dates inclusive, instants half-open. */
export interface PlanSegment {
  readonly plan: PlanVersion;
  readonly startDate: string;
  readonly endDate: string;
  readonly start: number;
  readonly end: number;
  readonly days: number;
  readonly periodDays: number;
  /** Start of the first version of this plan id: from here on a trial counts revenue. Epoch milliseconds. */
  readonly planStart: number;
}

interface PlanSpan {
  readonly plan: PlanVersion;
  readonly from: string;
  /** Exclusive; null: open. */
  readonly until: string | null;
}

/**
 * The segments of a period in order of time; none where no plan was in effect. Throws PLAN_CURRENCY_CHANGED when their
 * currencies differ.
 */
export function planSegments(plans: readonly PlanVersion[], period: Period): PlanSegment[] {
  const spans = planSpans(plans);
  const afterPeriod = addDays(period.endDate, 1);
  const periodDays = daysBetween(period.startDate, afterPeriod);
  const segments = spans.flatMap(({ plan, from, until }): PlanSegment[] => {
    const startDate = from > period.startDate ? from : period.startDate;
    const nextDate = until !== null && until < afterPeriod ? until : afterPeriod;
    if (startDate >= nextDate) return [];
    const { timeZone } = period;
    const first = spans.find((span) => span.plan.planId === plan.planId)!;
    return [
      {
        plan,
        startDate,
        endDate: addDays(nextDate, -1),
        start: startOfDay(startDate, timeZone),
        end: startOfDay(nextDate, timeZone),
        days: daysBetween(startDate, nextDate),
        periodDays,
        planStart: startOfDay(first.from, timeZone),
      },
    ];
  });
  requireOneCurrency(segments);
  return segments;
}

/** The plan version in effect at an instant (epoch milliseconds); null where there was none. */
export function planAt(plans: readonly PlanVersion[], instant: number, timeZone: string): PlanVersion | null {
  const span = planSpans(plans).find(
    ({ from, until }) =>
      startOfDay(from, timeZone) <= instant && (until === null || instant < startOfDay(until, timeZone)),
  );
  return span?.plan ?? null;
}

/**
 * When each version holds, ascending: from its start to the earlier of its own end and the next version's start. Of two
 * with the same start the later recorded one counts. One that was superseded does not come back.
 */
function planSpans(plans: readonly PlanVersion[]): PlanSpan[] {
  const byStart = new Map<string, PlanVersion>();
  for (const plan of [...plans].sort(compareRecorded)) {
    requireDates(plan);
    byStart.set(plan.effectiveFrom, plan);
  }
  const versions = [...byStart.values()].sort((a, b) => (a.effectiveFrom < b.effectiveFrom ? -1 : 1));
  return versions.map((plan, index) => ({
    plan,
    from: plan.effectiveFrom,
    until: earlier(plan.effectiveUntil, versions[index + 1]?.effectiveFrom ?? null),
  }));
}

function earlier(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

function requireDates({ planId, effectiveFrom, effectiveUntil }: PlanVersion): void {
  if (!isDate(effectiveFrom) || (effectiveUntil !== null && !isDate(effectiveUntil))) {
    throw new RuleError('PLAN_NOT_RATABLE', `Plan ${planId} has dates that are none: assign it again with valid ones.`);
  }
}

function requireOneCurrency(segments: readonly PlanSegment[]): void {
  const currencies = [...new Set(segments.map(({ plan }) => plan.currency))];
  if (currencies.length > 1) {
    throw new RuleError(
      'PLAN_CURRENCY_CHANGED',
      `The plan's currency changes within the period (${currencies.join(', ')}): let the new one start with a month.`,
    );
  }
}
