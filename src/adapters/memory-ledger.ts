/** The ledger in memory: the same promises in the plainest way, for tests and the simulator. */
import { isDeepStrictEqual } from 'node:util';
import type { Fact, InteractionRecorded } from '../domain/facts.ts';
import { compareRecorded, type LogPosition, type Pin, type Recorded } from '../domain/log-position.ts';
import type { OrderSeen, Touch, TouchQuery } from '../domain/order-facts.ts';
import { sees } from '../domain/pins.ts';
import type { RefundedOrder, RefundSeen } from '../domain/shop-facts.ts';
import { compareIds } from './id-order.ts';
import { mergeAttributions } from './ledger-attributions.ts';
import { conflictOf, refuseStrays } from './ledger-batch.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { busiestHours, sumInteractions, toInteractionSignals, toPurchasesSeen } from './memory-ledger-fraud.ts';
import { sumUsage } from './memory-ledger-usage.ts';

type Recording<T extends Fact['type']> = LedgerEntry & { fact: Extract<Fact, { type: T }> };

/** Everything about one shop. A fact that counts once has a list: one entry per partition, the first stored in front. */
interface ShopFacts {
  registrations: Recording<'ShopRegistered'>[];
  plans: Recording<'PlanAssigned'>[];
  orders: Map<string, Recording<'PurchaseAttributed' | 'OrderPlaced'>[]>;
  refunds: Map<string, Recording<'PurchaseRefunded'>[]>;
  interactions: Map<string, Recording<'InteractionRecorded'>[]>;
}

export function createMemoryLedger(): Ledger {
  const shops = new Map<string, ShopFacts>();
  const quotes = new Map<string, Recording<'FxRateQuoted'>[]>();
  const positions = new Map<string, Pin>();

  const shop = (shopId: string): ShopFacts =>
    getOrSet(shops, shopId, () => ({
      registrations: [],
      plans: [],
      orders: new Map(),
      refunds: new Map(),
      interactions: new Map(),
    }));

  const appendOne = (entry: LedgerEntry): LogPosition | null => {
    const { fact } = entry;
    switch (fact.type) {
      case 'ShopRegistered':
        return keep(shop(fact.data.shopId).registrations, { ...entry, fact });
      case 'PlanAssigned':
        return keep(shop(fact.data.shopId).plans, { ...entry, fact });
      case 'PurchaseAttributed':
      case 'OrderPlaced':
        return keepOnce(listOf(shop(fact.data.shopId).orders, fact.data.orderId), { ...entry, fact });
      case 'PurchaseRefunded':
        return keepOnce(listOf(shop(fact.data.shopId).refunds, fact.data.refundId), { ...entry, fact });
      case 'InteractionRecorded':
        return keepOnce(listOf(shop(fact.data.shopId).interactions, fact.data.interactionId), { ...entry, fact });
      case 'FxRateQuoted':
        return keepOnce(listOf(quotes, [fact.data.base, fact.data.quote, fact.data.asOf].join(' ')), {
          ...entry,
          fact,
        });
      default:
        return fact satisfies never;
    }
  };

  return {
    append: async (batch) => {
      refuseStrays(batch);
      const { topic, partition, nextOffset } = batch;
      const conflicts = batch.entries.flatMap((entry) => {
        const earlier = appendOne(entry);
        return earlier === null ? [] : [conflictOf(entry, earlier)];
      });
      const known = getOrSet(positions, `${topic}/${partition}`, () => ({ topic, partition, offset: nextOffset }));
      if (known.offset < nextOffset) positions.set(`${topic}/${partition}`, { topic, partition, offset: nextOffset });
      return conflicts;
    },

    positions: async () =>
      [...positions.values()].sort((a, b) => compareIds(a.topic, b.topic) || a.partition - b.partition),

    shopIds: async ({ after, limit, pins }) =>
      page(
        [...shops].filter(([, facts]) => visible(facts.registrations, pins).length > 0),
        after,
        limit,
      ),

    loadShops: async ({ shopIds, pins }) => {
      const records = [...new Set(shopIds)].map((shopId) => ({
        shopId,
        registrations: visible(shops.get(shopId)?.registrations ?? [], pins).map(flat),
        plans: visible(shops.get(shopId)?.plans ?? [], pins).map(flat),
      }));
      const known = records.filter(({ registrations, plans }) => registrations.length + plans.length > 0);
      return new Map(known.map((record) => [record.shopId, record]));
    },

    loadUsage: async ({ windows, pins }) =>
      windows.map((window) => {
        const facts = shops.get(window.shopId);
        return sumUsage({
          orders: during(standing(facts?.orders, pins), window),
          interactions: window.countInteractions ? during(standing(facts?.interactions, pins), window) : [],
        });
      }),

    loadRefunds: async ({ windows, pins }) =>
      windows.map((window) => {
        const facts = shops.get(window.shopId);
        const refunds = standing(facts?.refunds, pins);
        const orderIds = new Set(during(refunds, window).map((entry) => entry.fact.data.orderId));
        return [...orderIds].sort(compareIds).map((orderId): RefundedOrder => {
          const order = facts?.orders.get(orderId) ?? [];
          return {
            orderId,
            order: visible(order, pins).slice(0, 1).map(toOrder)[0] ?? null,
            refunds: refunds
              .filter(({ fact }) => fact.data.orderId === orderId && fact.data.occurredAt < window.end)
              .map(toRefund)
              .sort((a, b) => a.occurredAt - b.occurredAt || compareIds(a.refundId, b.refundId)),
          };
        });
      }),

    loadOrders: async ({ windows, pins }) =>
      windows.map((window) =>
        during(standing(shops.get(window.shopId)?.orders, pins), window)
          .filter(({ fact }) => fact.type === 'OrderPlaced' || fact.data.currency !== window.currency)
          .map(toOrder)
          .sort((a, b) => a.occurredAt - b.occurredAt || compareIds(a.orderId, b.orderId)),
      ),

    loadTouches: async ({ touches, pins }) =>
      touches.map((asked) =>
        standing(shops.get(asked.shopId)?.interactions, pins)
          .filter(({ fact }) => isTouch(fact.data, asked))
          .map(toTouch)
          .sort((a, b) => a.occurredAt - b.occurredAt || compareIds(a.interactionId, b.interactionId)),
      ),

    loadQuotes: async ({ quotes: asked, pins }) =>
      asked.map(({ base, quote, fromDate, toDate }) =>
        standing(quotes, pins)
          .map(flat)
          .filter((one) => one.base === base && one.quote === quote && one.asOf >= fromDate && one.asOf <= toDate)
          .sort((a, b) => compareIds(a.asOf, b.asOf)),
      ),

    loadInteractionSums: async ({ windows, pins }) =>
      windows.map((window) => {
        const interactions = standing(shops.get(window.shopId)?.interactions, pins);
        return {
          everInteracted: interactions.length > 0,
          sums: sumInteractions(during(interactions, window).map(told)),
        };
      }),

    loadBusiestHours: async ({ windows, pins }) =>
      windows.map((window) =>
        busiestHours(during(standing(shops.get(window.shopId)?.interactions, pins), window).map(told)),
      ),

    loadInteractions: async ({ windows, pins }) =>
      windows.map((window) =>
        toInteractionSignals(during(standing(shops.get(window.shopId)?.interactions, pins), window).map(told)),
      ),

    loadPurchases: async ({ windows, pins }) =>
      windows.map((window) => {
        const facts = shops.get(window.shopId);
        const purchases = during(standing(facts?.orders, pins), window).map(({ fact }) => fact.data);
        return toPurchasesSeen(purchases, standing(facts?.interactions, pins).map(told));
      }),

    loadLateFacts: async ({ shops: asked, pins }) =>
      asked.map(({ shopId, before, from }) => {
        const facts = shops.get(shopId);
        return [
          ...standing<Recording<UsageType>>(facts?.orders, pins),
          ...standing<Recording<UsageType>>(facts?.refunds, pins),
          ...standing<Recording<UsageType>>(facts?.interactions, pins),
        ]
          .map(({ position, fact }) => ({ position, occurredAt: fact.data.occurredAt }))
          .filter(({ position, occurredAt }) => occurredAt < before && !sees(from, position))
          .sort((a, b) => comparePlaces(a.position, b.position));
      }),

    shopIdsWithUsage: async ({ start, end, pins, after, limit }) => {
      const used = [...shops].filter(([, facts]) =>
        [facts.orders, facts.refunds, facts.interactions].some(
          (stored) =>
            during<Recording<UsageType>>(standing<Recording<UsageType>>(stored, pins), { start, end }).length > 0,
        ),
      );
      return page(used, after, limit);
    },
  };
}

type UsageType = 'PurchaseAttributed' | 'OrderPlaced' | 'PurchaseRefunded' | 'InteractionRecorded';

/** Every record is kept; the same record again changes nothing. */
function keep<E extends LedgerEntry>(entries: E[], entry: E): null {
  if (!entries.some(({ position }) => samePlace(position, entry.position))) entries.push(entry);
  return null;
}

/** Keeps the first of each partition. Returns where the entry's contradiction stands, if there is one. */
function keepOnce<E extends LedgerEntry>(entries: E[], entry: E): LogPosition | null {
  const own = entries.find(({ position }) => position.partition === entry.position.partition);
  if (!own) entries.push(entry);
  const earlier = own && own.position.offset !== entry.position.offset ? own : entries[0]!;
  return isDeepStrictEqual(comparable(earlier.fact), comparable(entry.fact)) ? null : earlier.position;
}

/** Attributions say the same in any order and however split. */
function comparable(fact: Fact): unknown {
  if (!('attributions' in fact.data) || fact.data.attributions === null) return fact;
  return { ...fact, data: { ...fact.data, attributions: mergeAttributions(fact.data.attributions) } };
}

const comparePlaces = (a: LogPosition, b: LogPosition) => a.partition - b.partition || (a.offset < b.offset ? -1 : 1);

const samePlace = (a: LogPosition, b: LogPosition) => a.partition === b.partition && a.offset === b.offset;

/** Entries within the pins, in the order they were recorded. */
function visible<E extends LedgerEntry>(entries: readonly E[], pins: readonly Pin[]): E[] {
  const inside = ({ position }: E) =>
    pins.some(
      (pin) => pin.topic === position.topic && pin.partition === position.partition && position.offset < pin.offset,
    );
  return entries.filter(inside).sort(compareRecorded);
}

/** Of each fact that counts once, the first within the pins. */
const standing = <E extends LedgerEntry>(
  facts: ReadonlyMap<string, readonly E[]> | undefined,
  pins: readonly Pin[],
): E[] => [...(facts?.values() ?? [])].flatMap((entries) => visible(entries, pins).slice(0, 1));

const during = <E extends { fact: { data: { occurredAt: number } } }>(
  entries: readonly E[],
  { start, end }: { start: number; end: number },
): E[] => entries.filter(({ fact }) => fact.data.occurredAt >= start && fact.data.occurredAt < end);

const told = <D>({ fact }: { fact: { data: D } }): D => fact.data;

const flat = <D>({ fact, position, recordedAt }: Recorded & { fact: { data: D } }): D & Recorded => ({
  ...fact.data,
  position,
  recordedAt,
});

const toOrder = ({ fact, position, recordedAt }: Recording<'PurchaseAttributed' | 'OrderPlaced'>): OrderSeen => {
  const { orderId, occurredAt, currency, orderTotalMinor, customerId, sessionId } = fact.data;
  const shared = { position, recordedAt, orderId, occurredAt, currency, orderTotalMinor, customerId, sessionId };
  if (fact.type === 'PurchaseAttributed') {
    return { ...shared, attributions: mergeAttributions(fact.data.attributions), raw: null };
  }
  const { lines, financialStatus, test } = fact.data;
  return { ...shared, attributions: [], raw: { lines, financialStatus, test } };
};

function isTouch(one: InteractionRecorded, { customerId, sessionId, productIds, from, to }: TouchQuery): boolean {
  const isOurs =
    customerId !== null ? one.customerId === customerId : sessionId !== null && one.sessionId === sessionId;
  const isOfProduct = one.productId !== null && productIds.includes(one.productId);
  return isOurs && isOfProduct && one.interactionType !== 'view' && one.occurredAt >= from && one.occurredAt <= to;
}

const toTouch = ({ fact, position, recordedAt }: Recording<'InteractionRecorded'>): Touch => {
  const { interactionId, occurredAt, channel, productId } = fact.data;
  return { position, recordedAt, interactionId, occurredAt, channel, productId: productId! };
};

const toRefund = ({ fact, position, recordedAt }: Recording<'PurchaseRefunded'>): RefundSeen => ({
  position,
  recordedAt,
  refundId: fact.data.refundId,
  occurredAt: fact.data.occurredAt,
  currency: fact.data.currency,
  refundTotalMinor: fact.data.refundTotalMinor,
  attributions: fact.data.attributions && mergeAttributions(fact.data.attributions),
});

const page = (shops: readonly (readonly [string, unknown])[], after: string | null, limit: number): string[] =>
  shops
    .map(([shopId]) => shopId)
    .filter((shopId) => after === null || compareIds(shopId, after) > 0)
    .sort(compareIds)
    .slice(0, limit);

const listOf = <E>(lists: Map<string, E[]>, key: string): E[] => getOrSet(lists, key, () => []);

function getOrSet<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
}
