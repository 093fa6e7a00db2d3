import { describe, expect, it } from 'vitest';
import { calendarMonth } from '../../src/domain/billing-period.ts';
import { defaultTiers, planAt, planSegments, withDefaultTerms } from '../../src/domain/plan.ts';
import type { PlanVersion } from '../../src/domain/shop-facts.ts';
import {
  defaultTiers as tiersLeftOut,
  hybrid,
  instant,
  OCTOBER,
  plan,
  recorded,
  revenueShare,
  tiered,
} from './given.ts';

/** `p1 2026-10-01..2026-10-31 (31/31)` */
function segments(plans: PlanVersion[], period = OCTOBER): string[] {
  return planSegments(plans, period).map(
    ({ plan: { planId }, startDate, endDate, days, periodDays }) =>
      `${planId} ${startDate}..${endDate} (${days}/${periodDays})`,
  );
}

describe('the versions of a plan', () => {
  it('hold from their start, inclusive, to their end, exclusive', () => {
    expect(segments([plan({ effectiveFrom: '2026-10-11', effectiveUntil: '2026-10-21' })])).toEqual([
      'p1 2026-10-11..2026-10-20 (10/31)',
    ]);
    expect(segments([plan({ effectiveUntil: '2026-10-01' })])).toEqual([]);
    expect(segments([plan({ effectiveFrom: '2026-11-01' })])).toEqual([]);
    expect(segments([plan({ effectiveFrom: '2026-10-31' })])).toEqual(['p1 2026-10-31..2026-10-31 (1/31)']);
    expect(segments([plan({ effectiveUntil: '2026-10-02' })])).toEqual(['p1 2026-10-01..2026-10-01 (1/31)']);
  });

  it('end where the next one starts', () => {
    const versions = [plan(), plan({ planId: 'p2', effectiveFrom: '2026-10-16', ...recorded(3) })];
    expect(segments(versions)).toEqual(['p1 2026-10-01..2026-10-15 (15/31)', 'p2 2026-10-16..2026-10-31 (16/31)']);
    expect(segments(versions.reverse())).toHaveLength(2);
  });

  it('count as the later recorded one where two start on the same day', () => {
    const versions = [plan({ planId: 'later', ...recorded(9) }), plan({ planId: 'first', ...recorded(3) })];
    expect(segments(versions)).toEqual(['later 2026-10-01..2026-10-31 (31/31)']);
    const byPartition = [
      plan({ planId: 'b', ...recorded(3, { partition: 1 }) }),
      plan({ planId: 'a', ...recorded(3, { partition: 0 }) }),
    ];
    expect(segments(byPartition)).toEqual(['b 2026-10-01..2026-10-31 (31/31)']);
  });

  it('do not come back when the one that superseded them ends', () => {
    const versions = [
      plan(),
      plan({ planId: 'p2', effectiveFrom: '2026-10-11', effectiveUntil: '2026-10-21', ...recorded(3) }),
    ];
    expect(segments(versions)).toEqual(['p1 2026-10-01..2026-10-10 (10/31)', 'p2 2026-10-11..2026-10-20 (10/31)']);
  });

  it('leave days without a plan where they say so', () => {
    const versions = [
      plan({ effectiveUntil: '2026-10-11' }),
      plan({ planId: 'p2', effectiveFrom: '2026-10-21', ...recorded(3) }),
    ];
    expect(segments(versions)).toEqual(['p1 2026-10-01..2026-10-10 (10/31)', 'p2 2026-10-21..2026-10-31 (11/31)']);
  });

  it('begin and end at midnight of the billing time zone', () => {
    const period = calendarMonth('2026-11', 'America/New_York');
    const [first, second] = planSegments([plan(), plan({ effectiveFrom: '2026-11-02', ...recorded(3) })], period);
    expect(first!.end - first!.start).toBe(25 * 3_600_000);
    expect(second).toMatchObject({ start: first!.end, end: period.end });
  });

  it('may not change currency within a period', () => {
    const yen = plan({ currency: 'JPY', currencyExponent: 0, effectiveFrom: '2026-10-31', ...recorded(3) });
    expect(() => planSegments([plan(), yen], OCTOBER)).toThrow(
      expect.objectContaining({ code: 'PLAN_CURRENCY_CHANGED' }) as unknown,
    );
    expect(planSegments([plan(), { ...yen, effectiveFrom: '2026-11-01' }], OCTOBER)).toHaveLength(1);
  });

  it('remember where the plan id first started', () => {
    const [segment] = planSegments(
      [plan({ effectiveFrom: '2026-03-01' }), plan({ effectiveFrom: '2026-10-01', ...recorded(3) })],
      OCTOBER,
    );
    expect(segment!.planStart).toBe(instant('2026-03-01T00:00:00Z'));
  });

  it('cover instants', () => {
    const versions = [plan({ effectiveFrom: '2026-10-11', effectiveUntil: '2026-10-21' })];
    const covered = (iso: string, timeZone = 'UTC') => planAt(versions, instant(iso), timeZone) !== null;
    expect(covered('2026-10-11T00:00:00Z')).toBe(true);
    expect(covered('2026-10-10T23:59:59.999Z')).toBe(false);
    expect(covered('2026-10-20T23:59:59.999Z')).toBe(true);
    expect(covered('2026-10-21T00:00:00Z')).toBe(false);
    expect(covered('2026-10-21T00:00:00Z', 'America/New_York')).toBe(true);
    expect(planAt([], 0, 'UTC')).toBe(null);
  });
});

describe('terms that leave something out', () => {
  it('get the default rate or bands', () => {
    expect(withDefaultTerms({ ...revenueShare('0'), ratePpm: null }, 2).ratePpm).toBe(30_000);
    expect(withDefaultTerms({ ...hybrid('29', '0'), ratePpm: null }, 2).ratePpm).toBe(30_000);
    expect(withDefaultTerms(tiersLeftOut, 2).tiers).toEqual([
      { upToMinor: 500_000n, ratePpm: 30_000 },
      { upToMinor: 2_500_000n, ratePpm: 25_000 },
      { upToMinor: null, ratePpm: 20_000 },
    ]);
    expect(defaultTiers(0)[0]!.upToMinor).toBe(5_000n);
    expect(defaultTiers(3)[1]!.upToMinor).toBe(25_000_000n);
  });

  it('keep what they state', () => {
    expect(withDefaultTerms(revenueShare('0.01'), 2)).toEqual(revenueShare('0.01'));
    const banded = { ...tiered([null, '0.02']), type: 'hybrid' as const, baseFeeMinor: 1n };
    expect(withDefaultTerms(banded, 2)).toEqual(banded);
  });
});
