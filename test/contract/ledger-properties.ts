/** Sums and refunds against a naive model, over random facts, partitions, repeats, contradictions, batches and pins. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LateQuery, Ledger, LedgerEntry } from '../../src/adapters/ledger.ts';
import { mergeAttributions } from '../../src/adapters/ledger-attributions.ts';
import { compareRecorded, type Pin } from '../../src/domain/log-position.ts';
import type { OrderSeen, TouchQuery } from '../../src/domain/order-facts.ts';
import type { UsageWindow } from '../../src/domain/shop-facts.ts';
import { at, batchOf, entry, interacted, placed, purchased, refunded, usagePins } from './ledger-facts.ts';

const SEED = 20261101;
const RUNS = 60;
const SHOPS = ['s1', 's2'];
const PARTITIONS = 3;
const TIMES = 6;
/** Ascending by code unit. */
const CHANNELS = ['B', 'a', 'b', 'c', 'd', 'e', 'f'];

const oneOf = (...values: string[]) => fc.constantFrom(...values);
const small = fc.bigInt({ min: 0n, max: 3n });
const attributions = fc.array(fc.record({ channel: oneOf(...CHANNELS), amountMinor: small }), { maxLength: 9 });
const shared = { shopId: oneOf(...SHOPS), occurredAt: fc.nat(TIMES), currency: oneOf('EUR', 'USD') };

/** Few ids and few values, so that repeats and contradictions are common. */
const told = fc.oneof(
  fc
    .record({ ...shared, orderId: oneOf('o1', 'o2', 'o3'), orderTotalMinor: small, attributions })
    .map((over) => purchased(over)),
  fc.record({ ...shared, orderId: oneOf('o1', 'o2', 'o3'), test: fc.boolean() }).map((over) => placed(over)),
  fc
    .record({
      ...shared,
      refundId: oneOf('r1', 'r2', 'r3'),
      orderId: oneOf('o1', 'o2'),
      attributions: fc.option(attributions),
    })
    .map((over) => refunded(over)),
  fc
    .record({
      shopId: shared.shopId,
      occurredAt: shared.occurredAt,
      interactionId: oneOf('i1', 'i2'),
      channel: oneOf('a', 'b'),
      interactionType: fc.constantFrom('view' as const, 'click' as const, 'add_to_cart' as const),
      customerId: fc.option(oneOf('c1', 'c2')),
      sessionId: fc.option(oneOf('w1', 'w2')),
      productId: fc.option(oneOf('x1', 'x2')),
    })
    .map((over) => interacted(over)),
);

/** A log: facts over partitions, log timestamps ascending within each. */
const log = fc.array(fc.tuple(fc.nat(PARTITIONS - 1), fc.nat(2), told), { maxLength: 40 }).map((facts) => {
  const ends = Array.from({ length: PARTITIONS }, () => ({ offset: 0, recordedAt: 0 }));
  return facts.map(([partition, later, fact]) => {
    const end = ends[partition]!;
    end.recordedAt += later;
    return entry(at('usage', partition, end.offset++), fact, end.recordedAt);
  });
});

const scenario = fc.record({
  log,
  sizes: fc.infiniteStream(fc.integer({ min: 1, max: 7 })),
  pins: fc.array(fc.nat(20), { maxLength: PARTITIONS }).map((ends) => usagePins(...ends)),
  windows: fc.array(
    fc
      .record({
        shopId: oneOf(...SHOPS, 's3'),
        start: fc.nat(TIMES),
        length: fc.nat(TIMES),
        countInteractions: fc.boolean(),
      })
      .map(({ length, ...window }): UsageWindow => ({ ...window, end: window.start + length })),
    { minLength: 1, maxLength: 4 },
  ),
  touches: fc.array(
    fc
      .record({
        shopId: oneOf(...SHOPS, 's3'),
        customerId: fc.option(oneOf('c1', 'c2')),
        sessionId: fc.option(oneOf('w1', 'w2')),
        productIds: fc.array(oneOf('x1', 'x2', 'x3'), { maxLength: 2 }),
        from: fc.nat(TIMES),
        length: fc.nat(TIMES),
      })
      .map(({ length, ...asked }): TouchQuery => ({ ...asked, to: asked.from + length })),
    { maxLength: 4 },
  ),
  late: fc.array(
    fc
      .record({
        shopId: oneOf(...SHOPS, 's3'),
        before: fc.nat(TIMES),
        ends: fc.array(fc.nat(20), { maxLength: PARTITIONS }),
      })
      .map(({ ends, ...asked }): LateQuery => ({ ...asked, from: usagePins(...ends) })),
    { maxLength: 3 },
  ),
});

export function ledgerProperties(createLedger: () => Promise<Ledger>): void {
  test(`agrees with a naive model (seed ${SEED})`, { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ log: records, sizes, pins, windows, touches, late }) => {
        const ledger = await createLedger();
        await appendInBatches(ledger, records, sizes);

        const standing = resolve(records, pins);
        expect(await ledger.loadUsage({ windows, pins })).toEqual(
          windows.map((window) => naiveUsage(standing, window)),
        );
        expect(await ledger.loadRefunds({ windows, pins })).toEqual(
          windows.map((window) => naiveRefunds(standing, window)),
        );
        const inDollars = windows.map((window) => ({ ...window, currency: 'USD' }));
        expect(await ledger.loadOrders({ windows: inDollars, pins })).toEqual(
          windows.map((window) => naiveOrders(standing, window)),
        );
        expect(await ledger.loadTouches({ touches, pins })).toEqual(
          touches.map((asked) => naiveTouches(standing, asked)),
        );
        expect(await ledger.loadLateFacts({ shops: late, pins })).toEqual(
          late.map((asked) => naiveLateFacts(standing, asked)),
        );
        const { start, end } = windows[0]!;
        expect(await ledger.shopIdsWithUsage({ start, end, pins, after: null, limit: 9 })).toEqual(
          SHOPS.filter((shopId) => standing.some(({ fact }) => inside(fact.data, { shopId, start, end }))),
        );
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
}

/** Batches of one partition each, in the order of the log, now and then one of them twice. */
async function appendInBatches(ledger: Ledger, records: readonly LedgerEntry[], sizes: Iterator<number>) {
  const waiting = Map.groupBy(records, (record) => record.position.partition);
  while (waiting.size > 0) {
    for (const [partition, rest] of waiting) {
      const size: number = sizes.next().value as number;
      const batch = batchOf(...rest.splice(0, size));
      if (rest.length === 0) waiting.delete(partition);
      await ledger.append(batch);
      if (size % 3 === 0) await ledger.append(batch);
    }
  }
}

type UsageFact = Extract<LedgerEntry['fact'], { data: { occurredAt: number; shopId: string } }>;
type Standing = LedgerEntry & { fact: UsageFact };

/** For each id the first record within the pins, by the log. */
function resolve(records: readonly LedgerEntry[], pins: readonly Pin[]): Standing[] {
  const byId = new Map<string, Standing>();
  for (const record of records.toSorted(compareRecorded) as Standing[]) {
    const { partition, offset } = record.position;
    const id = `${record.fact.data.shopId} ${idOf(record.fact)}`;
    if (pins.some((pin) => pin.partition === partition && offset < pin.offset) && !byId.has(id)) byId.set(id, record);
  }
  return [...byId.values()];
}

function idOf({ data }: UsageFact): string {
  if ('refundId' in data) return data.refundId;
  if ('interactionId' in data) return data.interactionId;
  return 'orderId' in data ? data.orderId : '';
}

const inside = (
  data: { shopId: string; occurredAt: number },
  window: { shopId: string; start: number; end: number },
): boolean => data.shopId === window.shopId && data.occurredAt >= window.start && data.occurredAt < window.end;

function naiveLateFacts(standing: readonly Standing[], { shopId, before, from }: LateQuery) {
  const isLate = ({ fact, position }: Standing) =>
    fact.data.shopId === shopId &&
    fact.data.occurredAt < before &&
    from.every((pin) => pin.partition !== position.partition || position.offset >= pin.offset);
  return standing
    .filter(isLate)
    .map(({ position, fact }) => ({ position, occurredAt: fact.data.occurredAt }))
    .sort((a, b) => a.position.partition - b.position.partition || Number(a.position.offset - b.position.offset));
}

/** Nothing here is so large that remainders would matter. */
function naivePrints(ours: readonly Standing[], { countInteractions }: UsageWindow) {
  const prints = { purchasesPrint: 0n, interactionsPrint: 0n };
  for (const { fact, position } of ours) {
    const place = position.offset * 31n + BigInt(position.partition) + 1n;
    const at = BigInt(fact.data.occurredAt);
    if (fact.type === 'InteractionRecorded' && countInteractions) prints.interactionsPrint += place * (at + 1n);
    if (fact.type !== 'PurchaseAttributed' && fact.type !== 'OrderPlaced') continue;
    const parts = fact.type === 'PurchaseAttributed' ? mergeAttributions(fact.data.attributions) : [];
    const attributed = parts.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
    const firstFour = parts
      .slice(0, 4)
      .reduce((sum, { amountMinor }, n) => sum + amountMinor * [11n, 13n, 17n, 19n][n]!, 0n);
    prints.purchasesPrint += place * (at * 3n + fact.data.orderTotalMinor * 5n + attributed * 7n + firstFour + 1n);
  }
  return prints;
}

function naiveUsage(standing: readonly Standing[], window: UsageWindow) {
  const ours = standing.filter(({ fact }) => inside(fact.data, window));
  const facts = ours.map(({ fact }) => fact);
  const orders = facts.flatMap((fact) => (fact.type === 'PurchaseAttributed' ? [fact.data] : []));
  const clicks = facts.flatMap((fact) => (fact.type === 'InteractionRecorded' ? [fact.data] : []));
  return {
    rawOrders: facts.filter((fact) => fact.type === 'OrderPlaced').length,
    ...naivePrints(ours, window),
    currencies: ['EUR', 'USD'].flatMap((currency) => {
      const ours = orders.filter((order) => order.currency === currency);
      if (ours.length === 0) return [];
      const credited = (channel: string) =>
        ours.map((order) => order.attributions.filter((part) => part.channel === channel));
      const sum = (parts: readonly { amountMinor: bigint }[]) =>
        parts.reduce((total, part) => total + part.amountMinor, 0n);
      return {
        currency,
        orders: ours.length,
        orderTotalMinor: ours.reduce((total, order) => total + order.orderTotalMinor, 0n),
        attributedMinor: sum(ours.flatMap((order) => order.attributions)),
        conversions: ours.filter((order) => sum(order.attributions) > 0n).length,
        channels: CHANNELS.flatMap((channel) => {
          const parts = credited(channel);
          if (parts.every((ofOrder) => ofOrder.length === 0)) return [];
          return {
            channel,
            attributedMinor: sum(parts.flat()),
            conversions: parts.filter((ofOrder) => sum(ofOrder) > 0n).length,
          };
        }),
      };
    }),
    interactions: ['a', 'b'].flatMap((channel) => {
      const count = window.countInteractions ? clicks.filter((click) => click.channel === channel).length : 0;
      return count === 0 ? [] : { channel, count };
    }),
  };
}

function ordersOf(standing: readonly Standing[], { shopId }: { shopId: string }): OrderSeen[] {
  return standing.flatMap(({ fact, position, recordedAt }) => {
    if (fact.type !== 'PurchaseAttributed' && fact.type !== 'OrderPlaced') return [];
    const { orderId, occurredAt, currency, orderTotalMinor, customerId, sessionId } = fact.data;
    if (fact.data.shopId !== shopId) return [];
    const shared = { orderId, occurredAt, currency, orderTotalMinor, customerId, sessionId, position, recordedAt };
    if (fact.type === 'PurchaseAttributed') {
      return { ...shared, attributions: mergeAttributions(fact.data.attributions), raw: null };
    }
    const { lines, financialStatus, test } = fact.data;
    return { ...shared, attributions: [], raw: { lines, financialStatus, test } };
  });
}

function naiveOrders(standing: readonly Standing[], window: UsageWindow) {
  return ordersOf(standing, window)
    .filter(({ occurredAt }) => occurredAt >= window.start && occurredAt < window.end)
    .filter(({ raw, currency }) => raw !== null || currency !== 'USD')
    .sort((a, b) => a.occurredAt - b.occurredAt || (a.orderId < b.orderId ? -1 : 1));
}

function naiveTouches(standing: readonly Standing[], asked: TouchQuery) {
  return standing
    .flatMap(({ fact, position, recordedAt }) => {
      if (fact.type !== 'InteractionRecorded' || fact.data.shopId !== asked.shopId) return [];
      const { interactionId, occurredAt, channel, productId, customerId, sessionId, interactionType } = fact.data;
      if (asked.customerId !== null && customerId !== asked.customerId) return [];
      if (asked.customerId === null && (sessionId === null || sessionId !== asked.sessionId)) return [];
      if (interactionType === 'view' || productId === null || !asked.productIds.includes(productId)) return [];
      if (occurredAt < asked.from || occurredAt > asked.to) return [];
      return [{ interactionId, occurredAt, channel, productId, position, recordedAt }];
    })
    .sort((a, b) => a.occurredAt - b.occurredAt || (a.interactionId < b.interactionId ? -1 : 1));
}

function naiveRefunds(standing: readonly Standing[], window: { shopId: string; start: number; end: number }) {
  const refunds = standing
    .flatMap(({ fact, position, recordedAt }) =>
      fact.type === 'PurchaseRefunded' && fact.data.shopId === window.shopId
        ? [{ data: fact.data, position, recordedAt }]
        : [],
    )
    .sort((a, b) => a.data.occurredAt - b.data.occurredAt || (a.data.refundId < b.data.refundId ? -1 : 1));
  return ['o1', 'o2'].flatMap((orderId) => {
    const ofOrder = refunds.filter(({ data }) => data.orderId === orderId && data.occurredAt < window.end);
    if (!ofOrder.some(({ data }) => data.occurredAt >= window.start)) return [];
    const order = ordersOf(standing, window).find((one) => one.orderId === orderId) ?? null;
    return {
      orderId,
      order,
      refunds: ofOrder.map(({ data, position, recordedAt }) => ({
        refundId: data.refundId,
        occurredAt: data.occurredAt,
        currency: data.currency,
        refundTotalMinor: data.refundTotalMinor,
        attributions: data.attributions && mergeAttributions(data.attributions),
        position,
        recordedAt,
      })),
    };
  });
}
