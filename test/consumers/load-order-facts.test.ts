import { beforeEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/adapters/ledger.ts';
import { createMemoryLedger } from '../../src/adapters/memory-ledger.ts';
import { loadOrderFacts } from '../../src/consumers/load-order-facts.ts';
import type { FactType } from '../../src/domain/facts.ts';
import type { UsageWindow } from '../../src/domain/shop-facts.ts';
import { FACT_TOPICS, TOPICS } from '../../src/topics.ts';
import { at, entry, interacted, OCTOBER, placed, purchased, quoted, refunded } from '../contract/ledger-facts.ts';

const SEPTEMBER = { start: Date.UTC(2026, 8, 1), end: OCTOBER.start };
const day = (date: string) => Date.parse(`${date}T12:00:00Z`);
const EUR = { currency: 'EUR' };

let ledger: Ledger;
let asked: string[];
beforeEach(() => {
  asked = [];
  ledger = createMemoryLedger();
});

async function tell(...facts: ReturnType<typeof entry>['fact'][]) {
  for (const [offset, fact] of facts.entries()) {
    const topic = FACT_TOPICS.find((one) => (TOPICS[one].messages as readonly FactType[]).includes(fact.type))!;
    const entries = [entry(at(topic, 0, offset), fact)];
    await ledger.append({ topic, partition: 0, nextOffset: BigInt(offset) + 1n, entries });
  }
}

/** Orders of shops with a plan in dollars and a trial that looks back to September; remembers what the ledger is asked. */
async function load(...shopIds: string[]) {
  const pins = await ledger.positions();
  const shops = await Promise.all(
    shopIds.map(async (shopId) => {
      const windows: UsageWindow[] = [
        { shopId, ...SEPTEMBER, countInteractions: false },
        { shopId, ...OCTOBER, countInteractions: true },
      ];
      const usage = await ledger.loadUsage({ windows, pins });
      const [refunds] = await ledger.loadRefunds({ windows: [{ shopId, ...OCTOBER }], pins });
      return { shopId, currency: 'USD', windows, usage, refunds: refunds! };
    }),
  );
  const watched: Pick<Ledger, 'loadOrders' | 'loadTouches' | 'loadQuotes'> = {
    loadOrders: (query) => {
      asked.push(...query.windows.map(({ shopId }) => `orders of ${shopId}`));
      return ledger.loadOrders(query);
    },
    loadTouches: (query) => {
      asked.push(...query.touches.map(({ shopId, productIds }) => `touches of ${shopId} on ${productIds.join(', ')}`));
      return ledger.loadTouches(query);
    },
    loadQuotes: (query) => {
      asked.push(...query.quotes.map((one) => `${one.base} to ${one.quote}, ${one.fromDate} to ${one.toDate}`));
      return ledger.loadQuotes(query);
    },
  };
  return loadOrderFacts({ ledger: watched, timeZone: 'UTC', pins }, shops);
}

describe('shops whose sums tell everything', () => {
  it('cost no query', async () => {
    await tell(purchased(), refunded(), purchased({ shopId: 's2' }), interacted());
    expect(await load('s1', 's2', 'unknown')).toMatchObject([{ seen: [] }, { seen: [] }, { seen: [] }]);
    expect(asked).toEqual([]);
  });

  it('are also those with foreign purchases before the period that brought nothing', async () => {
    await tell(purchased({ ...EUR, attributions: [], occurredAt: SEPTEMBER.start }));
    await load('s1');
    expect(asked).toEqual([]);
  });
});

describe('a raw order', () => {
  it('is read with its touches; shops beside it are not asked for', async () => {
    await tell(
      placed({ customerId: 'c1', lines: [1, 2, 1].map((n) => ({ productId: `x${n}`, quantity: 1, priceMinor: 1n })) }),
      interacted({ customerId: 'c1', productId: 'x2' }),
      purchased({ shopId: 's2' }),
    );
    const [raw, sums] = await load('s1', 's2');
    expect(raw!.seen.map(({ orderId }) => orderId)).toEqual(['o1']);
    expect(raw!.touches.get('o1')).toMatchObject([{ interactionId: 'i1' }]);
    expect(sums).toMatchObject({ seen: [], quotes: [] });
    expect(asked).toEqual(['orders of s1', 'touches of s1 on x1, x2']);
  });

  it('that was refunded is not read again, wherever it was', async () => {
    await tell(
      placed({
        customerId: 'c1',
        occurredAt: day('2026-06-10'),
        lines: [{ productId: 'x1', quantity: 1, priceMinor: 1n }],
      }),
      refunded(),
    );
    const [facts] = await load('s1');
    expect(facts!.seen).toEqual([]);
    expect([...facts!.touches.keys()]).toEqual(['o1']);
    expect(asked).toEqual(['touches of s1 on x1']);
  });
});

describe('quotes', () => {
  it('are asked for once a pair, over all days on which any shop could need one', async () => {
    await tell(
      purchased({ ...EUR, occurredAt: day('2026-10-20') }),
      purchased({ ...EUR, shopId: 's2', occurredAt: day('2026-09-20') }),
      purchased({ ...EUR, shopId: 's3', occurredAt: day('2026-05-31') }),
      refunded({ ...EUR, shopId: 's3' }),
      purchased({ currency: 'JPY', currencyExponent: 0, shopId: 's3', orderId: 'o2', occurredAt: day('2026-10-15') }),
      quoted({ base: 'EUR', asOf: '2026-05-17' }),
      quoted({ base: 'JPY', asOf: '2026-10-02' }),
    );
    const [s1, , s3] = await load('s1', 's2', 's3');
    expect(asked.filter((one) => one.includes(' to '))).toEqual([
      'EUR to USD, 2026-05-17 to 2026-10-20',
      'JPY to USD, 2026-10-01 to 2026-10-15',
    ]);
    expect(s1!.quotes.map(({ base }) => base)).toEqual(['EUR']);
    expect(s3!.quotes.map(({ base }) => base).sort()).toEqual(['EUR', 'JPY']);
  });
});
