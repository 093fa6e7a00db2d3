/** What every ledger promises. Run on memory and on Postgres. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Ledger } from '../../src/adapters/ledger.ts';
import type { Pin } from '../../src/domain/log-position.ts';
import {
  at,
  batchOf,
  entry,
  interacted,
  OCTOBER,
  placed,
  planned,
  purchased,
  quoted,
  refunded,
  registered,
  usagePins,
} from './ledger-facts.ts';

/** @param createLedger an empty ledger, a new one for each test */
export function ledgerContract(createLedger: () => Promise<Ledger>): void {
  let ledger: Ledger;
  beforeEach(async () => {
    ledger = await createLedger();
  });

  const october = (shopId = 's1') => ({ shopId, ...OCTOBER, countInteractions: true });
  const usage = async (pins: readonly Pin[], shopId?: string) =>
    (await ledger.loadUsage({ windows: [october(shopId)], pins }))[0]!;
  const refundsOf = async (pins: readonly Pin[]) =>
    (await ledger.loadRefunds({ windows: [{ shopId: 's1', ...OCTOBER }], pins }))[0]!;
  const orderTotal = async (pins: readonly Pin[]) => (await usage(pins)).currencies[0]?.orderTotalMinor ?? null;

  describe('append', () => {
    test('moves the position, also over records that were no facts, and never back', async () => {
      await ledger.append(batchOf(entry(at('usage', 1, 4), purchased())));
      await ledger.append({ topic: 'usage', partition: 1, nextOffset: 9n, entries: [] });
      await ledger.append({ topic: 'shops', partition: 0, nextOffset: 2n, entries: [] });
      await ledger.append({ topic: 'usage', partition: 1, nextOffset: 7n, entries: [] });

      expect(await ledger.positions()).toEqual([at('shops', 0, 2), at('usage', 1, 9)]);
    });

    test('appended again, a batch changes nothing', async () => {
      const batch = batchOf(
        entry(at('usage', 0, 0), purchased()),
        entry(at('usage', 0, 1), refunded()),
        entry(at('usage', 0, 2), interacted()),
        entry(at('usage', 0, 3), placed({ orderId: 'o2' })),
      );
      expect(await ledger.append(batch)).toEqual([]);
      const before = [await usage(usagePins(9)), await refundsOf(usagePins(9))];

      expect(await ledger.append(batch)).toEqual([]);

      expect([await usage(usagePins(9)), await refundsOf(usagePins(9))]).toEqual(before);
      expect((await usage(usagePins(9))).currencies[0]).toMatchObject({ orders: 1, conversions: 1 });
    });

    test('of a batch that is partly there, appends the rest', async () => {
      await ledger.append(batchOf(entry(at('usage', 0, 0), purchased())));

      await ledger.append(
        batchOf(entry(at('usage', 0, 0), purchased()), entry(at('usage', 0, 1), purchased({ orderId: 'o2' }))),
      );

      expect((await usage(usagePins(9))).currencies[0]?.orders).toBe(2);
      expect((await usage(usagePins(1))).currencies[0]?.orders).toBe(1);
    });

    test('takes the same fact said twice for one, in one batch and over several', async () => {
      const same = purchased({
        attributions: [
          { channel: 'venus', amountMinor: 1n },
          { channel: 'phoenix', amountMinor: 2n },
        ],
      });
      const inAnotherOrder = purchased({
        attributions: [
          { channel: 'phoenix', amountMinor: 2n },
          { channel: 'venus', amountMinor: 1n },
        ],
      });

      expect(
        await ledger.append(batchOf(entry(at('usage', 0, 0), same), entry(at('usage', 0, 1), inAnotherOrder))),
      ).toEqual([]);
      expect(await ledger.append(batchOf(entry(at('usage', 0, 2), same)))).toEqual([]);

      expect((await usage(usagePins(9))).currencies[0]?.orders).toBe(1);
    });

    test('reports a contradiction within one batch; the first stands', async () => {
      const second = entry(at('usage', 0, 1), purchased({ orderTotalMinor: 2n }));

      const conflicts = await ledger.append(batchOf(entry(at('usage', 0, 0), purchased()), second));

      expect(conflicts).toEqual([
        { entry: second, message: 'PurchaseAttributed of order o1 of shop s1 contradicts the one at usage/0/0.' },
      ]);
      expect(await orderTotal(usagePins(9))).toBe(10_000n);
    });

    test('reports a contradiction of an earlier batch, and again when the batch is appended again', async () => {
      await ledger.append(batchOf(entry(at('usage', 0, 0), interacted())));
      const second = batchOf(entry(at('usage', 0, 1), interacted({ channel: 'venus' })));

      const first = await ledger.append(second);
      const again = await ledger.append(second);

      expect(first.map((conflict) => conflict.entry)).toEqual(second.entries);
      expect(again).toEqual(first);
      expect((await usage(usagePins(9))).interactions).toEqual([{ channel: 'phoenix', count: 1 }]);
    });

    test.each([
      ['another occurrence', purchased({ occurredAt: OCTOBER.start })],
      ['another customer', purchased({ customerId: 'c1' })],
      ['another currency', purchased({ currency: 'EUR' })],
      ['another exponent', purchased({ currencyExponent: 3 })],
      ['another attribution', purchased({ attributions: [] })],
      ['the same order told raw', placed()],
    ])('sees a contradiction in %s', async (_, contradicting) => {
      await ledger.append(batchOf(entry(at('usage', 0, 0), purchased())));

      expect(await ledger.append(batchOf(entry(at('usage', 0, 1), contradicting)))).toHaveLength(1);
    });

    test.each([
      ['lines', placed({ lines: [] })],
      ['status', placed({ financialStatus: 'voided' })],
      ['test mark', placed({ test: true })],
    ])('sees a contradiction in the %s of a raw order', async (_, contradicting) => {
      await ledger.append(batchOf(entry(at('usage', 0, 0), placed()), entry(at('usage', 0, 1), placed())));

      expect(await ledger.append(batchOf(entry(at('usage', 0, 2), contradicting)))).toHaveLength(1);
    });

    test('a refund that names no attributions is another than one with none', async () => {
      await ledger.append(batchOf(entry(at('usage', 0, 0), refunded({ attributions: null }))));

      expect(await ledger.append(batchOf(entry(at('usage', 0, 1), refunded({ attributions: [] }))))).toHaveLength(1);
    });

    test('the first quote of a pair and day stands', async () => {
      const first = batchOf(entry(at('fx-rates', 0, 0), quoted()), entry(at('fx-rates', 0, 1), quoted()));
      const second = batchOf(
        entry(at('fx-rates', 0, 2), quoted({ asOf: '2026-10-30' })),
        entry(at('fx-rates', 0, 3), quoted({ rateUnscaled: 120n })),
      );

      expect(await ledger.append(first)).toEqual([]);
      expect((await ledger.append(second)).map((conflict) => conflict.entry)).toEqual([second.entries[1]]);
    });

    test('registrations and plans never contradict each other', async () => {
      const batch = batchOf(
        entry(at('shops', 0, 0), registered()),
        entry(at('shops', 0, 1), registered({ status: 'closed' })),
        entry(at('shops', 0, 2), planned()),
        entry(at('shops', 0, 3), planned({ taxRatePpm: 1 })),
      );
      expect(await ledger.append(batch)).toEqual([]);
      expect(await ledger.append(batch)).toEqual([]);
    });

    test('refuses a fact that came by a topic whose pins do not cover it', async () => {
      await expect(ledger.append(batchOf(entry(at('usage', 0, 0), registered())))).rejects.toMatchObject({
        code: 'INTERNAL',
      });
      expect(await ledger.positions()).toEqual([]);
    });

    test('two ingesters may bring the same facts at the same time', async () => {
      const orders = Array.from({ length: 50 }, (_, i) => purchased({ orderId: `o${i}` }));
      const batches = [0, 1, 2].map((partition) => {
        const told = partition === 1 ? orders.toReversed() : orders;
        return batchOf(...told.map((order, offset) => entry(at('usage', partition, offset), order)));
      });

      const conflicts = await Promise.all(batches.map((batch) => ledger.append(batch)));

      expect(conflicts.flat()).toEqual([]);
      for (const pins of [usagePins(50), usagePins(0, 50), usagePins(0, 0, 50), usagePins(50, 50, 50)]) {
        expect((await usage(pins)).currencies[0]).toMatchObject({ orders: 50, attributedMinor: 350_000n });
      }
    });
  });

  describe('the same id in two partitions', () => {
    const early = entry(at('usage', 1, 5), purchased({ orderTotalMinor: 111n }), 1_000);
    const late = entry(at('usage', 0, 7), purchased({ orderTotalMinor: 222n }), 2_000);

    test.each([
      ['in the order recorded', early, late],
      ['the later recorded first', late, early],
    ])('reports the second to arrive and resolves by the log (%s)', async (_, first, second) => {
      expect(await ledger.append(batchOf(first))).toEqual([]);
      expect((await ledger.append(batchOf(second))).map((conflict) => conflict.entry)).toEqual([second]);

      expect(await orderTotal(usagePins(8, 6))).toBe(111n);
      expect(await orderTotal(usagePins(8, 5))).toBe(222n);
      expect(await orderTotal(usagePins(7, 6))).toBe(111n);
      expect(await orderTotal(usagePins(7, 5))).toBe(null);
    });

    test('appended again, reports the same', async () => {
      await ledger.append(batchOf(late));
      await ledger.append(batchOf(early));

      expect(await ledger.append(batchOf(late))).toEqual([]);
      expect((await ledger.append(batchOf(early))).map((conflict) => conflict.entry)).toEqual([early]);
    });

    test('at the same instant the lower partition was first', async () => {
      await ledger.append(batchOf(entry(at('usage', 1, 0), purchased({ orderTotalMinor: 111n }), 1_000)));
      await ledger.append(batchOf(entry(at('usage', 0, 9), purchased({ orderTotalMinor: 222n }), 1_000)));

      expect(await orderTotal(usagePins(10, 10))).toBe(222n);
    });

    test('within each partition still only the first counts', async () => {
      await ledger.append(batchOf(entry(at('usage', 0, 0), purchased(), 500)));
      const own = entry(at('usage', 1, 0), purchased({ orderTotalMinor: 1n }), 1_000);
      const repeated = entry(at('usage', 1, 1), purchased({ orderTotalMinor: 1n }), 1_001);
      const other = entry(at('usage', 1, 2), purchased({ orderTotalMinor: 2n }), 1_002);

      const conflicts = await ledger.append(batchOf(own, repeated, other));

      expect(conflicts.map((conflict) => conflict.entry)).toEqual([own, other]);
      expect(await orderTotal(usagePins(0, 9))).toBe(1n);
    });

    test('refunds and interactions resolve alike', async () => {
      const inNovember = OCTOBER.end + 1;
      await ledger.append(
        batchOf(
          entry(at('usage', 0, 0), refunded({ orderId: 'o2', refundTotalMinor: 2n }), 2_000),
          entry(at('usage', 0, 1), interacted({ channel: 'venus' }), 2_000),
          entry(at('usage', 0, 2), interacted({ interactionId: 'i2' }), 2_000),
        ),
      );
      await ledger.append(
        batchOf(
          entry(at('usage', 1, 0), refunded({ orderId: 'o1', refundTotalMinor: 1n }), 1_000),
          entry(at('usage', 1, 1), interacted({ channel: 'apollo' }), 1_000),
          entry(at('usage', 1, 2), interacted({ interactionId: 'i2', occurredAt: inNovember }), 1_000),
        ),
      );

      expect((await refundsOf(usagePins(9, 9))).map((order) => order.orderId)).toEqual(['o1']);
      expect((await refundsOf(usagePins(9, 0))).map((order) => order.orderId)).toEqual(['o2']);
      expect((await usage(usagePins(9, 9))).interactions).toEqual([{ channel: 'apollo', count: 1 }]);
      expect((await usage(usagePins(9, 0))).interactions).toEqual([
        { channel: 'phoenix', count: 1 },
        { channel: 'venus', count: 1 },
      ]);
    });
  });

  describe('shops', () => {
    const everything = planned({
      effectiveUntil: '2026-12-01',
      terms: {
        type: 'hybrid',
        ratePpm: null,
        tiers: [
          { upToMinor: 9_007_199_254_740_993n, ratePpm: 30_000 },
          { upToMinor: null, ratePpm: 20_000 },
        ],
        baseFeeMinor: 2_900n,
        meter: 'conversions',
        unitPriceMinor: 50n,
        includedUnits: 100,
      },
      trialThresholdMinor: 2n ** 62n,
      minimumFeeMinor: -1n,
      maximumFeeMinor: 9n,
      discountRatePpm: 10_000,
      taxRatePpm: 200_000,
      fraudProfile: {
        maxInteractionsPerHour: 1,
        maxInteractionsPerDay: null,
        maxClicksPerSessionMinute: 3,
        minConversionRatePpm: 4,
        maxConversionRatePpm: 5,
        maxRevenuePerHourMinor: 9_007_199_254_740_993n,
        maxRevenuePerDayMinor: null,
        maxInteractionsPerIpHour: 8,
        maxSessionsPerIpHour: 9,
      },
    });

    test('come back exactly, in the order they were recorded, within the pins', async () => {
      const first = entry(at('shops', 1, 0), registered({ status: 'trial' }), 100);
      const second = entry(at('shops', 0, 0), registered(), 200);
      const plan = entry(at('shops', 0, 1), everything, 300);
      const simple = entry(at('shops', 1, 1), planned({ planId: 'p0' }), 250);
      await ledger.append(batchOf(second, plan));
      await ledger.append(batchOf(first, simple));

      const shops = await ledger.loadShops({
        shopIds: ['s1', 'unknown', 's1'],
        pins: [at('shops', 0, 9), at('shops', 1, 9)],
      });

      const flat = ({ fact, position, recordedAt }: typeof first) => ({ ...fact.data, position, recordedAt });
      expect(shops).toEqual(
        new Map([
          ['s1', { shopId: 's1', registrations: [flat(first), flat(second)], plans: [flat(simple), flat(plan)] }],
        ]),
      );
      const earlier = await ledger.loadShops({ shopIds: ['s1'], pins: [at('shops', 0, 1)] });
      expect(earlier.get('s1')).toEqual({ shopId: 's1', registrations: [flat(second)], plans: [] });
      expect(await ledger.loadShops({ shopIds: ['s1'], pins: [at('usage', 0, 9)] })).toEqual(new Map());
    });

    test('are listed in order of their bytes, page by page, when registered within the pins', async () => {
      const ids = ['b', 'a', 'B', 'ä', 'a-1', 'a_1', '\u{1f600}', '\uffee'];
      await ledger.append(
        batchOf(
          ...ids.map((shopId, offset) => entry(at('shops', 0, offset), registered({ shopId }))),
          entry(at('shops', 0, 8), registered({ shopId: 'b' })),
          entry(at('shops', 0, 9), planned({ shopId: 'only-a-plan' })),
          entry(at('shops', 0, 10), registered({ shopId: 'beyond' })),
        ),
      );
      const pins = [at('shops', 0, 10)];

      const first = await ledger.shopIds({ after: null, limit: 3, pins });
      const rest = await ledger.shopIds({ after: first.at(-1)!, limit: 100, pins });

      const sorted = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(first).toHaveLength(3);
      expect([...first, ...rest]).toEqual(sorted);
    });

    test('with usage are those with a purchase, refund or interaction in the window', async () => {
      const facts = [
        purchased({ shopId: 'bought' }),
        placed({ shopId: 'placed' }),
        refunded({ shopId: 'refunded' }),
        interacted({ shopId: 'clicked' }),
        purchased({ shopId: 'too-early', occurredAt: OCTOBER.start - 1 }),
        purchased({ shopId: 'just-in', occurredAt: OCTOBER.start }),
        purchased({ shopId: 'too-late', occurredAt: OCTOBER.end }),
        purchased({ shopId: 'beyond-the-pins' }),
      ];
      await ledger.append(batchOf(...facts.map((told, offset) => entry(at('usage', 0, offset), told))));
      const asked = { ...OCTOBER, pins: usagePins(7) };

      const first = await ledger.shopIdsWithUsage({ ...asked, after: null, limit: 2 });
      const rest = await ledger.shopIdsWithUsage({ ...asked, after: 'clicked', limit: 9 });

      expect([...first, ...rest]).toEqual(['bought', 'clicked', 'just-in', 'placed', 'refunded']);
    });
  });

  describe('usage', () => {
    test('counts what belongs to an order once, however many channels it has', async () => {
      await ledger.append(
        batchOf(
          entry(
            at('usage', 0, 0),
            purchased({
              attributions: [
                { channel: 'venus', amountMinor: 300n },
                { channel: 'phoenix', amountMinor: 100n },
                { channel: 'venus', amountMinor: 30n },
                { channel: 'apollo', amountMinor: 0n },
              ],
            }),
          ),
          entry(at('usage', 0, 1), purchased({ orderId: 'o2', attributions: [] })),
          entry(at('usage', 0, 2), purchased({ orderId: 'o3', currency: 'EUR', attributions: [] })),
          entry(at('usage', 0, 3), placed({ orderId: 'o4' })),
          entry(at('usage', 0, 4), interacted()),
        ),
      );

      expect(await usage(usagePins(9))).toEqual({
        currencies: [
          { currency: 'EUR', orders: 1, orderTotalMinor: 10_000n, attributedMinor: 0n, conversions: 0, channels: [] },
          {
            currency: 'USD',
            orders: 2,
            orderTotalMinor: 20_000n,
            attributedMinor: 430n,
            conversions: 1,
            channels: [
              { channel: 'apollo', attributedMinor: 0n, conversions: 0 },
              { channel: 'phoenix', attributedMinor: 100n, conversions: 1 },
              { channel: 'venus', attributedMinor: 330n, conversions: 1 },
            ],
          },
        ],
        interactions: [{ channel: 'phoenix', count: 1 }],
        rawOrders: 1,
        // Exactly what: see the naive model.
        purchasesPrint: expect.any(BigInt) as bigint,
        interactionsPrint: expect.any(BigInt) as bigint,
      });
    });

    test('sums pass 64 bit', async () => {
      const most = 2n ** 63n - 1n;
      const huge = { orderTotalMinor: most, attributions: [{ channel: 'phoenix', amountMinor: most }] };
      await ledger.append(
        batchOf(
          entry(at('usage', 0, 0), purchased({ orderId: 'o1', ...huge })),
          entry(at('usage', 0, 1), purchased({ orderId: 'o2', ...huge })),
        ),
      );

      expect((await usage(usagePins(9))).currencies[0]).toMatchObject({
        orderTotalMinor: 2n * most,
        attributedMinor: 2n * most,
      });
    });

    test('answers each window in its place, also the same shop twice and shops unknown', async () => {
      await ledger.append(
        batchOf(
          entry(at('usage', 0, 0), purchased({ occurredAt: OCTOBER.start })),
          entry(at('usage', 0, 1), purchased({ orderId: 'o2', occurredAt: OCTOBER.end })),
          entry(at('usage', 0, 2), interacted({ occurredAt: OCTOBER.end - 1 })),
        ),
      );

      const answers = await ledger.loadUsage({
        windows: [
          october('unknown'),
          { shopId: 's1', start: OCTOBER.end, end: OCTOBER.end + 1, countInteractions: true },
          { ...october(), countInteractions: false },
          october(),
        ],
        pins: usagePins(9),
      });

      expect(answers.map((answer) => [answer.currencies[0]?.orders ?? 0, answer.interactions.length])).toEqual([
        [0, 0],
        [1, 0],
        [1, 0],
        [1, 1],
      ]);
      expect(await ledger.loadUsage({ windows: [], pins: usagePins(9) })).toEqual([]);
    });
  });

  describe('refunds', () => {
    test('come with their order and the earlier refunds of it, not with later ones', async () => {
      const day = 86_400_000;
      const entries = [
        purchased({ occurredAt: OCTOBER.start - 9 * day }),
        refunded({ refundId: 'r2', occurredAt: OCTOBER.start + day, attributions: [] }),
        refunded({ refundId: 'r1', occurredAt: OCTOBER.start - day }),
        refunded({ refundId: 'r3', occurredAt: OCTOBER.end }),
        refunded({ refundId: 'r4', orderId: 'o9', occurredAt: OCTOBER.start }),
        refunded({ refundId: 'r5', orderId: 'o8', occurredAt: OCTOBER.start - day }),
        refunded({
          refundId: 'r0',
          occurredAt: OCTOBER.start + day,
          attributions: [
            { channel: 'venus', amountMinor: 1n },
            { channel: 'phoenix', amountMinor: 2n },
          ],
        }),
      ].map((told, offset) => entry(at('usage', 0, offset), told));
      await ledger.append(batchOf(...entries));

      const seen = (offset: number, attributions: unknown) => {
        const { fact, position, recordedAt } = entries[offset]!;
        if (fact.type !== 'PurchaseRefunded') throw new Error(`Entry ${offset} is no refund.`);
        const { refundId, occurredAt, currency, refundTotalMinor } = fact.data;
        return { refundId, occurredAt, currency, refundTotalMinor, attributions, position, recordedAt };
      };
      expect(await refundsOf(usagePins(9))).toEqual([
        {
          orderId: 'o1',
          order: {
            orderId: 'o1',
            occurredAt: OCTOBER.start - 9 * day,
            currency: 'USD',
            orderTotalMinor: 10_000n,
            customerId: null,
            sessionId: null,
            attributions: [{ channel: 'phoenix', amountMinor: 7_000n }],
            raw: null,
            position: at('usage', 0, 0),
            recordedAt: 0,
          },
          refunds: [
            seen(2, null),
            seen(6, [
              { channel: 'phoenix', amountMinor: 2n },
              { channel: 'venus', amountMinor: 1n },
            ]),
            seen(1, []),
          ],
        },
        { orderId: 'o9', order: null, refunds: [seen(4, null)] },
      ]);
    });

    test('an order beyond the pins is not seen, a raw one is', async () => {
      await ledger.append(
        batchOf(
          entry(at('usage', 0, 0), refunded()),
          entry(at('usage', 0, 1), refunded({ refundId: 'r2', orderId: 'o2' })),
          entry(at('usage', 0, 2), placed({ orderId: 'o1' })),
          entry(at('usage', 0, 3), purchased({ orderId: 'o2' })),
        ),
      );

      const orders = (await refundsOf(usagePins(3))).map(({ orderId, order }) => [orderId, order?.raw ?? null]);

      expect(orders).toEqual([
        [
          'o1',
          {
            lines: [{ productId: 'x"1\\', quantity: 2, priceMinor: 5_000n }],
            financialStatus: 'paid',
            test: false,
          },
        ],
        ['o2', null],
      ]);
    });

    test('windows are answered in their places', async () => {
      await ledger.append(batchOf(entry(at('usage', 0, 0), refunded())));
      const windows = [
        { shopId: 'unknown', ...OCTOBER },
        { shopId: 's1', ...OCTOBER },
      ];

      const answers = await ledger.loadRefunds({ windows, pins: usagePins(9) });

      expect(answers.map((orders) => orders.length)).toEqual([0, 1]);
      expect(await ledger.loadRefunds({ windows: [], pins: [] })).toEqual([]);
    });
  });
}
