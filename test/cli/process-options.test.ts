import { describe, expect, it } from 'vitest';
import { askOf, type ProcessOptions } from '../../src/cli/process.ts';

const NOW = Date.UTC(2026, 10, 23);
const ask = (options: Partial<ProcessOptions>) => askOf({ wait: true, ...options }, { timeZone: 'UTC' }, NOW);

describe('what process asks for', () => {
  it('is the month before now for all shops, when nothing is said', () => {
    expect(ask({})).toMatchObject({
      shopIds: null,
      period: null,
      periodStart: null,
      periodEnd: null,
      dryRun: false,
      force: false,
      trigger: { source: 'cli', deliveryId: null },
    });
  });

  it('is what the flags say', () => {
    expect(ask({ shopIds: ['a', 'b'], period: '2026-10', dryRun: true, force: true })).toMatchObject({
      shopIds: ['a', 'b'],
      period: '2026-10',
      dryRun: true,
      force: true,
    });
    expect(ask({ periodStart: '2026-10-05', periodEnd: '2026-10-07', dryRun: true })).toMatchObject({
      periodStart: '2026-10-05',
      periodEnd: '2026-10-07',
    });
  });

  it.each([
    [{ previousMonth: true, period: '2026-10' }, 'USAGE'],
    [{ previousMonth: true, periodStart: '2026-10-01', periodEnd: '2026-10-31' }, 'USAGE'],
    [{ period: '2026-13' }, 'PERIOD_INVALID'],
    [{ period: 'october' }, 'PERIOD_INVALID'],
    [{ period: '2026-10', periodStart: '2026-10-01' }, 'PERIOD_INVALID'],
    [{ periodStart: '2026-10-01' }, 'PERIOD_INVALID'],
    [{ periodStart: '2026-10-31', periodEnd: '2026-10-01' }, 'PERIOD_INVALID'],
    [{ periodStart: '2026-10-05', periodEnd: '2026-10-07' }, 'PERIOD_INVALID'],
    [{ period: '2026-11' }, 'PERIOD_NOT_ENDED'],
  ] as const)('%o is refused before anything is connected: %s', (options, code) => {
    expect(() => ask(options)).toThrow(expect.objectContaining({ code }) as Error);
  });
});
