/** What every ledger promises about single orders, touches and quotes. Run on memory and on Postgres. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Ledger, LedgerEntry } from '../../src/adapters/ledger.ts';
import type { Pin } from '../../src/domain/log-position.ts';
import type { QuoteQuery, TouchQuery } from '../../src/domain/order-facts.ts';
import { at, batchOf, entry, interacted, OCTOBER, placed, purchased, quoted, usagePins } from './ledger-facts.ts';

const NOON = Date.UTC(2026, 9, 20, 12);
const DAY = 86_400_000;

/** @param createLedger an empty ledger, a new one for each test */
export function ledgerOrdersContract(createLedger: () => Promise<Ledger>): void {
  let ledger: Ledger;
  beforeEach(async () => {
    ledger = await createLedger();
  });

  const tell = async (...facts: LedgerEntry['fact'][]) =>
    ledger.append(batchOf(...facts.map((told, offset) => entry(at('usage', 0, offset), told))));

  describe('single orders', () => {
    const window = { shopId: 's1', ...OCTOBER, currency: 'USD' };
    const orders = async (pins: readonly Pin[] = usagePins(99)) =>
      (await ledger.loadOrders({ windows: [window], pins }))[0]!;

    test('are the raw ones, and those in another currency than the plan', async () => {
      await tell(
        purchased(),
        purchased({
          orderId: 'euros',
          currency: 'EUR',
          sessionId: 'web',
          attributions: [
            { channel: 'venus', amountMinor: 3n },
            { channel: 'phoenix', amountMinor: 2n },
            { channel: 'venus', amountMinor: 4n },
          ],
        }),
        placed({
          orderId: 'raw',
          customerId: 'c1',
          occurredAt: NOON,
          lines: [
            { productId: 'x"1\\', quantity: 2, priceMinor: 9_007_199_254_740_993n },
            { productId: 'NULL', quantity: 2_147_483_647, priceMinor: 0n },
          ],
          financialStatus: 'voided',
          test: true,
        }),
        placed({ orderId: 'empty', currency: 'JPY', currencyExponent: 0, lines: [], occurredAt: NOON }),
      );

      expect(await orders()).toEqual([
        {
          orderId: 'euros',
          occurredAt: Date.UTC(2026, 9, 10, 8),
          currency: 'EUR',
          orderTotalMinor: 10_000n,
          customerId: null,
          sessionId: 'web',
          attributions: [
            { channel: 'phoenix', amountMinor: 2n },
            { channel: 'venus', amountMinor: 7n },
          ],
          raw: null,
          position: at('usage', 0, 1),
          recordedAt: 1,
        },
        {
          orderId: 'empty',
          occurredAt: NOON,
          currency: 'JPY',
          orderTotalMinor: 10_000n,
          customerId: null,
          sessionId: null,
          attributions: [],
          raw: { lines: [], financialStatus: 'paid', test: false },
          position: at('usage', 0, 3),
          recordedAt: 3,
        },
        {
          orderId: 'raw',
          occurredAt: NOON,
          currency: 'USD',
          orderTotalMinor: 10_000n,
          customerId: 'c1',
          sessionId: null,
          attributions: [],
          raw: {
            lines: [
              { productId: 'x"1\\', quantity: 2, priceMinor: 9_007_199_254_740_993n },
              { productId: 'NULL', quantity: 2_147_483_647, priceMinor: 0n },
            ],
            financialStatus: 'voided',
            test: true,
          },
          position: at('usage', 0, 2),
          recordedAt: 2,
        },
      ]);
    });

    test('occurred in the window, half-open, and are within the pins', async () => {
      const times = [OCTOBER.start - 1, OCTOBER.start, OCTOBER.end - 1, OCTOBER.end, NOON];
      await tell(...times.map((occurredAt) => placed({ orderId: String(occurredAt), occurredAt })));

      expect((await orders(usagePins(4))).map(({ occurredAt }) => occurredAt)).toEqual([
        OCTOBER.start,
        OCTOBER.end - 1,
      ]);
    });

    test('are those of each window in its place', async () => {
      await tell(placed(), purchased({ orderId: 'o2', currency: 'EUR' }), placed({ shopId: 's2' }));
      const windows = [
        { ...window, currency: 'EUR' },
        { ...window, shopId: 'unknown' },
        { ...window, shopId: 's2' },
        window,
      ];

      const found = await ledger.loadOrders({ windows, pins: usagePins(9) });

      expect(found.map((some) => some.map(({ orderId }) => orderId))).toEqual([['o1'], [], ['o1'], ['o1', 'o2']]);
      expect(await ledger.loadOrders({ windows: [], pins: usagePins(9) })).toEqual([]);
    });

    test('resolve by the log where two partitions tell them, raw or not', async () => {
      await ledger.append(batchOf(entry(at('usage', 0, 0), placed({ orderTotalMinor: 2n }), 2_000)));
      await ledger.append(
        batchOf(entry(at('usage', 1, 0), purchased({ currency: 'EUR', orderTotalMinor: 1n }), 1_000)),
      );
      const totals = async (pins: readonly Pin[]) => (await orders(pins)).map(({ orderTotalMinor }) => orderTotalMinor);

      expect(await totals(usagePins(1, 1))).toEqual([1n]);
      expect(await totals(usagePins(1, 0))).toEqual([2n]);
      expect(await totals(usagePins(0, 0))).toEqual([]);
    });
  });

  describe('touches', () => {
    const asked: TouchQuery = {
      shopId: 's1',
      customerId: 'c1',
      sessionId: null,
      productIds: ['x1'],
      from: NOON - 30 * DAY,
      to: NOON,
    };
    const touch = (interactionId: string, over: Parameters<typeof interacted>[0] = {}) =>
      interacted({ interactionId, occurredAt: NOON, customerId: 'c1', productId: 'x1', ...over });
    const touches = async (query: Partial<TouchQuery> = {}, pins: readonly Pin[] = usagePins(99)) =>
      (await ledger.loadTouches({ touches: [{ ...asked, ...query }], pins }))[0]!.map(
        ({ interactionId }) => interactionId,
      );

    test('come back exactly, ascending by time, then id as bytes', async () => {
      await tell(
        touch('b', { channel: 'atlas' }),
        touch('B', { interactionType: 'add_to_cart' }),
        touch('ä', { occurredAt: NOON - 1 }),
      );

      expect(await ledger.loadTouches({ touches: [asked], pins: usagePins(9) })).toEqual([
        [
          { interactionId: 'ä', occurredAt: NOON - 1, channel: 'phoenix', productId: 'x1', ...recordedAt(2) },
          { interactionId: 'B', occurredAt: NOON, channel: 'phoenix', productId: 'x1', ...recordedAt(1) },
          { interactionId: 'b', occurredAt: NOON, channel: 'atlas', productId: 'x1', ...recordedAt(0) },
        ],
      ]);
    });

    test('are clicks and add-to-carts, both ends of the time inclusive', async () => {
      await tell(
        touch('view', { interactionType: 'view' }),
        touch('too early', { occurredAt: NOON - 30 * DAY - 1 }),
        touch('first', { occurredAt: NOON - 30 * DAY }),
        touch('last', { occurredAt: NOON }),
        touch('too late', { occurredAt: NOON + 1 }),
      );

      expect(await touches()).toEqual(['first', 'last']);
    });

    test('are of the customer, whatever the session, or else of the session, whoever it was', async () => {
      await tell(
        touch('c1 in web', { sessionId: 'web' }),
        touch('c2 in web', { customerId: 'c2', sessionId: 'web' }),
        touch('nobody in web', { customerId: null, sessionId: 'web' }),
        touch('nobody at all', { customerId: null }),
        touch('another shop', { shopId: 's2', sessionId: 'web' }),
      );

      expect(await touches({ sessionId: 'web' })).toEqual(['c1 in web']);
      expect(await touches({ customerId: null, sessionId: 'web' })).toEqual([
        'c1 in web',
        'c2 in web',
        'nobody in web',
      ]);
      expect(await touches({ customerId: null, sessionId: null })).toEqual([]);
    });

    test('are on the products, each once', async () => {
      await tell(
        touch('1'),
        touch('2', { productId: 'x2' }),
        touch('3', { productId: 'x3' }),
        touch('4', { productId: null }),
      );

      expect(await touches({ productIds: ['x2', 'x1', 'x2'] })).toEqual(['1', '2']);
      expect(await touches({ productIds: [] })).toEqual([]);
    });

    test('are on products whatever their ids are made of', async () => {
      const ids = ['NULL', '', ' ', 'a,b', '{x1}', 'a"b', 'a\\b', '\u{1f600}'];
      await tell(...ids.map((productId, n) => touch(String(n), { productId })));

      for (const [n, productId] of ids.entries())
        expect(await touches({ productIds: [productId] })).toEqual([String(n)]);
      expect(await touches({ productIds: ids })).toHaveLength(ids.length);
    });

    test('answer each query in its place', async () => {
      await tell(touch('1'), touch('2', { customerId: null, sessionId: 'web' }));
      const bySession = { ...asked, customerId: null, sessionId: 'web' };

      const found = await ledger.loadTouches({
        touches: [bySession, { ...asked, shopId: 'unknown' }, asked, bySession],
        pins: usagePins(9),
      });

      expect(found.map((some) => some.map(({ interactionId }) => interactionId))).toEqual([['2'], [], ['1'], ['2']]);
      expect(await ledger.loadTouches({ touches: [], pins: usagePins(9) })).toEqual([]);
    });

    test('are within the pins, and resolve by the log where two partitions tell them', async () => {
      await ledger.append(
        batchOf(entry(at('usage', 0, 0), touch('1'), 2_000), entry(at('usage', 0, 1), touch('2'), 2_000)),
      );
      await ledger.append(batchOf(entry(at('usage', 1, 0), touch('1', { interactionType: 'view' }), 1_000)));

      expect(await touches({}, usagePins(2, 1))).toEqual(['2']);
      expect(await touches({}, usagePins(2, 0))).toEqual(['1', '2']);
      expect(await touches({}, usagePins(1, 0))).toEqual(['1']);
    });
  });

  describe('quotes', () => {
    const asked: QuoteQuery = { base: 'INR', quote: 'USD', fromDate: '2026-10-10', toDate: '2026-10-12' };
    const quotePins = (...ends: number[]): Pin[] => ends.map((end, partition) => at('fx-rates', partition, end));
    const quote = (partition: number, offset: number, over: Parameters<typeof quoted>[0], when = offset) =>
      entry(at('fx-rates', partition, offset), quoted(over), when);

    test('come back exactly, ascending by date, both ends inclusive', async () => {
      const days = ['2026-10-13', '2026-10-12', '2026-10-10', '2026-10-09'];
      await ledger.append(
        batchOf(
          ...days.map((asOf, offset) => quote(0, offset, { asOf, rateUnscaled: 2n ** 62n, rateScale: 18 })),
          quote(0, 4, { base: 'USD', quote: 'INR', asOf: '2026-10-11' }),
          quote(0, 5, { asOf: '2026-10-11' }),
        ),
      );

      const rate = { base: 'INR', quote: 'USD', rateUnscaled: 2n ** 62n, rateScale: 18 };
      expect(await ledger.loadQuotes({ quotes: [asked], pins: quotePins(5) })).toEqual([
        [
          { ...rate, asOf: '2026-10-10', position: at('fx-rates', 0, 2), recordedAt: 2 },
          { ...rate, asOf: '2026-10-12', position: at('fx-rates', 0, 1), recordedAt: 1 },
        ],
      ]);
    });

    test('the first of a pair and day stands, by the log and within the pins', async () => {
      const asOf = '2026-10-11';
      await ledger.append(
        batchOf(quote(0, 0, { asOf, rateUnscaled: 2n }, 2_000), quote(0, 1, { asOf, rateUnscaled: 3n })),
      );
      await ledger.append(batchOf(quote(1, 0, { asOf, rateUnscaled: 1n }, 1_000)));
      const rates = async (pins: readonly Pin[]) =>
        (await ledger.loadQuotes({ quotes: [asked], pins }))[0]!.map(({ rateUnscaled }) => rateUnscaled);

      expect(await rates(quotePins(2, 1))).toEqual([1n]);
      expect(await rates(quotePins(2, 0))).toEqual([2n]);
      expect(await rates(quotePins(0, 0))).toEqual([]);
    });

    test('answer each query in its place', async () => {
      await ledger.append(batchOf(quote(0, 0, { asOf: '2026-10-11' })));

      const found = await ledger.loadQuotes({
        quotes: [{ ...asked, base: 'EUR' }, asked, { ...asked, toDate: '2026-10-10' }],
        pins: quotePins(9),
      });

      expect(found.map((some) => some.length)).toEqual([0, 1, 0]);
      expect(await ledger.loadQuotes({ quotes: [], pins: quotePins(9) })).toEqual([]);
    });
  });
}

const recordedAt = (offset: number) => ({ position: at('usage', 0, offset), recordedAt: offset });
