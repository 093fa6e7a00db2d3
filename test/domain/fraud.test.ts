import { describe, expect, it, test } from 'vitest';
import { calendarMonth } from '../../src/domain/billing-period.ts';
import type { FraudCheck } from '../../src/domain/events.ts';
import type { FraudProfile, InteractionRecorded, PurchaseAttributed } from '../../src/domain/facts.ts';
import { assessFraud } from '../../src/domain/fraud.ts';
import { fraudLimits } from '../../src/domain/fraud-limits.ts';
import { NO_INTERACTIONS } from '../../src/domain/fraud-signals.ts';
import { assess, type FraudWorld } from './fraud-given.ts';
import { assigned, instant, interaction, OCTOBER, purchase, usd } from './given.ts';

const NOON = instant('2026-10-10T12:00:00Z');
const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];

/** So many interactions, each a moment later than the one before. */
function interactions(
  count: number,
  over: Partial<InteractionRecorded> | ((index: number) => Partial<InteractionRecorded>) = {},
  { from = NOON, everyMs = 1, name = 'i' } = {},
): InteractionRecorded[] {
  return Array.from({ length: count }, (_, index) =>
    interaction('2026-10-10', 'phoenix', {
      interactionId: `${name}${String(index).padStart(5, '0')}`,
      occurredAt: from + index * everyMs,
      ...(typeof over === 'function' ? over(index) : over),
    }),
  );
}

function bought(orderId: string, amount: string, over: Partial<PurchaseAttributed> = {}): PurchaseAttributed {
  return purchase('2026-10-10', { phoenix: amount }, { orderId, occurredAt: NOON, ...over });
}

function check(code: string, world: FraudWorld): FraudCheck {
  return assess(world).checks.find((one) => one.code === code)!;
}

const state = (code: string, world: FraudWorld) => check(code, world).state;

describe('excessive_interactions', () => {
  const spread = (count: number, lastAt: number) => [
    ...interactions(count - 1),
    ...interactions(1, {}, { from: lastAt, name: 'last' }),
  ];
  test.each([
    ['1,000 in an hour', interactions(1_000), 'clear'],
    ['1,001 in an hour', interactions(1_001), 'triggered'],
    ['1,001 at one moment', interactions(1_001, {}, { everyMs: 0 }), 'triggered'],
    ['1,001 of which the last is just within the hour', spread(1_001, NOON + HOUR - 1), 'triggered'],
    ['1,001 of which the last is an hour after the first', spread(1_001, NOON + HOUR), 'clear'],
    ['10,000 in 24 hours', interactions(10_000, {}, { everyMs: 8_640 }), 'clear'],
    ['10,001 in 24 hours', interactions(10_001, {}, { everyMs: 8_639 }), 'triggered'],
    ['10,001 in 24 hours and a moment', interactions(10_001, {}, { everyMs: 8_640 }), 'clear'],
  ] as const)('%s', (_, seen, expected) => {
    expect(state('excessive_interactions', { interactions: seen })).toBe(expected);
  });

  it('looks at the period only: a window does not reach over its start', () => {
    const around = interactions(1_200, {}, { from: OCTOBER.start - 600 });
    expect(check('excessive_interactions', { interactions: around })).toMatchObject({
      state: 'clear',
      observed: 'at most 600 in 1 h; at most 600 in 24 h',
    });
  });

  it('shows the fullest window and its first ten interactions', () => {
    const profile = { maxInteractionsPerHour: 11 };
    const seen = [...interactions(5, {}, { name: 'few' }), ...interactions(12, {}, { from: NOON + DAY, name: 'many' })];
    expect(check('excessive_interactions', { interactions: seen, profile })).toEqual({
      code: 'excessive_interactions',
      state: 'triggered',
      observed: '12 in 1 h; at most 17 in 24 h',
      threshold: '11 in 1 h; 10000 in 24 h',
      evidence: Array.from({ length: 10 }, (_, index) => `many0000${index}`),
    });
  });
});

describe('rapid_fire_clicks', () => {
  const click = { interactionType: 'click', sessionId: 'z1' } as const;
  test.each([
    ['50 clicks of a session in a minute', interactions(50, click), 'clear'],
    ['51 clicks of a session in a minute', interactions(51, click), 'triggered'],
    ['51 clicks over just less than a minute', interactions(51, click, { everyMs: 1_199 }), 'triggered'],
    ['51 clicks over exactly a minute', interactions(51, click, { everyMs: 1_200 }), 'clear'],
    ['51 views of a session', interactions(51, { sessionId: 'z1' }), 'clear'],
    ['51 clicks of two sessions', interactions(51, (n) => ({ ...click, sessionId: `z${n % 2}` })), 'clear'],
    ['51 clicks without a session', interactions(51, { ...click, sessionId: null }), 'clear'],
  ] as const)('%s', (_, seen, expected) => {
    expect(state('rapid_fire_clicks', { interactions: seen })).toBe(expected);
  });

  it('names the sessions, the fastest first', () => {
    const seen = [
      ...interactions(51, click, { name: 'a' }),
      ...interactions(60, { ...click, sessionId: 'z9' }, { name: 'b' }),
      ...interactions(51, { ...click, sessionId: 'z0' }, { name: 'c' }),
    ];
    expect(check('rapid_fire_clicks', { interactions: seen })).toMatchObject({
      observed: '60 clicks of one session in 60 s',
      threshold: '50 clicks of one session in 60 s',
      evidence: ['z9', 'z0', 'z1'],
    });
  });
});

describe('unusual_conversion_rate', () => {
  const conversions = (count: number) => Array.from({ length: count }, (_, index) => bought(`o${index}`, '1.00'));
  const hourly = (count: number) => interactions(count, {}, { from: OCTOBER.start, everyMs: 600_000 });
  test.each([
    ['0 of 199', 0, 199, 'clear', '0 conversions of 199 interactions'],
    ['0 of 200', 0, 200, 'triggered', '0: 0 conversions of 200 interactions'],
    ['1 of 1,000, exactly the lower limit', 1, 1_000, 'clear', '0.001: 1 conversions of 1000 interactions'],
    ['1 of 1,001', 1, 1_001, 'triggered', '0.000999: 1 conversions of 1001 interactions'],
    ['100 of 200, exactly the upper limit', 100, 200, 'clear', '0.5: 100 conversions of 200 interactions'],
    ['101 of 200', 101, 200, 'triggered', '0.505: 101 conversions of 200 interactions'],
    ['150 of 199', 150, 199, 'clear', '150 conversions of 199 interactions'],
  ] as const)('%s', (_, converted, seen, expected, observed) => {
    const world = { interactions: hourly(seen), purchases: conversions(converted) };
    expect(check('unusual_conversion_rate', world)).toMatchObject({ state: expected, observed, evidence: [] });
  });

  it('of a shop that interacted before, but not in the period, is no division by zero', () => {
    const world = { interactions: interactions(1, {}, { from: OCTOBER.start - 1 }), purchases: conversions(3) };
    expect(check('unusual_conversion_rate', world)).toMatchObject({
      state: 'clear',
      observed: '3 conversions of 0 interactions',
    });
  });
});

describe('suspicious_revenue_pattern', () => {
  const two = (first: string, second: string, gapMs: number) => [
    bought('o1', first),
    bought('o2', second, { occurredAt: NOON + gapMs }),
  ];
  const inParts = (last: string) => [
    ...Array.from({ length: 10 }, (_, n) => bought(`o${n}`, '9990.00', { occurredAt: NOON + n * 2 * HOUR })),
    bought('last', last, { occurredAt: NOON + DAY - 1 }),
  ];
  test.each([
    ['10,000.00 in an hour', two('5000.00', '5000.00', 0), 'clear'],
    ['10,000.01 in an hour', two('5000.00', '5000.01', 0), 'triggered'],
    ['10,000.01 just within the hour', two('5000.00', '5000.01', HOUR - 1), 'triggered'],
    ['10,000.01 an hour apart', two('5000.00', '5000.01', HOUR), 'clear'],
    ['100,000.00 in a day', inParts('100.00'), 'clear'],
    ['100,000.01 in a day', inParts('100.01'), 'triggered'],
  ] as const)('%s', (_, purchases, expected) => {
    expect(state('suspicious_revenue_pattern', { purchases })).toBe(expected);
  });

  it('counts what the app brought, not what was ordered, and needs no interaction', () => {
    const big = bought('o1', '50.00', { orderTotalMinor: usd('20000.00') });
    expect(check('suspicious_revenue_pattern', { purchases: [big] })).toMatchObject({
      state: 'clear',
      observed: 'at most 50.00 USD in 1 h; at most 50.00 USD in 24 h',
      threshold: '10000.00 USD in 1 h; 100000.00 USD in 24 h',
    });
  });

  it('names the orders of the window, those that brought nothing left out', () => {
    const purchases = [bought('o1', '9000.00'), bought('o2', '0.00'), bought('o3', '1000.01')];
    expect(check('suspicious_revenue_pattern', { purchases }).evidence).toEqual(['o1', 'o3']);
  });

  describe('in another currency', () => {
    // 1 EUR is 1.10 USD: 10,000 USD are 9,090.909… EUR.
    const usdQuote = { base: 'EUR', quote: 'USD', rateUnscaled: 11n, rateScale: 1, asOf: '2026-10-31' };
    const plan = { currency: 'EUR' };
    const inEuros = (amount: string) => [bought('o1', amount, { currency: 'EUR' })];

    test.each([
      ['9090.90', 'clear'],
      ['9090.91', 'triggered'],
    ])('%s EUR at 1.10: the limit is converted, and not rounded before it is compared', (amount, expected) => {
      expect(check('suspicious_revenue_pattern', { purchases: inEuros(amount), plan, usdQuote })).toMatchObject({
        state: expected,
        threshold: '9090.91 EUR (10000.00 USD) in 1 h; 90909.09 EUR (100000.00 USD) in 24 h',
      });
    });

    it('is not evaluated without a quote', () => {
      expect(check('suspicious_revenue_pattern', { purchases: inEuros('1.00'), plan })).toEqual({
        code: 'suspicious_revenue_pattern',
        state: 'not_evaluated',
        observed: null,
        threshold: '10000.00 USD in 1 h; 100000.00 USD in 24 h',
        evidence: [],
      });
    });

    it('needs no quote where the profile has limits in the currency of the plan', () => {
      const profile = { maxRevenuePerHourMinor: usd('500.00'), maxRevenuePerDayMinor: usd('900.00') };
      expect(state('suspicious_revenue_pattern', { purchases: inEuros('500.00'), plan, profile })).toBe('clear');
      expect(state('suspicious_revenue_pattern', { purchases: inEuros('500.01'), plan, profile })).toBe('triggered');
    });

    it('triggers by the one limit it has, and is never clear by it alone', () => {
      const profile = { maxRevenuePerHourMinor: usd('500.00') };
      expect(state('suspicious_revenue_pattern', { purchases: inEuros('500.01'), plan, profile })).toBe('triggered');
      expect(state('suspicious_revenue_pattern', { purchases: inEuros('500.00'), plan, profile })).toBe(
        'not_evaluated',
      );
    });

    test.each([
      ['JPY', 0, 67n, 4, 1_492_537n, 1_492_538n],
      ['KWD', 3, 325n, 2, 3_076_923n, 3_076_924n],
    ])('%s has an exponent of its own', (currency, currencyExponent, rateUnscaled, rateScale, below, above) => {
      const quote = { base: currency, quote: 'USD', rateUnscaled, rateScale, asOf: '2026-10-31' };
      const inCurrency = (amountMinor: bigint) => ({
        purchases: [bought('o1', '0.00', { currency, attributions: [{ channel: 'phoenix', amountMinor }] })],
        plan: { currency, currencyExponent },
        usdQuote: quote,
      });
      expect(state('suspicious_revenue_pattern', inCurrency(below))).toBe('clear');
      expect(state('suspicious_revenue_pattern', inCurrency(above))).toBe('triggered');
    });
  });
});

describe('bot_traffic', () => {
  const one = { ipAddress: '203.0.113.9' };
  /** Sessions of two interactions, so many of them shorter than a second. */
  const sessions = (count: number, short: number, shortMs = 999) =>
    Array.from({ length: count }, (_, n) => {
      const lastAt = NOON + n * MINUTE + (n < short ? shortMs : SECOND);
      const visit = (occurredAt: number, part: string) =>
        interaction('2026-10-10', 'phoenix', { interactionId: `${n}${part}`, sessionId: `z${n}`, occurredAt });
      return [visit(NOON + n * MINUTE, 'a'), visit(lastAt, 'b')];
    }).flat();
  const agents = (count: number, bots: number) =>
    interactions(count, (n) => ({ userAgent: n < bots ? 'somebot/1.0' : 'Mozilla/5.0' }));
  test.each([
    ['100 of one IP in an hour', interactions(100, one), 'clear'],
    ['101 of one IP in an hour', interactions(101, one), 'triggered'],
    ['101 of one IP over an hour', interactions(101, one, { everyMs: 36_000 }), 'clear'],
    ['101 of two IPs', interactions(101, (n) => ({ ipAddress: `192.0.2.${n % 2}` })), 'clear'],
    ['101 without an IP', interactions(101), 'clear'],
    ['16 of 20 sessions short: exactly 80 %', sessions(20, 16), 'clear'],
    ['17 of 20 sessions short', sessions(20, 17), 'triggered'],
    ['17 of 20 sessions of a whole second', sessions(20, 17, SECOND), 'clear'],
    ['19 of 19 sessions short', sessions(19, 19), 'clear'],
    [
      '17 of 20, beside sessions of one interaction',
      [...sessions(20, 17), ...interactions(30, (n) => ({ sessionId: `y${n}` }))],
      'triggered',
    ],
    ['25 of 50 by bots: exactly half', agents(50, 25), 'clear'],
    ['26 of 50 by bots', agents(50, 26), 'triggered'],
    ['49 of 49 by bots', agents(49, 49), 'clear'],
    [
      '26 by bots of 52, half of them without an agent',
      [...agents(26, 26), ...interactions(26, {}, { name: 'x' })],
      'clear',
    ],
  ] as const)('%s', (_, seen, expected) => {
    expect(state('bot_traffic', { interactions: seen })).toBe(expected);
  });

  it('shows what each part saw, and evidence of those that triggered', () => {
    expect(check('bot_traffic', { interactions: sessions(20, 17) })).toMatchObject({
      observed: 'at most 0 interactions of one IP in 1 h; 17 of 20 sessions under 1 s; 0 of 40 interactions by bots',
      threshold: '100 interactions of one IP in 1 h; 80 % of at least 20 sessions; 50 % of at least 50 interactions',
      evidence: ['z0', 'z1', 'z10', 'z11', 'z12', 'z13', 'z14', 'z15', 'z16', 'z2'],
    });
    expect(check('bot_traffic', { interactions: interactions(101, one) }).evidence).toEqual(['203.0.113.9']);
    expect(check('bot_traffic', { interactions: agents(50, 26) }).evidence).toEqual(['somebot/1.0']);
  });
});

describe('click_farm', () => {
  const farm = (count: number, everyMs: number) =>
    interactions(count, (n) => ({ ipAddress: '203.0.113.9', sessionId: `z${n}` }), { everyMs });
  test.each([
    ['50 sessions of one IP in an hour', farm(50, 1), 'clear'],
    ['51 sessions of one IP in an hour', farm(51, 1), 'triggered'],
    ['51 sessions just within the hour', farm(51, 71_999), 'triggered'],
    ['51 sessions over exactly an hour', farm(51, 72_000), 'clear'],
    [
      '50 sessions, one of them twice',
      [...farm(50, 1), ...interactions(1, { ipAddress: '203.0.113.9', sessionId: 'z0' }, { name: 'again' })],
      'clear',
    ],
    ['51 without a session', interactions(51, { ipAddress: '203.0.113.9' }), 'clear'],
  ] as const)('%s', (_, seen, expected) => {
    expect(state('click_farm', { interactions: seen })).toBe(expected);
  });
});

describe('revenue_manipulation', () => {
  const by = (customerId: string | null, over: Partial<PurchaseAttributed> = {}) => ({ customerId, ...over });
  /** A customer who looked around at so many milliseconds before noon. */
  const visit = (beforeMs: number, over: Partial<InteractionRecorded> = { customerId: 'c1' }) =>
    interactions(1, over, { from: NOON - beforeMs, name: 'visit' });

  describe('without an interaction', () => {
    const half = (unmet: string) => [bought('met', '500.00', by('c1')), bought('unmet', unmet, by('c2'))];
    test.each([
      ['exactly half', half('500.00'), visit(0), 'clear'],
      ['over half', half('500.01'), visit(0), 'triggered'],
      ['over half of less than 1,000.00', [bought('unmet', '999.99', by('c2'))], visit(0), 'clear'],
      ['all of exactly 1,000.00', [bought('unmet', '1000.00', by('c2'))], visit(0), 'triggered'],
      ['met at the very moment', [bought('o1', '1000.00', by('c1'))], visit(0), 'clear'],
      ['met 30 days before, before the period too', [bought('o1', '1000.00', by('c1'))], visit(30 * DAY), 'clear'],
      ['met a moment longer ago', [bought('o1', '1000.00', by('c1'))], visit(30 * DAY + 1), 'triggered'],
      ['met only afterwards', [bought('o1', '1000.00', by('c1'))], visit(-1), 'triggered'],
      [
        'a customer is not met by the session',
        [bought('o1', '1000.00', by('c2', { sessionId: 'z1' }))],
        visit(0, { customerId: 'c1', sessionId: 'z1' }),
        'triggered',
      ],
      [
        'a purchase without a customer is, by the session',
        [bought('o1', '1000.00', by(null, { sessionId: 'z1' }))],
        visit(0, { sessionId: 'z1' }),
        'clear',
      ],
      [
        'what has neither is not part of the whole',
        [bought('o1', '5000.00'), bought('o2', '1.00', by('c2'))],
        visit(0),
        'triggered',
      ],
      ['nothing has either', [bought('o1', '5000.00')], visit(0), 'clear'],
    ] as const)('%s', (_, purchases, seen, expected) => {
      expect(state('revenue_manipulation', { purchases, interactions: seen })).toBe(expected);
    });

    it('names the orders', () => {
      expect(check('revenue_manipulation', { purchases: half('500.01'), interactions: visit(0) })).toMatchObject({
        observed: '500.01 USD of 1000.01 USD without an interaction; 0.00 USD of 1000.01 USD refunded',
        evidence: ['unmet'],
      });
    });
  });

  describe('refunded', () => {
    const purchases = [bought('o1', '1000.00', by('c9'))];
    test.each([
      ['exactly half', '500.00', 'clear'],
      ['over half', '500.01', 'triggered'],
    ])('%s, of a shop that never sent an interaction', (_, refunded, expected) => {
      const world = { purchases, refundedMinor: usd(refunded), refundIds: ['r1'] };
      expect(check('revenue_manipulation', world)).toMatchObject({
        state: expected,
        observed: `${refunded} USD of 1000.00 USD refunded`,
        threshold: 'half of at least 1000.00 USD refunded',
        evidence: expected === 'triggered' ? ['r1'] : [],
      });
    });

    it('is clear below the amount, also when all of it was refunded', () => {
      const world = { purchases: [bought('o1', '999.99')], refundedMinor: usd('999.99') };
      expect(state('revenue_manipulation', world)).toBe('clear');
    });
  });

  it('is not evaluated without a quote to USD, whatever the profile says', () => {
    const profile = { maxRevenuePerHourMinor: 1n, maxRevenuePerDayMinor: 1n };
    const world = { purchases: [bought('o1', '1.00', { currency: 'EUR' })], plan: { currency: 'EUR' }, profile };
    expect(state('revenue_manipulation', world)).toBe('not_evaluated');
  });

  test.each([
    ['909.09', 'clear'],
    ['909.10', 'triggered'],
  ])('judges %s EUR at 1.10 USD', (amount, expected) => {
    const usdQuote = { base: 'EUR', quote: 'USD', rateUnscaled: 110n, rateScale: 2, asOf: '2026-10-31' };
    const purchases = [bought('o1', amount, { currency: 'EUR', customerId: 'c2' })];
    expect(
      state('revenue_manipulation', { purchases, plan: { currency: 'EUR' }, usdQuote, interactions: visit(0) }),
    ).toBe(expected);
  });
});

describe('an assessment', () => {
  const CODES = [
    'excessive_interactions',
    'rapid_fire_clicks',
    'unusual_conversion_rate',
    'suspicious_revenue_pattern',
    'bot_traffic',
    'click_farm',
    'revenue_manipulation',
  ];

  it('of a shop that never sent an interaction judges what needs none', () => {
    const { level, confidencePpm, checks } = assess({ purchases: [bought('o1', '100.00')] });
    expect({ level, confidencePpm }).toEqual({ level: 'none', confidencePpm: 100_000 });
    expect(checks.map(({ code, state }) => [code, state])).toEqual(
      CODES.map((code) => [code, /revenue/.test(code) ? 'clear' : 'not_applicable']),
    );
    expect(checks[0]).toMatchObject({ observed: null, threshold: '1000 in 1 h; 10000 in 24 h', evidence: [] });
  });

  it('of a shop that only ever interacted outside the period judges everything', () => {
    const later = interactions(1, {}, { from: OCTOBER.end });
    expect(assess({ interactions: later }).checks.map(({ state }) => state)).toEqual(CODES.map(() => 'clear'));
  });

  /** One bot: ever more of its traffic comes over a limit. */
  const bot = (clicks: number) =>
    interactions(clicks, (n) => ({
      ...{ interactionType: 'click', sessionId: `z${n % 60}`, ipAddress: '203.0.113.9', userAgent: 'somebot' },
    }));
  const tight = (limits: Partial<FraudProfile>) => ({
    maxInteractionsPerIpHour: 10_000,
    minConversionRatePpm: 0,
    ...limits,
  });
  test.each([
    [0, 'none', 100_000, { interactions: bot(40), profile: tight({}) }],
    [1, 'low', 500_000, { interactions: bot(60), profile: tight({ maxSessionsPerIpHour: 60 }) }],
    [2, 'medium', 700_000, { interactions: bot(60), profile: tight({}) }],
    [3, 'high', 900_000, { interactions: bot(60), profile: tight({ maxInteractionsPerHour: 59 }) }],
    [
      4,
      'critical',
      900_000,
      { interactions: bot(240), profile: tight({ maxInteractionsPerHour: 59, minConversionRatePpm: 1 }) },
    ],
    [
      5,
      'critical',
      900_000,
      { interactions: bot(240), profile: { maxInteractionsPerHour: 59, maxClicksPerSessionMinute: 1 } },
    ],
  ] as const)('with %i triggered is %s', (triggered, level, confidencePpm, world) => {
    const assessment = assess(world);
    expect(assessment.checks.filter(({ state }) => state === 'triggered')).toHaveLength(triggered);
    expect(assessment).toMatchObject({ level, confidencePpm });
  });

  it('does not count what could not be evaluated', () => {
    expect(
      assess({ purchases: [bought('o1', '99999.00', { currency: 'EUR' })], plan: { currency: 'EUR' } }),
    ).toMatchObject({ level: 'none', confidencePpm: 100_000 });
  });

  test.each([
    ['2026-10', 'Europe/Berlin'],
    ['2026-11', 'America/New_York'],
    ['2026-03', 'Europe/Berlin'],
  ])('of %s in %s measures hours by the clock that never jumps', (month, timeZone) => {
    const period = calendarMonth(month, timeZone);
    const change = period.start + 24 * DAY;
    const hourApart = [
      ...interactions(600, {}, { everyMs: 0, from: change }),
      ...interactions(600, {}, { everyMs: 0, from: change + HOUR, name: 'x' }),
    ];
    expect(state('excessive_interactions', { interactions: hourApart, period })).toBe('clear');
    const edges = [
      ...interactions(2, {}, { from: period.start - 1 }),
      ...interactions(2, {}, { from: period.end - 1, name: 'end' }),
    ];
    expect(check('excessive_interactions', { interactions: edges, period }).observed).toBe(
      'at most 2 in 1 h; at most 2 in 24 h',
    );
  });
});

describe('signals that do not fit the bill', () => {
  const limits = fraudLimits(assigned(), null);
  const metrics = { attributedMinor: 0n, refundedMinor: 0n, interactions: 0, conversions: 0 };
  const signals = {
    everInteracted: true,
    sums: NO_INTERACTIONS,
    busiest: null,
    interactions: null,
    purchases: null,
    usdQuote: null,
  };

  test.each([
    ['interactions that were not counted', { metrics: { ...metrics, interactions: 1 } }],
    [
      'interactions that were not read',
      {
        metrics: { ...metrics, interactions: 1_001 },
        signals: { ...signals, sums: { ...NO_INTERACTIONS, interactions: 1_001 } },
      },
    ],
    ['purchases that were not read', { metrics: { ...metrics, attributedMinor: usd('1000.00') } }],
    [
      'purchases that are not all of the revenue',
      { metrics: { ...metrics, attributedMinor: usd('1000.00') }, signals: { ...signals, purchases: [] } },
    ],
  ])('%s are an error, and no check passes by them', (_, over) => {
    expect(() => assessFraud({ limits, signals, refundIds: [], ...over })).toThrow(/fraud check/);
  });
});
