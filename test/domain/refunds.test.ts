import { describe, expect, it } from 'vitest';
import { applyRefunds } from '../../src/domain/refunds.ts';
import { NO_ORDERS, type OrderSeen } from '../../src/domain/order-facts.ts';
import type { PlanVersion, RefundSeen } from '../../src/domain/shop-facts.ts';
import { billOf, credits, instant, OCTOBER, plan, purchase, recorded, refund, usd } from './given.ts';

const order = (over: Partial<OrderSeen> = {}): OrderSeen => ({
  ...purchase('2026-09-05', { phoenix: '60.00', venus: '40.00' }, { orderTotalMinor: usd('200.00') }),
  ...recorded(4),
  raw: null,
  ...over,
});
const back = (amount: string, over: Partial<RefundSeen> = {}): RefundSeen => ({
  ...refund('2026-10-05', 'o1', amount),
  ...recorded(5),
  refundId: 'r1',
  ...over,
});

function apply(of: OrderSeen | null, refunds: RefundSeen[], { plans = [plan()], since = OCTOBER.start } = {}) {
  const orders = [{ orderId: 'o1', order: of, refunds }];
  return applyRefunds(orders, { ...NO_ORDERS, plans, currency: 'USD', period: OCTOBER, since });
}
/** `r1 phoenix 6.00, venus 4.00` as cents. */
const taken = (of: OrderSeen | null, ...refunds: RefundSeen[]) =>
  apply(of, refunds).applied.map(({ refundId, channels }) => [
    refundId,
    ...channels.map(({ channel, amountMinor }) => `${channel} ${amountMinor}`),
  ]);

describe('a refund without attributions', () => {
  it('takes its share of the order’s attributed total', () => {
    expect(taken(order(), back('20.00'))).toEqual([['r1', 'phoenix 600', 'venus 400']]);
    expect(taken(order(), back('20.00', { attributions: [] }))).toEqual([['r1', 'phoenix 600', 'venus 400']]);
  });

  it('rounds once, then splits by largest remainder', () => {
    // 0.03 of 200.00, of which half is attributed: 1.5 cents, 2 rounded; 60 : 40 gives 1.2 and 0.8.
    expect(taken(order(), back('0.03'))).toEqual([['r1', 'phoenix 1', 'venus 1']]);
    expect(taken(order(), back('0.01'))).toEqual([['r1', 'phoenix 1', 'venus 0']]);
  });

  it('takes nothing of an order without a total', () => {
    const empty = order({ orderTotalMinor: 0n, attributions: [] });
    expect(apply(empty, [back('20.00')]).applied).toMatchObject([{ takenMinor: 0n }]);
  });

  it('takes nothing of an order the app brought nothing of', () => {
    expect(apply(order({ attributions: [] }), [back('20.00')]).applied).toMatchObject([{ takenMinor: 0n }]);
  });
});

describe('a refund with attributions of its own', () => {
  it('takes those', () => {
    const attributions = credits({ phoenix: '14.00', venus: '6.00' });
    expect(taken(order(), back('20.00', { attributions }))).toEqual([['r1', 'phoenix 1400', 'venus 600']]);
  });

  it('adds up a channel named twice', () => {
    const attributions = [
      ...credits({ venus: '1.00' }),
      ...credits({ phoenix: '1.00' }),
      ...credits({ venus: '2.00' }),
    ];
    expect(taken(order(), back('20.00', { attributions }))).toEqual([['r1', 'phoenix 100', 'venus 300']]);
  });

  it('is capped, and spread by largest remainder', () => {
    const attributions = credits({ phoenix: '200.00', venus: '100.00' });
    expect(taken(order(), back('300.00', { attributions }))).toEqual([['r1', 'phoenix 6667', 'venus 3333']]);
  });

  it('takes nothing when they come to nothing', () => {
    expect(taken(order(), back('20.00', { attributions: credits({ phoenix: '0' }) }))).toEqual([['r1']]);
  });
});

describe('refunds of one order', () => {
  it('take at most what is left, in order of time', () => {
    const first = back('150.00', { refundId: 'z', occurredAt: instant('2026-10-03') });
    const second = back('150.00', { refundId: 'a', occurredAt: instant('2026-10-04') });
    const third = back('1.00', { refundId: 'b', occurredAt: instant('2026-10-05') });
    const amounts = apply(order(), [third, second, first]).applied.map((one) => [one.refundId, one.takenMinor]);
    expect(amounts).toEqual([
      ['z', usd('75.00')],
      ['a', usd('25.00')],
      ['b', 0n],
    ]);
  });

  it('then in order of id, as bytes', () => {
    const ids = ['b', 'B', 'ä', 'a'].map((refundId) => back('80.00', { refundId }));
    const amounts = apply(order(), ids).applied.map((one) => [one.refundId, one.takenMinor]);
    expect(amounts).toEqual([
      ['B', usd('40.00')],
      ['a', usd('40.00')],
      ['b', usd('20.00')],
      ['ä', 0n],
    ]);
  });

  it('count earlier periods first, and report only their own', () => {
    const earlier = back('180.00', { refundId: 'september', occurredAt: instant('2026-09-20') });
    const later = back('180.00', { refundId: 'november', occurredAt: instant('2026-11-01T00:00:00Z') });
    const { applied } = apply(order(), [back('180.00'), later, earlier]);
    expect(applied.map((one) => [one.refundId, one.takenMinor])).toEqual([['r1', usd('10.00')]]);
  });
});

describe('a refund that reduces nothing', () => {
  const reasons = (of: OrderSeen | null, one: RefundSeen, plans?: PlanVersion[]) => {
    const { applied, unapplied } = apply(of, [one], plans && { plans });
    expect(applied).toEqual([]);
    return unapplied.map(({ reason }) => reason);
  };

  it('is of an order not seen', () => {
    expect(apply(null, [back('20.00')]).unapplied).toEqual([
      { refundId: 'r1', orderId: 'o1', reason: 'order_not_seen', currency: 'USD', refundTotalMinor: usd('20.00') },
    ]);
  });

  it('or in another currency than its order', () => {
    expect(reasons(order(), back('20.00', { currency: 'EUR' }))).toEqual(['currency_differs']);
    expect(reasons(order({ currency: 'EUR' }), back('20.00'))).toEqual(['currency_differs']);
  });

  it('or of an order that no plan covered', () => {
    expect(reasons(order(), back('20.00'), [plan({ effectiveFrom: '2026-09-06' })])).toEqual(['order_not_covered']);
  });

  it('is not reported again in later periods', () => {
    const september = back('20.00', { occurredAt: instant('2026-09-20') });
    expect(apply(null, [september], { since: instant('2026-01-01') }).unapplied).toEqual([]);
  });

  it('uses nothing up', () => {
    const euros = back('200.00', { refundId: 'a', currency: 'EUR', occurredAt: instant('2026-10-02') });
    expect(taken(order(), euros, back('200.00'))).toEqual([['r1', 'phoenix 6000', 'venus 4000']]);
  });
});

describe('a refund that cannot be rated', () => {
  it('is of an order in a foreign currency that brought revenue', () => {
    const euros = { currency: 'EUR' };
    expect(() => apply(order(euros), [back('20.00', euros)])).toThrow(
      expect.objectContaining({ code: 'FX_RATE_MISSING' }) as unknown,
    );
    expect(apply(order({ ...euros, attributions: [] }), [back('20.00', euros)]).applied).toMatchObject([
      { takenMinor: 0n },
    ]);
  });
});

describe('refunds on a bill', () => {
  it('count in the period and the segment in which they occurred', () => {
    const purchases = [
      purchase('2026-09-05', { phoenix: '1000' }, { orderId: 'o1' }),
      purchase('2026-10-20', { venus: '500' }),
    ];
    const plans = [plan(), plan({ effectiveFrom: '2026-10-16', ...recorded(3) })];
    const refunds = [refund('2026-10-02', 'o1', '100'), refund('2026-11-01', 'o1', '100')];
    const bill = billOf({ plans, purchases, refunds });
    expect(bill.segments.map(({ refundedMinor }) => refundedMinor)).toEqual([usd('100'), 0n]);
    expect(bill.segments.map(({ feeMinor }) => feeMinor)).toEqual([usd('-3.00'), usd('15.00')]);
    expect(bill.metrics).toMatchObject({
      attributedMinor: usd('500'),
      refundedMinor: usd('100'),
      netMinor: usd('400'),
    });
  });

  it('belong to the segment that begins when they occur', () => {
    const purchases = [purchase('2026-09-05', { phoenix: '1000' }, { orderId: 'o1' })];
    const plans = [plan(), plan({ effectiveFrom: '2026-10-16', ...recorded(3) })];
    const refunds = ['2026-10-01T00:00:00Z', '2026-10-16T00:00:00Z', '2026-10-31T23:59:59.999Z'].map((on) =>
      refund(on, 'o1', '10'),
    );
    const bill = billOf({ plans, purchases, refunds });
    expect(bill.segments.map(({ refundedMinor }) => refundedMinor)).toEqual([usd('10'), usd('20')]);
  });

  it('take channels out of the split that have nothing left', () => {
    const purchases = [purchase('2026-10-05', { phoenix: '60', venus: '40' }, { orderId: 'o1' })];
    const refunds = [refund('2026-10-06', 'o1', '50', { attributions: credits({ venus: '50' }) })];
    const bill = billOf({ purchases, refunds });
    expect(bill.lines.map(({ channel, amountMinor }) => [channel, amountMinor])).toEqual([['phoenix', usd('1.50')]]);
  });

  it('are listed where they reduce nothing', () => {
    const bill = billOf({ refunds: [refund('2026-10-06', 'never seen', '50')] });
    expect(bill.unappliedRefunds).toMatchObject([{ orderId: 'never seen', reason: 'order_not_seen' }]);
    expect(bill.outcome).toBe('zero');
  });
});
