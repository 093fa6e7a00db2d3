import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/consumers/digest-inputs.ts';
import { loadShopFacts } from '../../src/consumers/load-shop-facts.ts';
import { calendarMonth } from '../../src/domain/billing-period.ts';
import { plan, purchase, refund, shop } from '../support/facts.ts';
import { createMemoryWorld } from '../support/memory-world.ts';

const quote = (rate: string, asOf: string, base = 'EUR') => ({ type: 'FxRateQuoted', base, quote: 'USD', rate, asOf });
const interaction = (interactionId: string, fields: object = {}) => ({
  ...{ type: 'InteractionRecorded', shopId: 'a', interactionId, occurredAt: '2026-10-10T10:00:00Z' },
  ...{ interactionType: 'click', channel: 'phoenix', sessionId: 'z1', customerId: 'c1', productId: 'x1', ...fields },
});
const raw = (fields: object = {}) => ({
  ...{ type: 'OrderPlaced', shopId: 'a', orderId: 'raw', customerId: 'c1', occurredAt: '2026-10-11T10:00:00Z' },
  ...{
    currency: 'USD',
    orderTotal: '40.00',
    lines: [{ productId: 'x1', quantity: 2, price: '20.00' }],
    ...{ financialStatus: 'paid', test: false },
    ...fields,
  },
});

const FACTS: Readonly<Record<string, object>> = {
  shop: shop('a'),
  plan: plan('a'),
  order: purchase('a', 'o1', '100.00'),
  twin: purchase('a', 'o2', '60.00'),
  foreign: purchase('a', 'o3', '50.00', { currency: 'EUR', occurredAt: '2026-10-14T12:00:00Z' }),
  refund: refund('a', 'r1', 'o1', '20.00'),
  interaction: interaction('i1'),
  raw: raw(),
  quote: quote('1.1', '2026-10-13'),
};

async function digest(facts: readonly object[], shopIds = ['a']): Promise<string> {
  const world = createMemoryWorld();
  await world.tell(...facts);
  const state = { sequence: 0, settledByRunId: null, invoicesIssued: 0, credits: [], cancelled: false };
  const [loaded] = await loadShopFacts({
    ...{ ledger: world.ledger, shopIds, states: shopIds.map(() => state) },
    ...{ period: calendarMonth('2026-10', 'UTC'), pins: await world.pins() },
  });
  if (loaded === undefined || 'error' in loaded) throw new Error('not loaded');
  return loaded.facts.inputsDigest!;
}

const having = (over: Readonly<Record<string, object>>) => digest(Object.values({ ...FACTS, ...over }));
const usual = () => digest(Object.values(FACTS));

describe('the digest of the inputs', () => {
  it('is the sha256 of their canonical JSON', async () => {
    expect(await usual()).toMatch(/^[0-9a-f]{64}$/);
    expect(canonicalJson({ b: 1n, a: [null, 'x"', { z: undefined, y: 1.5 }], m: new Map([['k', 2n]]) })).toBe(
      '{"a":[null,"x\\"",{"y":1.5}],"b":"1","m":[["k","2"]]}',
    );
    expect(createHash('sha256').update(canonicalJson({})).digest('hex')).toBe(
      '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    );
  });

  it.each<[string, Readonly<Record<string, object>>]>([
    ['the terms of the plan', { plan: plan('a', { terms: { type: 'revenue_share', rate: '0.031' } }) }],
    ['the status of the shop', { shop: shop('a', { shopDomain: 'other.example' }) }],
    ['the amount of an order', { order: purchase('a', 'o1', '100.01') }],
    ['the moment of an order', { order: purchase('a', 'o1', '100.00', { occurredAt: '2026-10-15T12:00:00.001Z' }) }],
    ['amounts of two orders, swapped', { order: purchase('a', 'o1', '60.00'), twin: purchase('a', 'o2', '100.00') }],
    ['a refund', { refund: refund('a', 'r1', 'o1', '20.01') }],
    ['the moment of an interaction', { interaction: interaction('i1', { occurredAt: '2026-10-10T10:00:01Z' }) }],
    ['the lines of a raw order', { raw: raw({ lines: [{ productId: 'x1', quantity: 1, price: '40.00' }] }) }],
    ['the quote of a conversion', { quote: quote('1.2', '2026-10-13') }],
    ['one more order', { more: purchase('a', 'o9', '0.00') }],
    ['places in the log', { shop: shop('a'), plan: plan('a'), ...{ 0: purchase('b', 'first', '1.00') } }],
  ])('changes with %s', async (_, over) => {
    expect(await having(over)).not.toBe(await usual());
  });

  it.each<[string, Readonly<Record<string, object>>]>([
    ['another shop', { more: shop('b'), again: purchase('b', 'o1', '5.00') }],
    ['an order of another month', { more: purchase('a', 'o9', '5.00', { occurredAt: '2026-11-01T00:00:00Z' }) }],
    ['a quote that converts nothing', { more: quote('1.3', '2026-10-20'), again: quote('0.01', '2026-10-13', 'JPY') }],
    ['the same fact told again', { more: purchase('a', 'o1', '100.00') }],
  ])('does not change with %s', async (_, over) => {
    expect(await having(over)).toBe(await usual());
  });

  it('does not depend on the shops that are decided together', async () => {
    const other = [
      shop('b'),
      plan('b'),
      purchase('b', 'o1', '9.00', { currency: 'EUR', occurredAt: '2026-10-28T00:00:00Z' }),
    ];
    const facts = [...Object.values(FACTS), ...other, quote('1.5', '2026-10-27')];
    expect(await digest(facts, ['a', 'b'])).toBe(await digest(facts, ['a']));
  });
});
