import { describe, expect, it, test } from 'vitest';
import { calendarMonth } from '../../src/domain/billing-period.ts';
import type { FraudCheck } from '../../src/domain/events.ts';
import type { InteractionRecorded } from '../../src/domain/facts.ts';
import { decide } from '../../src/domain/shop-bill.ts';
import { NO_LIMITS } from './fraud-given.ts';
import {
  billOf,
  click,
  decideIn,
  instant,
  interaction,
  order,
  OCTOBER,
  plan,
  purchase,
  quote,
  refund,
  request,
  shopFacts,
  usd,
  type World,
} from './given.ts';

const NOON = instant('2026-10-10T12:00:00Z');

/** One address within an hour: so many sessions of one click each, by something that says it is a bot. */
const farm = (sessions: number): InteractionRecorded[] =>
  Array.from({ length: sessions }, (_, index) =>
    interaction('2026-10-10', 'phoenix', {
      ...{ interactionId: `i${index}`, occurredAt: NOON + index * 1_000, interactionType: 'click' },
      ...{ sessionId: `z${index}`, ipAddress: '203.0.113.9', userAgent: 'somebot' },
    }),
  );
const SALE = purchase('2026-10-05', { phoenix: '1000.00' }, { customerId: 'c1' });
/** `bot_traffic` and `click_farm`; with a sale to somebody never seen `revenue_manipulation` too. */
const MEDIUM: World = { interactions: farm(60) };
const HIGH: World = { ...MEDIUM, purchases: [SALE] };

const check = (code: string, world: World): FraudCheck => billOf(world).fraud!.checks.find((one) => one.code === code)!;

describe('a bill with a positive total', () => {
  test.each([
    ['none', { purchases: [SALE] }, 'invoiced', ['ShopBillCalculated']],
    [
      'low',
      { purchases: [SALE], refunds: [refund('2026-10-06', SALE.orderId, '500.01')] },
      'invoiced',
      ['ShopBillCalculated', 'FraudFlagged'],
    ],
    [
      'medium',
      { ...MEDIUM, purchases: [purchase('2026-10-05', { phoenix: '999.00' })] },
      'invoiced',
      ['ShopBillCalculated', 'FraudFlagged'],
    ],
    ['high', HIGH, 'held', ['ShopBillCalculated', 'FraudFlagged']],
  ] as const)('of level %s', (level, world: World, outcome, types) => {
    const { outcome: decided, events, invoice } = decideIn(world);
    expect(decided).toBe(outcome);
    expect(events.map(({ type }) => type)).toEqual(types);
    expect(billOf(world)).toMatchObject({ outcome, fraud: { level } });
    expect(invoice === null).toBe(outcome === 'held');
  });

  it('is calculated in a dry run, with the level and the flag beside it', () => {
    const { outcome, events, invoice } = decideIn(HIGH, { dryRun: true });
    expect({ outcome, invoice }).toEqual({ outcome: 'calculated', invoice: null });
    expect(events).toMatchObject([
      { type: 'ShopBillCalculated', data: { fraud: { level: 'high' } } },
      { type: 'FraudFlagged', data: { dryRun: true } },
    ]);
  });

  it('that is held has the amounts it would have had', () => {
    const { fraud: _, outcome: held, ...bill } = billOf(HIGH);
    const {
      fraud: __,
      outcome: invoiced,
      ...unsuspected
    } = billOf({
      ...HIGH,
      plans: [plan({ fraudProfile: { ...NO_LIMITS, maxSessionsPerIpHour: 60 } })],
    });
    expect([held, invoiced]).toEqual(['held', 'invoiced']);
    expect({ ...bill, segments: [] }).toEqual({ ...unsuspected, segments: [] });
  });

  it('is flagged with the assessment of the bill, at the same place in the shop’s sequence', () => {
    const bill = billOf(HIGH);
    const { runId, shopId, shopSequence, dryRun, period, billId, fraud, calculatedAt } = bill;
    expect(decideIn(HIGH).events[1]!.data).toEqual({
      ...{ runId, shopId, shopSequence, dryRun, period, billId },
      assessment: fraud,
      flaggedAt: calculatedAt,
    });
  });
});

describe('a bill without a positive total is flagged, and never held', () => {
  test.each([
    ['zero', MEDIUM],
    ['zero', { ...HIGH, plans: [plan({ maximumFeeMinor: 0n })] }],
    ['trial', { ...HIGH, plans: [plan({ trialThresholdMinor: usd('5000.00') })] }],
    [
      'credit',
      {
        ...HIGH,
        purchases: [purchase('2026-09-05', { phoenix: '5000.00' }, { orderId: 'september' }), SALE],
        refunds: [refund('2026-10-06', 'september', '5000.00')],
      },
    ],
  ] as const)('%s', (outcome, world: World) => {
    const decision = decideIn(world);
    expect(decision.outcome).toBe(outcome);
    expect(decision.events.map(({ type }) => type)).toEqual(['ShopBillCalculated', 'FraudFlagged']);
  });
});

describe('the limits', () => {
  const tight = { ...NO_LIMITS, maxSessionsPerIpHour: 59 };
  const loose = { ...NO_LIMITS, maxSessionsPerIpHour: 60 };

  test.each([
    ['triggered', loose, tight],
    ['clear', tight, loose],
    ['triggered', loose, null],
  ])('are those of the last segment: %s', (state, before, after) => {
    const plans = [
      plan({ fraudProfile: before }),
      plan({ effectiveFrom: '2026-10-20', fraudProfile: after, recordedAt: 3 }),
    ];
    expect(check('click_farm', { ...MEDIUM, plans }).state).toBe(state);
  });
});

describe('the quote to USD', () => {
  const plans = [plan({ currency: 'EUR' })];
  const purchases = [purchase('2026-10-05', { phoenix: '9999.00' }, { currency: 'EUR' })];
  const threshold = (...quotes: World['quotes'] & object) =>
    check('suspicious_revenue_pattern', { plans, purchases, quotes });

  test.each([
    ['of the last day', '2026-10-31', 'triggered'],
    ['14 days old', '2026-10-17', 'triggered'],
    ['15 days old', '2026-10-16', 'not_evaluated'],
    ['of the day after', '2026-11-01', 'not_evaluated'],
  ])('%s', (_, asOf, state) => {
    expect(threshold(quote('EUR', 'USD', '1.1', asOf)).state).toBe(state);
  });

  it('is the newest, never an inverse one, and not one of the day of the sale', () => {
    const newest = quote('EUR', 'USD', '1', '2026-10-30');
    expect(threshold(quote('EUR', 'USD', '1.1', '2026-10-29'), newest).threshold).toContain('10000.00 EUR');
    expect(threshold(quote('USD', 'EUR', '0.9', '2026-10-31')).state).toBe('not_evaluated');
    expect(threshold(quote('EUR', 'USD', '1.1', '2026-10-05')).state).toBe('not_evaluated');
  });

  it('is of the last day where the shop is billed, at whatever moment that ends elsewhere', () => {
    const period = calendarMonth('2026-10', 'America/New_York');
    const world = { plans, purchases, quotes: [quote('EUR', 'USD', '1.1', '2026-11-01')] };
    const [calculated] = decide(shopFacts(world, period), request({ period })).events;
    expect(calculated!.data).toMatchObject({ fraud: { level: 'none' } });
  });
});

describe('purchases count with what they brought in the currency of the plan', () => {
  const hourOf = (world: World) => check('suspicious_revenue_pattern', world);

  it('when they were in another', () => {
    const inEuros = purchase('2026-10-05', { phoenix: '6000.00' }, { currency: 'EUR', orderId: 'euros' });
    const inDollars = purchase('2026-10-05', { phoenix: '4000.00' }, { orderId: 'dollars' });
    const quotes = [quote('EUR', 'USD', '1.1', '2026-10-05')];
    expect(hourOf({ purchases: [inEuros, inDollars], quotes })).toMatchObject({
      state: 'triggered',
      observed: '10600.00 USD in 1 h; at most 10600.00 USD in 24 h',
      evidence: ['dollars', 'euros'],
    });
  });

  it('when they were raw', () => {
    const raw = order('2026-10-05', { x1: '12000.00' }, { orderId: 'raw' });
    expect(hourOf({ orders: [raw], interactions: [click('2026-10-04', 'x1')] })).toMatchObject({
      state: 'triggered',
      evidence: ['raw'],
    });
    expect(hourOf({ orders: [raw] })).toMatchObject({ state: 'clear' });
  });
});

test('interactions outside the period are in no check, but for the 30 days before a purchase', () => {
  const before = interaction('2026-09-10', 'phoenix', { customerId: 'c1' });
  expect(check('revenue_manipulation', { purchases: [SALE], interactions: [before] })).toMatchObject({
    state: 'clear',
  });
  expect(check('excessive_interactions', { purchases: [SALE], interactions: [before] })).toMatchObject({
    observed: 'at most 0 in 1 h; at most 0 in 24 h',
  });
  expect(OCTOBER.start).toBeGreaterThan(before.occurredAt);
});
