/** What is read for the fraud checks: no more than is needed, and enough to say what all of it would. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Ledger } from '../../src/adapters/ledger.ts';
import { createMemoryLedger } from '../../src/adapters/memory-ledger.ts';
import { loadShopFacts } from '../../src/consumers/load-shop-facts.ts';
import type { Fact } from '../../src/domain/facts.ts';
import type { Pin } from '../../src/domain/log-position.ts';
import { decide } from '../../src/domain/shop-bill.ts';
import type { TopicName } from '../../src/topics.ts';
import { fraudWorld } from '../domain/arbitrary-fraud.ts';
import { NO_LIMITS, type FraudWorld } from '../domain/fraud-given.ts';
import {
  assigned,
  instant,
  interaction,
  OCTOBER,
  plan,
  purchase,
  recorded,
  registration,
  request,
  shopFacts,
  type World,
} from '../domain/given.ts';

const STATE = { sequence: 0, settledByRunId: null, invoicesIssued: 0, credits: [], cancelled: false };
const NOON = instant('2026-10-10T12:00:00Z');

/** A ledger that knows these facts, and which of its fraud queries it was asked. */
async function ledgerOf(facts: readonly Fact[]): Promise<{ ledger: Ledger; pins: readonly Pin[]; asked: string[] }> {
  const memory = createMemoryLedger();
  const asked: string[] = [];
  const counted = <K extends 'loadBusiestHours' | 'loadInteractions' | 'loadPurchases'>(name: K): Pick<Ledger, K> =>
    ({
      [name]: (query: never) => {
        asked.push(name);
        return (memory[name] as (query: never) => unknown)(query);
      },
    }) as Pick<Ledger, K>;
  const topicOf = ({ type }: Fact): TopicName =>
    type === 'FxRateQuoted' ? 'fx-rates' : type === 'ShopRegistered' || type === 'PlanAssigned' ? 'shops' : 'usage';
  for (const [topic, ofTopic] of Map.groupBy(facts, topicOf)) {
    const entries = ofTopic.map((fact, offset) => ({
      ...{ fact, recordedAt: offset },
      position: { topic, partition: 0, offset: BigInt(offset) },
    }));
    await memory.append({ topic, partition: 0, nextOffset: BigInt(entries.length), entries });
  }
  const ledger = {
    ...memory,
    ...counted('loadBusiestHours'),
    ...counted('loadInteractions'),
    ...counted('loadPurchases'),
  };
  return { ledger, pins: await memory.positions(), asked };
}

const shopOpened: Fact = { type: 'ShopRegistered', data: registration() };
const factsOf = ({ plans = [], purchases = [], interactions = [], quotes = [] }: World): Fact[] => [
  shopOpened,
  ...plans.map((data): Fact => ({ type: 'PlanAssigned', data })),
  ...quotes.map((data): Fact => ({ type: 'FxRateQuoted', data })),
  ...purchases.map((data): Fact => ({ type: 'PurchaseAttributed', data })),
  ...interactions.map((data): Fact => ({ type: 'InteractionRecorded', data })),
];

async function load(world: World) {
  const { ledger, pins, asked } = await ledgerOf(factsOf(world));
  const [loaded] = await loadShopFacts({ ledger, shopIds: ['s1'], states: [STATE], period: OCTOBER, pins });
  if ('error' in loaded!) throw loaded.error;
  return { facts: loaded!.facts, asked };
}

const plans = [{ ...assigned(), ...recorded(0) }];
const seen = (count: number, everyMs: number, sessionId: string | null = null) =>
  Array.from({ length: count }, (_, n) =>
    interaction('2026-10-10', 'phoenix', {
      interactionId: `i${n}`,
      occurredAt: NOON + n * everyMs,
      sessionId,
      interactionType: 'click',
    }),
  );
const sold = (amount: string) => [purchase('2026-10-05', { phoenix: amount }, { customerId: 'c1' })];

test.each([
  ['a shop within all limits', { interactions: seen(40, 1), purchases: sold('999.99') }, []],
  ['a thousand dollars without any interaction', { purchases: sold('1000.00') }, []],
  ['more than ten thousand dollars', { purchases: sold('10000.01') }, ['loadPurchases']],
  ['a thousand dollars with interactions', { interactions: seen(1, 1), purchases: sold('1000.00') }, ['loadPurchases']],
  ['a session with many clicks over hours', { interactions: seen(51, 3_600_000, 'z1') }, ['loadBusiestHours']],
  ['a session with many clicks at once', { interactions: seen(51, 1, 'z1') }, ['loadBusiestHours', 'loadInteractions']],
  ['more than a thousand interactions in a month', { interactions: seen(1_001, 1_800_000) }, ['loadBusiestHours']],
] as const)('%s reads %#', async (_, world, expected) => {
  const { asked } = await load({ plans, ...world });
  expect(asked).toEqual(expected);
});

describe('the decision', () => {
  /** The world as facts: everything in the plan's currency, with the quote of its pair. */
  function worldOf({ plan: over, profile, usdQuote, purchases = [], interactions = [] }: FraudWorld): World {
    const { currency = 'USD', currencyExponent = 2 } = over ?? {};
    const terms = { ...assigned().terms };
    return {
      plans: [{ ...plan({ ...over, terms, fraudProfile: { ...NO_LIMITS, ...profile } }), ...recorded(0) }],
      purchases: purchases.map((one) => ({ ...one, currency, currencyExponent })),
      interactions,
      quotes: usdQuote && currency !== 'USD' ? [{ ...usdQuote, base: currency }] : [],
    };
  }

  it('is the one that everything read would give', { timeout: 60_000 }, async () => {
    const property = fc.asyncProperty(fraudWorld, async (facts) => {
      const world = worldOf(facts);
      const { facts: loaded } = await load(world);
      const everything = shopFacts({ ...world, registrations: loaded.shop!.registrations, plans: loaded.shop!.plans });
      // What was read differs, and so does its digest.
      const inputsDigest = loaded.inputsDigest!;
      expect(decide(loaded, request())).toEqual(decide({ ...everything, inputsDigest }, request()));
    });
    await fc.assert(property, { numRuns: 150 });
  });
});
