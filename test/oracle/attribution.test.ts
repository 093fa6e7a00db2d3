import { expect, test } from 'vitest';
import { attribute, decayed } from './attribution.ts';
import type { InteractionLine, Model } from './fact-lines.ts';
import { readInteraction, readOrder } from './read-facts.ts';
import { billOf, later, plan, rawOrder, shop, touch } from './small-world.ts';

const DAY = 86_400_000;
const AT = '2026-10-15T12:00:00Z';
const before = (ms: number, fields: Parameters<typeof touch>[0] = {}) =>
  touch({ occurredAt: later(AT, -ms), ...fields });
const brought = (touches: InteractionLine[], model: Model = 'cross_extension', order = rawOrder('100.00')) =>
  Object.fromEntries(attribute(readOrder(order), touches.map(readInteraction), model));

const three = [
  before(1, { channel: 'phoenix' }),
  before(7 * DAY, { channel: 'venus' }),
  before(14 * DAY, { channel: 'apollo' }),
];

test.each([
  ['cross_extension', { phoenix: 70_00n, venus: 15_00n, apollo: 15_00n }],
  ['first_click', { apollo: 100_00n }],
  ['last_click', { phoenix: 100_00n }],
  ['linear', { phoenix: 33_34n, venus: 33_33n, apollo: 33_33n }],
  // Weights 1, 1/2 and 1/4: 57.142…, 28.571… and 14.285…
  ['time_decay', { phoenix: 57_14n, venus: 28_57n, apollo: 14_29n }],
] as const)('%s', (model, amounts) => {
  expect(brought([...three].reverse(), model)).toEqual(amounts);
});

test('one touch takes all', () => {
  expect(brought([before(0)])).toEqual({ phoenix: 100_00n });
});

test('both ends of the thirty days are inside', () => {
  const window = [30 * DAY + 1, 30 * DAY, 0, -1].map((ms, place) => before(ms, { channel: CHANNELS[place]! }));
  expect(brought(window, 'linear')).toEqual({ venus: 50_00n, apollo: 50_00n });
});

const CHANNELS = ['phoenix', 'venus', 'apollo', 'mercury'];

test('of touches at the same instant the one with the higher id is the newer', () => {
  const tied = [
    before(5, { interactionId: 'a', channel: 'venus' }),
    before(5, { interactionId: 'b', channel: 'apollo' }),
  ];
  expect(brought(tied)).toEqual({ apollo: 70_00n, venus: 30_00n });
  // U+FFFD is fewer bytes than an emoji although more as UTF-16.
  const bytes = [before(5, { interactionId: '\uFFFD' }), before(5, { interactionId: '😀', channel: 'venus' })];
  expect(brought(bytes, 'last_click')).toEqual({ venus: 100_00n });
});

test('touches are clicks and carts, on the product, by the person, through an eligible channel', () => {
  const others = [
    before(1, { interactionType: 'view' }),
    before(1, { productId: 'y' }),
    before(1, { productId: null }),
    before(1, { customerId: 'other' }),
    before(1, { customerId: null }),
    before(1, { channel: 'atlas' }),
    before(1, { channel: 'pluto' }),
  ];
  expect(brought(others)).toEqual({});
  expect(brought([before(1, { interactionType: 'add_to_cart', sessionId: 'else' })])).toEqual({ phoenix: 100_00n });
});

test('an order without a customer goes by its session, one without either by nothing', () => {
  const bySession = rawOrder('100.00', { customerId: null, sessionId: 'z' });
  expect(brought([before(1, { customerId: 'anybody' })], 'linear', bySession)).toEqual({ phoenix: 100_00n });
  const byNobody = rawOrder('100.00', { customerId: null, sessionId: null });
  expect(brought([before(1, { customerId: null, sessionId: null })], 'linear', byNobody)).toEqual({});
});

test('lines are scaled to an order total below them, and left alone otherwise', () => {
  const lines = [
    { productId: 'x', quantity: 2, price: '30.00' },
    { productId: 'y', quantity: 1, price: '40.00' },
  ];
  expect(brought([before(1)], 'linear', rawOrder('80.00', { lines }))).toEqual({ phoenix: 48_00n });
  expect(brought([before(1)], 'linear', rawOrder('120.00', { lines }))).toEqual({ phoenix: 60_00n });
});

test('test, voided and cancelled orders attribute nothing', () => {
  expect(brought([before(1)], 'linear', rawOrder('1.00', { test: true }))).toEqual({});
  for (const financialStatus of ['voided', 'cancelled', 'canceled'])
    expect(brought([before(1)], 'linear', rawOrder('1.00', { financialStatus }))).toEqual({});
});

test('the model is that of the plan in effect at the order', () => {
  const facts = [
    shop(),
    plan({ attributionModel: 'first_click' }),
    plan({ effectiveFrom: '2026-10-16', attributionModel: 'last_click' }),
    ...three,
    rawOrder('100.00'),
    rawOrder('100.00', { occurredAt: '2026-10-16T12:00:00Z' }),
  ];
  const { channels } = billOf(facts).metrics;
  expect([channels.get('apollo')?.revenue, channels.get('phoenix')?.revenue]).toEqual([100_00n, 100_00n]);
});

test('the weights of time decay are right to the last unit', () => {
  for (let days = 0; days <= 30; days += 1) {
    // w is the rounded seventh root of 10^63 / 2^days: (2w − 1)^7 · 2^days ≤ 2^7 · 10^63 < (2w + 1)^7 · 2^days
    const [weight, power] = [decayed(days), 2n ** BigInt(days)];
    expect((2n * weight - 1n) ** 7n * power <= 128n * 10n ** 63n).toBe(true);
    expect((2n * weight + 1n) ** 7n * power > 128n * 10n ** 63n).toBe(true);
  }
});
