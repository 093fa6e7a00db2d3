import { expect, test } from 'vitest';
import type { FactLine, InteractionLine } from '../fact-lines.ts';
import { billOf, later, outcomeOf, plan, purchase, quote, refund, several, shop, touch } from '../small-world.ts';

const NOON = '2026-10-15T12:00:00Z';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const start = [shop(), plan()];
const view = (afterMs: number, fields: Partial<InteractionLine> = {}) =>
  touch({ occurredAt: later(NOON, afterMs), interactionType: 'view', ...fields });
const stateOf = (code: string, facts: readonly FactLine[]) =>
  billOf([...start, ...facts]).fraud.checks.find((check) => check.code === code)?.state;

test('excessive interactions: more than 1000 in an hour, the first of which is not an hour old', () => {
  const state = (count: number, lastMs: number) =>
    stateOf('excessive_interactions', [...several(count - 1, () => view(0)), view(lastMs)]);
  expect(state(1000, 0)).toBe('clear');
  expect(state(1001, HOUR - 1)).toBe('triggered');
  expect(state(1001, HOUR)).toBe('clear');
});

test('excessive interactions: the limit of a day, as the profile sets it', () => {
  const profile = plan({ fraudProfile: { maxInteractionsPerDay: 3 } });
  const state = (lastMs: number) =>
    stateOf('excessive_interactions', [profile, ...several(3, (place) => view(place * HOUR)), view(lastMs)]);
  expect([state(DAY - 1), state(DAY)]).toEqual(['triggered', 'clear']);
});

test('windows slide inside the period', () => {
  const profile = plan({ fraudProfile: { maxInteractionsPerHour: 1 } });
  const at = (occurredAt: string) => touch({ occurredAt });
  const facts = [profile, at('2026-10-31T23:59:59Z'), at('2026-11-01T00:00:00Z')];
  expect(stateOf('excessive_interactions', facts)).toBe('clear');
});

test('rapid fire: more than 50 clicks of one session in 60 seconds', () => {
  const click = (ms: number, fields: Partial<InteractionLine> = {}) =>
    view(ms, { interactionType: 'click', sessionId: 'fast', ...fields });
  const state = (...last: FactLine[]) => stateOf('rapid_fire_clicks', [...several(50, () => click(0)), ...last]);
  expect(state(click(MINUTE - 1))).toBe('triggered');
  expect(state(click(MINUTE))).toBe('clear');
  expect(state(click(1, { sessionId: 'slow' }), view(1, { sessionId: 'fast' }), click(1, { sessionId: null }))).toBe(
    'clear',
  );
});

test('conversion rate: with at least 200 interactions', () => {
  const state = (interactions: number, conversions: number) =>
    stateOf('unusual_conversion_rate', [
      ...several(interactions, (place) => view(place * HOUR)),
      ...several(conversions, () => purchase('1.00')),
    ]);
  expect(state(199, 0)).toBe('clear');
  expect(state(200, 0)).toBe('triggered');
  expect(state(200, 1)).toBe('clear');
  expect(state(200, 100)).toBe('clear');
  expect(state(200, 101)).toBe('triggered');
});

test('suspicious revenue: above 10 000 USD in an hour or 100 000 in a day', () => {
  const sold = (...sales: [string, number][]) =>
    stateOf(
      'suspicious_revenue_pattern',
      sales.map(([amount, ms]) => purchase(amount, { occurredAt: later(NOON, ms) })),
    );
  expect(sold(['10000.00', 0])).toBe('clear');
  expect(sold(['5000.00', 0], ['5000.01', HOUR - 1])).toBe('triggered');
  expect(sold(['5000.00', 0], ['5000.01', HOUR])).toBe('clear');
  const tenThousands = several(10, () => 0).map((_, place): [string, number] => ['10000.00', place * HOUR]);
  expect(sold(...tenThousands, ['0.01', DAY - 1])).toBe('triggered');
  expect(sold(...tenThousands, ['0.01', DAY])).toBe('clear');
});

test('suspicious revenue in another currency: by the quote at the end of the period, or by the profile', () => {
  const euros = (amount: string, ...more: FactLine[]) => [
    shop(),
    plan({ currency: 'EUR' }),
    purchase(amount, { currency: 'EUR' }),
    ...more,
  ];
  const state = (facts: FactLine[]) => billOf(facts).fraud.checks[3]?.state;
  const quoted = (asOf: string) => quote('EUR', '1.25', asOf);
  expect(state(euros('8000.00', quoted('2026-10-31')))).toBe('clear');
  expect(state(euros('8000.01', quoted('2026-10-17')))).toBe('triggered');
  expect(state(euros('8000.01', quoted('2026-10-16')))).toBe('not_evaluated');
  expect(state(euros('8000.01', quoted('2026-11-01')))).toBe('not_evaluated');
  const inEuros = (fraudProfile: object) => state([...euros('500.01'), plan({ currency: 'EUR', fraudProfile })]);
  expect(inEuros({ maxRevenuePerHour: '500.00', maxRevenuePerDay: '600.00' })).toBe('triggered');
  expect(inEuros({ maxRevenuePerHour: '600.00', maxRevenuePerDay: '600.00' })).toBe('clear');
  expect(inEuros({ maxRevenuePerHour: '500.00' })).toBe('triggered');
  expect(inEuros({ maxRevenuePerHour: '600.00' })).toBe('not_evaluated');
});

test('bots: one address, many short sessions, or many that say so', () => {
  const state = (facts: FactLine[]) => stateOf('bot_traffic', facts);
  const address = (count: number) => several(count, () => view(0, { ipAddress: '203.0.113.9', sessionId: null }));
  expect([state(address(100)), state(address(101))]).toEqual(['clear', 'triggered']);

  const sessions = (short: number, long: number) =>
    [...several(short, () => 999), ...several(long, () => 1000)].flatMap((length, place) => [
      view(place * HOUR, { sessionId: `z${place}` }),
      view(place * HOUR + length, { sessionId: `z${place}` }),
    ]);
  const single = view(0, { sessionId: 'single' });
  expect(state([...sessions(17, 3), single])).toBe('triggered');
  expect(state([...sessions(16, 4), single])).toBe('clear');
  expect(state([...sessions(19, 0), single])).toBe('clear');

  const agents = (bots: number, people: number) => [
    ...several(bots, () => view(0, { userAgent: 'a bot', sessionId: null })),
    ...several(people, () => view(0, { sessionId: null })),
  ];
  expect(state(agents(26, 24))).toBe('triggered');
  expect(state(agents(25, 25))).toBe('clear');
  expect(state(agents(49, 0))).toBe('clear');
});

test('click farm: more than 50 sessions of one address in an hour', () => {
  const state = (count: number, lastMs: number) =>
    stateOf('click_farm', [
      ...several(count - 1, (place) => view(0, { ipAddress: 'a', sessionId: `z${place}` })),
      ...several(10, () => view(0, { ipAddress: 'a', sessionId: 'z0' })),
      view(lastMs, { ipAddress: 'a', sessionId: 'last' }),
      view(lastMs, { ipAddress: 'b', sessionId: 'elsewhere' }),
    ]);
  expect([state(50, 0), state(51, HOUR - 1), state(51, HOUR)]).toEqual(['clear', 'triggered', 'clear']);
});

test('revenue manipulation: customers whom nobody ever saw', () => {
  const seen = touch({ customerId: 'seen', occurredAt: '2026-09-20T12:00:00Z' });
  const sold = (amount: string, customerId: string | null, occurredAt = NOON) =>
    purchase(amount, { customerId, occurredAt });
  const state = (...facts: FactLine[]) => stateOf('revenue_manipulation', [seen, ...facts]);
  expect(state(sold('500.00', 'seen'), sold('500.00', 'ghost'))).toBe('clear');
  expect(state(sold('499.99', 'seen'), sold('500.01', 'ghost'))).toBe('triggered');
  expect(state(sold('499.99', 'seen'), sold('500.00', 'ghost'))).toBe('clear');
  expect(state(sold('1.00', 'seen'), sold('2000.00', null))).toBe('clear');
  // The interaction is 30 days old, and then a millisecond more.
  expect(state(sold('1000.00', 'seen', '2026-10-20T12:00:00Z'))).toBe('clear');
  expect(state(sold('1000.00', 'seen', '2026-10-20T12:00:00.001Z'))).toBe('triggered');
  // Without any interaction this half says nothing.
  expect(stateOf('revenue_manipulation', [sold('1000.00', 'ghost')])).toBe('clear');
});

test('revenue manipulation: over half refunded', () => {
  const order = purchase('1000.00');
  const state = (amount: string) => stateOf('revenue_manipulation', [order, refund(order.orderId, amount)]);
  expect([state('500.00'), state('500.01')]).toEqual(['clear', 'triggered']);
  const dinars = [
    shop(),
    plan({ currency: 'KWD' }),
    quote('KWD', '3.25', '2026-10-31'),
    { ...order, currency: 'KWD', orderTotal: '307.693', attributions: [{ channel: 'venus', amount: '307.693' }] },
    { ...refund(order.orderId, '200.000'), currency: 'KWD' },
  ];
  expect(billOf(dinars).fraud.checks[6]?.state).toBe('triggered');
  expect(billOf(dinars.filter(({ type }) => type !== 'FxRateQuoted')).fraud.checks[6]?.state).toBe('not_evaluated');
});

test('without interactions the checks that need them do not apply', () => {
  const states = (facts: FactLine[]) => billOf([...start, ...facts]).fraud.checks.map(({ state }) => state);
  const none = 'not_applicable';
  expect(states([])).toEqual([none, none, none, 'clear', none, none, 'clear']);
  expect(states([touch({ occurredAt: '2025-01-01T00:00:00Z' })])).toEqual(Array(7).fill('clear'));
});

test('levels, confidence, and what is held', () => {
  // Each of these is one triggered check.
  const signs = {
    interactions: { maxInteractionsPerHour: 1 },
    clicks: { maxClicksPerSessionMinute: 1 },
    address: { maxInteractionsPerIpHour: 1 },
    farm: { maxSessionsPerIpHour: 1 },
  };
  const facts = (count: number) => [
    shop(),
    plan({ fraudProfile: Object.assign({}, ...Object.values(signs).slice(0, count)) as object }),
    purchase('100.00'),
    ...['a', 'a', 'b'].map((sessionId) => touch({ sessionId, ipAddress: '203.0.113.9' })),
  ];
  const seen = [0, 1, 2, 3, 4].map((count) => {
    const { bill, outcome } = outcomeOf(facts(count));
    return [bill?.fraud.level, bill?.fraud.confidenceTenths, bill?.fraud.isFlagged, outcome];
  });
  expect(seen).toEqual([
    ['none', 1, false, 'invoiced'],
    ['low', 5, true, 'invoiced'],
    ['medium', 7, true, 'invoiced'],
    ['high', 9, true, 'held'],
    ['critical', 9, true, 'held'],
  ]);
  expect(outcomeOf(facts(4).filter(({ type }) => type !== 'PurchaseAttributed')).outcome).toBe('zero');
});
