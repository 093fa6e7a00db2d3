/** The usage of one sample shop: its orders, its refunds, and what visitors did. */
import type { Attribution, Fact } from '../domain/facts.ts';
import { distribute } from '../domain/distribute.ts';
import { samplePrice } from './sample-currencies.ts';
import { moments } from './sample-moments.ts';
import { ORDER_SPREAD, type SampleShop } from './sample-shop.ts';
import { midnight, monthsBefore, type SampleSpan } from './sample-span.ts';
import { sampleTouches, type SampleOrder, type Touch } from './sample-touches.ts';
import { CHANNELS } from './sample-words.ts';
import { seededRandom, type SeededRandom } from './seeded-random.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

type UsageFact = Exclude<Fact, { type: 'FxRateQuoted' }>;

/** In order of time; earlier months first, where the shop has any. */
export function sampleUsage({ shop, span, seed }: { shop: SampleShop; span: SampleSpan; seed: number }): Fact[] {
  const random = seededRandom(seed, shop.number, 2);
  const orders = sampleOrders(shop, random, span);
  const touches = sampleTouches(shop, random, span, orders);
  const facts = [
    ...orders.map((order) => purchase(shop, order)),
    ...sampleRefunds(shop, random, span, orders),
    ...touches.map((touch, index) => interaction(shop, touch, index)),
  ];
  return facts.sort((a, b) => a.data.occurredAt - b.data.occurredAt);
}

function sampleOrders(shop: SampleShop, random: SeededRandom, span: SampleSpan): SampleOrder[] {
  const times = moments(
    random,
    span.start,
    shop.until,
    shop.orders * ((shop.until - span.start) / (span.end - span.start)),
  );
  for (let month = 1; month <= shop.earlierMonths; month++) {
    const [start, end] = [midnight(monthsBefore(span, month)), midnight(monthsBefore(span, month - 1))];
    times.push(...moments(random, start, end, shop.orders));
  }
  // Everybody sold something in the weeks before: there must be earlier orders to give back.
  if (shop.earlierMonths === 0 && shop.orders > 0)
    times.push(...moments(random, span.start - 20 * DAY_MS, span.start, 4));
  const customers = Math.ceil(shop.orders * 0.8) + 1;
  return times
    .sort((a, b) => a - b)
    .map((occurredAt, index) => {
      const totalMinor = samplePrice(shop.currency, shop.orderUsd * random.logNormal(ORDER_SPREAD));
      return {
        orderId: `o-${1001 + index}`,
        occurredAt,
        customerId: random.chance(0.15) ? null : `c-${random.whole(1, customers)}`,
        sessionId: `s-order-${1001 + index}`,
        totalMinor,
        attributions: sampleAttributions(random, totalMinor),
      };
    });
}

/** Nothing, all to one channel, 70 to 30 between two, or one part of the order only. */
function sampleAttributions(random: SeededRandom, totalMinor: bigint): Attribution[] {
  const draw = random.next();
  const channel = random.pick(CHANNELS);
  if (draw < 0.4) return [];
  if (draw < 0.75) return [{ channel, amountMinor: totalMinor }];
  if (draw < 0.9) {
    const other = random.pick(CHANNELS.filter((one) => one !== channel));
    const [most, rest] = distribute(totalMinor, [70n, 30n]);
    return [
      { channel, amountMinor: most! },
      { channel: other, amountMinor: rest! },
    ];
  }
  return [{ channel, amountMinor: (totalMinor * BigInt(random.whole(40, 90))) / 100n }];
}

function sampleRefunds(
  shop: SampleShop,
  random: SeededRandom,
  span: SampleSpan,
  orders: readonly SampleOrder[],
): UsageFact[] {
  const refunds: UsageFact[] = [];
  const refund = (order: Pick<SampleOrder, 'orderId' | 'totalMinor' | 'attributions'>, occurredAt: number) => {
    if (occurredAt >= shop.until) return;
    const percent = random.chance(0.6) ? 100n : BigInt(random.whole(10, 90));
    const part = (amount: bigint) => (amount * percent) / 100n;
    const isAttributed = order.attributions.length > 0 && random.chance(0.5);
    const attributions = order.attributions.map(({ channel, amountMinor }) => ({
      channel,
      amountMinor: part(amountMinor),
    }));
    refunds.push({
      type: 'PurchaseRefunded',
      data: {
        shopId: shop.shopId,
        refundId: `r-${order.orderId}`,
        orderId: order.orderId,
        occurredAt,
        currency: shop.currency.code,
        currencyExponent: shop.currency.exponent,
        refundTotalMinor: part(order.totalMinor),
        attributions: isAttributed ? attributions : null,
      },
    });
  };
  for (const order of orders) {
    const isEarlier = order.occurredAt < span.start;
    if (!random.chance(isEarlier ? 0.12 : 0.08)) continue;
    const earliest = Math.max(order.occurredAt + HOUR_MS, isEarlier ? span.start : 0);
    refund(order, Math.floor(earliest + random.next() * 12 * DAY_MS));
  }
  if (shop.orders > 0 && random.chance(0.15)) {
    const totalMinor = samplePrice(shop.currency, shop.orderUsd);
    refund({ orderId: 'o-before-our-time', totalMinor, attributions: [] }, span.start + random.whole(1, 6) * DAY_MS);
  }
  return refunds;
}

function purchase({ shopId, currency }: SampleShop, order: SampleOrder): UsageFact {
  const { orderId, occurredAt, customerId, sessionId, totalMinor, attributions } = order;
  return {
    type: 'PurchaseAttributed',
    data: {
      shopId,
      orderId,
      customerId,
      sessionId,
      occurredAt,
      currency: currency.code,
      currencyExponent: currency.exponent,
      orderTotalMinor: totalMinor,
      attributions,
    },
  };
}

function interaction({ shopId }: SampleShop, touch: Touch, index: number): UsageFact {
  return { type: 'InteractionRecorded', data: { shopId, interactionId: `i-${index + 1}`, ...touch } };
}
