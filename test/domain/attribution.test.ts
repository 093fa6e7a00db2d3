import { describe, expect, it } from 'vitest';
import {
  attributeOrder,
  creditedChannels,
  DECAY_WEIGHTS,
  touchQuery,
  type OrderAttribution,
} from '../../src/domain/attribution.ts';
import type { AttributionModel } from '../../src/domain/facts.ts';
import type { OrderSeen, Touch } from '../../src/domain/order-facts.ts';
import { instant, order, recorded } from './given.ts';

const NOON = instant('2026-10-20');
const DAY = 86_400_000;
const MODELS: readonly AttributionModel[] = ['cross_extension', 'first_click', 'last_click', 'linear', 'time_decay'];

const seen = (over: Parameters<typeof order>[2] = {}): OrderSeen & { raw: NonNullable<OrderSeen['raw']> } => {
  const placed = order('2026-10-20', { x1: '1.00' }, over);
  return { ...placed, ...recorded(1), attributions: [], raw: placed };
};

const touch = (interactionId: string, channel: string, daysBefore = 0, over: Partial<Touch> = {}): Touch => ({
  interactionId,
  channel,
  occurredAt: NOON - daysBefore * DAY,
  productId: 'x1',
  ...recorded(1),
  ...over,
});

/** `['newest phoenix 70', …]` of the first line, newest touch first. */
const shares = ({ lines }: OrderAttribution) =>
  lines[0]!.shares.map(
    ({ touch: { interactionId, channel }, amountMinor }) => `${interactionId} ${channel} ${amountMinor}`,
  );

/** Channels and cents, ascending by channel. */
const credited = (
  of: ReturnType<typeof seen>,
  touches: readonly Touch[],
  model: AttributionModel = 'cross_extension',
) =>
  creditedChannels(attributeOrder(of, of.raw, touches, model)).map(
    ({ channel, amountMinor }) => `${channel} ${amountMinor}`,
  );

describe('a model', () => {
  const three = [touch('a', 'venus', 14), touch('b', 'apollo', 7), touch('c', 'phoenix', 0)];

  it.each<[AttributionModel, string[]]>([
    ['cross_extension', ['c phoenix 70', 'b apollo 15', 'a venus 15']],
    ['first_click', ['c phoenix 0', 'b apollo 0', 'a venus 100']],
    ['last_click', ['c phoenix 100', 'b apollo 0', 'a venus 0']],
    // A third of 100 each: the cent that is left goes to the newest.
    ['linear', ['c phoenix 34', 'b apollo 33', 'a venus 33']],
    // 1 : 0.5 : 0.25 → 57.14, 28.57, 14.29.
    ['time_decay', ['c phoenix 57', 'b apollo 29', 'a venus 14']],
  ])('shares a line: %s', (model, expected) => {
    expect(shares(attributeOrder(seen(), seen().raw, three, model))).toEqual(expected);
    expect(shares(attributeOrder(seen(), seen().raw, three.toReversed(), model))).toEqual(expected);
  });

  it.each(MODELS)('gives all to a single touch: %s', (model) => {
    expect(credited(seen(), [touch('a', 'venus', 30)], model)).toEqual(['venus 100']);
  });

  it('gives the other touches equal parts of 30 %, to the last cent', () => {
    // 70.7 and 7.575 each of 101 cents: the three that are left go to the newest.
    const five = [0, 1, 2, 3, 4].map((days) => touch(`t${days}`, 'phoenix', days));
    const of = seen({ orderTotalMinor: 101n, lines: [{ productId: 'x1', quantity: 1, priceMinor: 101n }] });
    expect(shares(attributeOrder(of, of.raw, five, 'cross_extension'))).toEqual([
      't0 phoenix 71',
      't1 phoenix 8',
      't2 phoenix 8',
      't3 phoenix 7',
      't4 phoenix 7',
    ]);
  });
});

describe('of two touches at the same time', () => {
  it('the one with the higher id, as bytes, is the newer', () => {
    const ids = ['B', 'a', 'ä', '\u{1f600}', '\uffee', 'a1'];
    const touches = ids.map((id) => touch(id, 'phoenix'));
    const sorted = ids.toSorted((a, b) => Buffer.compare(Buffer.from(b), Buffer.from(a)));
    const { lines } = attributeOrder(seen(), seen().raw, touches, 'linear');
    expect(lines[0]!.shares.map((share) => share.touch.interactionId)).toEqual(sorted);
  });

  it('decides first and last', () => {
    const both = [touch('a', 'venus'), touch('b', 'phoenix')];
    expect(credited(seen(), both, 'last_click')).toEqual(['phoenix 100']);
    expect(credited(seen(), both, 'first_click')).toEqual(['venus 100']);
  });
});

describe('time decay', () => {
  it('has the weights of the rule, for every number of whole days', () => {
    expect(DECAY_WEIGHTS).toHaveLength(31);
    for (const [days, weight] of DECAY_WEIGHTS.entries()) {
      // w − ½ ≤ 10^9 · 2^(−d/7) < w + ½, made whole: times two, to the power of seven, times 2^d.
      const exact = (2n * 10n ** 9n) ** 7n;
      const scale = 2n ** BigInt(days);
      expect((2n * weight - 1n) ** 7n * scale <= exact && exact < (2n * weight + 1n) ** 7n * scale).toBe(true);
    }
  });

  it('counts whole days of 24 hours', () => {
    const weighed = (ms: number) => {
      const of = seen({ orderTotalMinor: 3n, lines: [{ productId: 'x1', quantity: 1, priceMinor: 3_000_000_000n }] });
      const touches = [touch('a', 'venus', 0, { occurredAt: NOON - ms }), touch('b', 'phoenix')];
      return credited({ ...of, orderTotalMinor: 3_000_000_000n }, touches, 'time_decay');
    };
    expect(weighed(DAY - 1)).toEqual(['phoenix 1500000000', 'venus 1500000000']);
    expect(weighed(7 * DAY)).toEqual(['phoenix 2000000000', 'venus 1000000000']);
    expect(weighed(8 * DAY - 1)).toEqual(weighed(7 * DAY));
    expect(weighed(8 * DAY)).not.toEqual(weighed(7 * DAY));
  });
});

describe('a touch', () => {
  it.each([
    ['phoenix', true],
    ['venus', true],
    ['apollo', true],
    ['mercury', true],
    ['atlas', false],
    ['newsletter', false],
    ['Phoenix', false],
  ])('through %s counts: %s', (channel, counts) => {
    expect(credited(seen(), [touch('a', channel)])).toEqual(counts ? [`${channel} 100`] : []);
  });

  it('that does not count takes no part in the model', () => {
    expect(credited(seen(), [touch('a', 'venus', 1), touch('b', 'atlas')])).toEqual(['venus 100']);
  });

  it('counts for the lines of its product', () => {
    const of = seen({
      orderTotalMinor: 1_000n,
      lines: [
        { productId: 'x1', quantity: 3, priceMinor: 100n },
        { productId: 'x2', quantity: 1, priceMinor: 200n },
        { productId: 'x1', quantity: 1, priceMinor: 11n },
      ],
    });
    const touches = [touch('a', 'venus', 1), touch('b', 'phoenix')];
    // 210 + 90 of the first line; 7.7 and 3.3 of the third.
    expect(credited(of, touches)).toEqual(['phoenix 218', 'venus 93']);
    expect(credited(of, [touch('a', 'venus', 1, { productId: 'x2' })])).toEqual(['venus 200']);
    expect(credited(of, [touch('a', 'venus', 1, { productId: 'x3' })])).toEqual([]);
  });

  it('is looked for in 30 days, both ends inclusive, of the customer or else the session', () => {
    const asked = { shopId: 's1', productIds: ['x1'], from: NOON - 30 * DAY, to: NOON };
    expect(touchQuery('s1', seen({ sessionId: 'web' }))).toEqual({ ...asked, customerId: 'c1', sessionId: 'web' });
    expect(touchQuery('s1', seen({ customerId: null, sessionId: 'web' }))).toEqual({
      ...asked,
      customerId: null,
      sessionId: 'web',
    });
    expect(touchQuery('s1', seen({ customerId: null }))).toBe(null);
    expect(touchQuery('s1', seen({ lines: [] }))).toBe(null);
    expect(touchQuery('s1', seen({ test: true }))).toBe(null);
    expect(touchQuery('s1', { ...seen(), raw: null })).toBe(null);
  });
});

describe('lines', () => {
  const line = (productId: string, priceMinor: bigint, quantity = 1) => ({ productId, quantity, priceMinor });
  const amounts = (orderTotalMinor: bigint, ...lines: ReturnType<typeof line>[]) => {
    const of = seen({ orderTotalMinor, lines });
    return attributeOrder(of, of.raw, [], 'linear').lines.map(({ amountMinor }) => amountMinor);
  };

  it('are price times quantity', () => {
    expect(amounts(1_000n, line('x1', 150n, 3), line('x2', 7n))).toEqual([450n, 7n]);
  });

  it('that come to less than the order stay what they are', () => {
    expect(amounts(457n, line('x1', 150n, 3), line('x2', 7n))).toEqual([450n, 7n]);
  });

  it('that exceed the order are scaled to it, ties first in their order', () => {
    expect(amounts(90n, line('x1', 60n), line('x2', 40n))).toEqual([54n, 36n]);
    expect(amounts(100n, line('x1', 50n), line('x1', 50n), line('x2', 50n))).toEqual([34n, 33n, 33n]);
    expect(amounts(0n, line('x1', 50n), line('x2', 50n))).toEqual([0n, 0n]);
    expect(amounts(5n, line('x1', 2n ** 63n - 1n, 2 ** 31 - 1))).toEqual([5n]);
  });
});

describe('an order', () => {
  it.each([
    [{ test: true }, 0],
    [{ financialStatus: 'voided' }, 0],
    [{ financialStatus: 'cancelled' }, 0],
    [{ financialStatus: 'canceled' }, 0],
    [{ financialStatus: 'paid' }, 1],
    [{ financialStatus: 'pending' }, 1],
    [{ financialStatus: 'refunded' }, 1],
    [{ financialStatus: 'partially_refunded' }, 1],
  ])('%o attributes to %i channels', (over, channels) => {
    expect(credited(seen(over), [touch('a', 'phoenix')])).toHaveLength(channels);
  });

  it('credits no channel with nothing', () => {
    const of = seen({ orderTotalMinor: 1n, lines: [{ productId: 'x1', quantity: 1, priceMinor: 1n }] });
    expect(credited(of, [touch('a', 'venus', 1), touch('b', 'phoenix')])).toEqual(['phoenix 1']);
  });
});
