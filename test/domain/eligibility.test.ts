import { describe, expect, it } from 'vitest';
import { examineShop, isBillable } from '../../src/domain/eligibility.ts';
import type { PlanVersion, ShopStatus } from '../../src/domain/shop-facts.ts';
import { instant, OCTOBER, plan, recorded, registration } from './given.ts';

const shop = (registrations: ShopStatus[], plans: PlanVersion[] = [plan()]) => ({ shopId: 's1', registrations, plans });
const reason = (...registrations: ShopStatus[]) => {
  const examined = examineShop(shop(registrations), OCTOBER);
  return examined.kind === 'skip' ? examined.reason : 'billed';
};
const became = (status: string, on: string, at = 1) =>
  registration({ status, occurredAt: instant(on), ...recorded(at) });

describe('a shop', () => {
  it('is billed when it was active at some moment of the period', () => {
    expect(reason(became('active', '2026-01-01'))).toBe('billed');
    expect(reason(became('active', '2026-10-31T23:59:59.999Z'))).toBe('billed');
    expect(reason(became('active', '2026-01-01'), became('closed', '2026-10-01T00:00:00.001Z', 2))).toBe('billed');
    expect(
      reason(became('paused', '2026-01-01'), became('active', '2026-10-20', 2), became('closed', '2026-10-21', 3)),
    ).toBe('billed');
  });

  it('is inactive otherwise', () => {
    expect(reason(became('active', '2026-11-01T00:00:00Z'))).toBe('shop_inactive');
    expect(reason(became('active', '2026-01-01'), became('closed', '2026-10-01T00:00:00Z', 2))).toBe('shop_inactive');
    expect(reason(became('suspended', '2026-01-01'))).toBe('shop_inactive');
  });

  it('was not active when that was taken back at the same moment', () => {
    expect(reason(became('active', '2026-10-15', 1), became('closed', '2026-10-15', 2))).toBe('shop_inactive');
  });

  it('has the status of the time it occurred, not of the time it was recorded', () => {
    expect(reason(became('closed', '2026-02-01', 1), became('active', '2026-01-01', 2))).toBe('shop_inactive');
    expect(reason(became('closed', '2026-01-01', 2), became('active', '2026-01-01', 1))).toBe('shop_inactive');
    expect(reason(became('closed', '2026-01-01', 1), became('active', '2026-01-01', 2))).toBe('billed');
  });

  it('is not found when nobody registered it', () => {
    expect(examineShop(null, OCTOBER)).toEqual({ kind: 'skip', reason: 'shop_not_found', shopDomain: null });
    expect(reason()).toBe('shop_not_found');
  });

  it('needs a plan at some moment of the period', () => {
    const plans = [plan({ effectiveFrom: '2026-11-01' })];
    expect(examineShop(shop([registration()], plans), OCTOBER)).toMatchObject({ kind: 'skip', reason: 'no_plan' });
    expect(isBillable(shop([registration()], plans), OCTOBER)).toBe(false);
  });

  it('is named as it was at the end of the period', () => {
    const domains = [
      registration({ shopDomain: 'old', occurredAt: instant('2026-01-01') }),
      registration({ shopDomain: 'october', occurredAt: instant('2026-10-05') }),
      registration({ shopDomain: 'new', occurredAt: instant('2026-11-05') }),
    ];
    expect(examineShop(shop(domains), OCTOBER).shopDomain).toBe('october');
    expect(examineShop(shop(domains.slice(2)), OCTOBER).shopDomain).toBe('new');
  });

  it('whose plan cannot be rated is billable, so that it fails by name', () => {
    const yen = plan({ currency: 'JPY', currencyExponent: 0, effectiveFrom: '2026-10-15', ...recorded(3) });
    expect(isBillable(shop([registration()], [plan(), yen]), OCTOBER)).toBe(true);
    expect(isBillable(shop([registration()], [plan({ effectiveFrom: 'soon' })]), OCTOBER)).toBe(true);
    expect(isBillable(null, OCTOBER)).toBe(false);
  });
});
