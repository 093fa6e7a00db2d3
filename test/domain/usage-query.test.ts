import { describe, expect, it } from 'vitest';
import { planSegments } from '../../src/domain/plan.ts';
import type { PlanVersion } from '../../src/domain/shop-facts.ts';
import { usageQuery } from '../../src/domain/usage-query.ts';
import { instant, OCTOBER, plan, recorded, usd } from './given.ts';

/** `10-01..10-31` */
function asked(plans: PlanVersion[]) {
  const { windows, refundWindow } = usageQuery({
    shopId: 's1',
    segments: planSegments(plans, OCTOBER),
    period: OCTOBER,
  });
  const span = ({ start, end }: { start: number; end: number }) =>
    [start, end].map((at) => new Date(at).toISOString().slice(5, 10)).join('..');
  return {
    counted: windows.filter((one) => one.countInteractions).map(span),
    history: windows.filter((one) => !one.countInteractions).map(span),
    refunds: span(refundWindow),
  };
}

describe('what is read of the ledger', () => {
  it('is the period', () => {
    expect(asked([plan()])).toEqual({ counted: ['10-01..11-01'], history: [], refunds: '10-01..11-01' });
  });

  it('is cut where plans change, and days without one are counted too', () => {
    const plans = [
      plan({ effectiveFrom: '2026-10-05', effectiveUntil: '2026-10-11' }),
      plan({ effectiveFrom: '2026-10-21', ...recorded(3) }),
    ];
    expect(asked(plans).counted).toEqual(['10-01..10-05', '10-05..10-11', '10-11..10-21', '10-21..11-01']);
  });

  it('reaches back to the start of a plan in trial', () => {
    const trialThresholdMinor = usd('1000');
    const plans = [
      plan({ planId: 'a', effectiveFrom: '2026-03-01', trialThresholdMinor }),
      plan({ planId: 'b', effectiveFrom: '2026-06-01', trialThresholdMinor: 0n, ...recorded(3) }),
      plan({ planId: 'a', effectiveFrom: '2026-10-11', trialThresholdMinor, ...recorded(4) }),
    ];
    expect(asked(plans)).toEqual({
      counted: ['10-01..10-11', '10-11..11-01'],
      history: ['03-01..10-01'],
      refunds: '03-01..11-01',
    });
  });

  it('reads no time twice when two plans in trial look back', () => {
    const trialThresholdMinor = usd('1000');
    const plans = [
      plan({ planId: 'a', effectiveFrom: '2026-03-01', trialThresholdMinor }),
      plan({ planId: 'b', effectiveFrom: '2026-06-01', trialThresholdMinor, ...recorded(3) }),
      plan({ planId: 'a', effectiveFrom: '2026-10-11', trialThresholdMinor, ...recorded(4) }),
    ];
    expect(asked(plans).history).toEqual(['03-01..06-01', '06-01..10-01']);
  });

  it('does not reach back for a trial that starts within the period', () => {
    const plans = [plan({ effectiveFrom: '2026-10-11', trialThresholdMinor: 1n })];
    expect(asked(plans)).toEqual({
      counted: ['10-01..10-11', '10-11..11-01'],
      history: [],
      refunds: '10-01..11-01',
    });
    expect(usageQuery({ shopId: 's1', segments: [], period: OCTOBER }).refundWindow.start).toBe(
      instant('2026-10-01T00:00:00Z'),
    );
  });
});
