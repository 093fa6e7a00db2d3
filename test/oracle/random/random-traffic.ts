/** Interactions: a quiet trickle, and bursts that come near the limits of the fraud checks, on either side. */
import { instantOf } from '../calendar.ts';
import type { InteractionLine, PurchaseLine } from '../fact-lines.ts';
import { CUSTOMERS, SESSIONS } from './random-orders.ts';
import { SMALL_LIMITS } from './random-plan.ts';
import { CHANNELS, dollars, someInstant, spelled, toldIn, written, type Setting, type Telling } from './setting.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const ROBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';

type Dated = InteractionLine | PurchaseLine;

interface Shop {
  readonly shopId: string;
  readonly currency: string;
}

export function someTraffic(setting: Setting, shop: Shop, month: number): Telling[] {
  const { prng, has } = setting;
  const trickle = Array.from({ length: prng.pick([0, 3, 8]) }, () =>
    anInteraction(setting, shop, someInstant(setting, month)),
  );
  const facts: Dated[] = [...trickle];
  // Seldom all at once, so that bills are held.
  if (has('fraud') && prng.percent(6))
    for (const burst of BURSTS.slice(0, 5)) facts.push(...burst(setting, shop, month));
  while (has('fraud') && prng.percent(40)) facts.push(...prng.pick(BURSTS)(setting, shop, month));
  return facts.map((fact) => ({ fact, month: toldIn(setting, instantOf(fact.occurredAt)) }));
}

function anInteraction(
  setting: Setting,
  { shopId }: Shop,
  at: number,
  fields: Partial<InteractionLine> = {},
): InteractionLine {
  const { prng } = setting;
  return {
    type: 'InteractionRecorded',
    shopId,
    interactionId: setting.name('i'),
    occurredAt: spelled(setting, at),
    interactionType: prng.pick(['view', 'view', 'click', 'add_to_cart']),
    channel: prng.pick(CHANNELS),
    ...(prng.percent(70) ? { sessionId: prng.pick(SESSIONS) } : {}),
    ...(prng.percent(60) ? { customerId: prng.pick(CUSTOMERS) } : {}),
    ...(prng.percent(30) ? { productId: 'x1' } : {}),
    ...(prng.percent(30) ? { userAgent: BROWSER } : {}),
    ...fields,
  };
}

type Burst = (setting: Setting, shop: Shop, month: number) => Dated[];

/** So many facts of which the last is at the very end of a window, or just outside. */
function within(
  setting: Setting,
  month: number,
  { limit, windowMs }: { limit: number; windowMs: number },
  make: (at: number, place: number) => Dated,
): Dated[] {
  const { prng } = setting;
  const start = someInstant(setting, month);
  const count = limit + prng.whole(0, 1);
  const last = start + windowMs - prng.whole(0, 1);
  return Array.from({ length: count }, (_, place) =>
    make(place === count - 1 ? last : start + Math.floor((windowMs * place) / (count * 2)), place),
  );
}

const BURSTS: readonly Burst[] = [
  (setting, shop, month) =>
    within(setting, month, { limit: SMALL_LIMITS.maxInteractionsPerHour, windowMs: HOUR_MS }, (at) =>
      anInteraction(setting, shop, at),
    ),
  (setting, shop, month) =>
    within(setting, month, { limit: SMALL_LIMITS.maxInteractionsPerDay, windowMs: DAY_MS }, (at) =>
      anInteraction(setting, shop, at),
    ),
  (setting, shop, month) => {
    const sessionId = setting.name('fast');
    return within(setting, month, { limit: SMALL_LIMITS.maxClicksPerSessionMinute, windowMs: MINUTE_MS }, (at) =>
      anInteraction(setting, shop, at, { sessionId, interactionType: 'click' }),
    );
  },
  (setting, shop, month) => {
    const ipAddress = setting.prng.pick(['203.0.113.9', '2001:db8::7']);
    return within(setting, month, { limit: SMALL_LIMITS.maxInteractionsPerIpHour, windowMs: HOUR_MS }, (at) =>
      anInteraction(setting, shop, at, { ipAddress }),
    );
  },
  (setting, shop, month) =>
    within(setting, month, { limit: SMALL_LIMITS.maxSessionsPerIpHour, windowMs: HOUR_MS }, (at, place) =>
      anInteraction(setting, shop, at, { ipAddress: '203.0.113.77', sessionId: `farm${place}` }),
    ),
  // Sessions about a second long: twenty and more of them, about four of five too short.
  (setting, shop, month) => {
    const { prng } = setting;
    return Array.from({ length: prng.whole(18, 24) }, () => setting.name('short')).flatMap((sessionId) => {
      const at = someInstant(setting, month);
      const length = prng.percent(80) ? 999 : 1_000;
      return [at, at + length].map((when) => anInteraction(setting, shop, when, { sessionId }));
    });
  },
  // Robots that say so, about half of all.
  (setting, shop, month) =>
    Array.from({ length: setting.prng.whole(40, 56) }, () =>
      anInteraction(setting, shop, someInstant(setting, month), {
        userAgent: setting.prng.percent(55) ? ROBOT : BROWSER,
      }),
    ),
  // Two hundred interactions, so that conversions count for something.
  (setting, shop, month) =>
    Array.from({ length: setting.prng.whole(195, 205) }, () =>
      anInteraction(setting, shop, someInstant(setting, month)),
    ),
  // Revenue at a limit: of an hour, of a day, in the profile or in dollars.
  (setting, shop, month) => {
    const { limit, windowMs } = setting.prng.pick([
      { limit: 500, windowMs: HOUR_MS },
      { limit: 1_500, windowMs: DAY_MS },
      { limit: 10_000, windowMs: HOUR_MS },
      { limit: 100_000, windowMs: DAY_MS },
    ]);
    const each = dollars(limit / 4, shop.currency);
    return within(setting, month, { limit: 4, windowMs }, (at, place) =>
      aPurchase(setting, shop, at, each + (place === 0 ? BigInt(setting.prng.whole(-1, 1)) : 0n)),
    );
  },
];

function aPurchase(setting: Setting, { shopId, currency }: Shop, at: number, amount: bigint): PurchaseLine {
  const text = written(amount, currency);
  return {
    type: 'PurchaseAttributed',
    shopId,
    orderId: setting.name('o'),
    ...(setting.prng.percent(60) ? { customerId: setting.name('stranger') } : {}),
    occurredAt: spelled(setting, at),
    currency,
    orderTotal: text,
    attributions: [{ channel: 'phoenix', amount: text }],
  };
}
