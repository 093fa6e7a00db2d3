/** What visitors of a sample shop did: what led to its orders, browsing that led to none, and what looks like fraud. */
import type { Attribution, InteractionRecorded, InteractionType } from '../domain/facts.ts';
import { moments } from './sample-moments.ts';
import { STORIES, type SampleShop } from './sample-shop.ts';
import type { SampleSpan } from './sample-span.ts';
import { BROWSERS, CHANNELS, CRAWLER } from './sample-words.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface SampleOrder {
  readonly orderId: string;
  readonly occurredAt: number;
  readonly customerId: string | null;
  readonly sessionId: string;
  readonly totalMinor: bigint;
  readonly attributions: readonly Attribution[];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export type Touch = Omit<InteractionRecorded, 'shopId' | 'interactionId'>;

/** What led to each order of the month, and browsing that led to none, in order of time. */
export function sampleTouches(
  shop: SampleShop,
  random: SeededRandom,
  span: SampleSpan,
  orders: readonly SampleOrder[],
): Touch[] {
  if (shop.interactions === 0) return [];
  const touches: Touch[] = [];
  for (const order of orders) {
    if (order.occurredAt < span.start || order.attributions.length === 0) continue;
    const { channel } = order.attributions[0]!;
    const begins = order.occurredAt - random.whole(5, 40) * MINUTE_MS;
    touches.push(...session({ shop, random, order, channel, begins, steps: ['view', 'click', 'add_to_cart'] }));
  }
  const share = (shop.until - span.start) / (span.end - span.start);
  const left = Math.max(0, shop.interactions * share - touches.length);
  for (const [index, begins] of moments(random, span.start, shop.until, left / 3).entries()) {
    const steps: InteractionType[] = random.chance(0.5) ? ['view', 'view', 'click', 'view'] : ['view', 'view'];
    const order = {
      customerId: random.chance(0.3) ? `c-${random.whole(1, 5_000)}` : null,
      sessionId: `s-${index + 1}`,
    };
    touches.push(...session({ shop, random, order, channel: random.pick(CHANNELS), begins, steps }));
  }
  if (shop.story === 'suspicious') touches.push(...suspiciousHour(shop, random, span));
  return touches.sort((a, b) => a.occurredAt - b.occurredAt);
}

function session({
  shop,
  random,
  order: { customerId, sessionId },
  channel,
  begins,
  steps,
}: {
  shop: SampleShop;
  random: SeededRandom;
  order: Pick<SampleOrder, 'customerId' | 'sessionId'>;
  channel: string;
  begins: number;
  steps: readonly InteractionType[];
}): Touch[] {
  // 198.18.0.0/15 is set aside for tests: no address here is anybody's.
  const ipAddress = `198.${random.whole(18, 19)}.${random.whole(0, 255)}.${random.whole(1, 254)}`;
  const userAgent = customerId === null && random.chance(0.03) ? CRAWLER : random.pick(BROWSERS);
  let occurredAt = begins;
  return steps
    .map((interactionType): Touch => {
      const productId = `p-${random.whole(1, 60)}`;
      const touch = { occurredAt, interactionType, channel, sessionId, customerId, productId, ipAddress, userAgent };
      occurredAt += random.whole(5_000, 90_000);
      return touch;
    })
    .filter((touch) => touch.occurredAt < shop.until);
}

/** Of the suspicious shops one in so many is the target of a click farm, and will be held. */
const FARMED_ONE_IN = 4;

/**
 * Sixty clicks of one session within a minute, which triggers one fraud check; for a farmed shop sixty sessions of the
 * same address after it, within the hour, which triggers two more.
 */
function suspiciousHour({ number }: SampleShop, random: SeededRandom, span: SampleSpan): Touch[] {
  const begins = span.start + random.whole(5, 25) * DAY_MS + 3 * HOUR_MS;
  const touch = (sessionId: string, occurredAt: number): Touch => ({
    occurredAt,
    interactionType: 'click',
    channel: 'phoenix',
    sessionId,
    customerId: null,
    productId: 'p-1',
    ipAddress: '198.18.0.255',
    userAgent: BROWSERS[4],
  });
  const isFarmed = Math.floor(number / STORIES.length) % FARMED_ONE_IN === 0;
  return Array.from({ length: 60 }, (_, index) => [
    touch('s-farm', begins + index * 900),
    ...(isFarmed ? [touch(`s-farm-${index + 1}`, begins + 2 * MINUTE_MS + index * 50_000)] : []),
  ]).flat();
}
