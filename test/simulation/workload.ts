/** What the outside does to one world: facts in the order they are told, and runs that are asked for. */
import type { SeededRandom } from '../../src/producers/seeded-random.ts';
import type { TriggerSource } from '../../src/domain/requests.ts';
import type { Deed } from './people.ts';
import type { FactLine } from '../oracle/fact-lines.ts';
import { randomWorld } from '../oracle/random/random-world.ts';
import { plan, purchase, refund, shop } from '../support/facts.ts';

export interface Ask {
  readonly month: string;
  /** Null: every billable shop. */
  readonly shopIds: readonly string[] | null;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly source: TriggerSource;
  /** As a console producer does it: plain JSON without headers. */
  readonly isJson: boolean;
}

/** Virtual milliseconds after the start. */
export type Action = { readonly afterMs: number } & (
  | { readonly kind: 'tell'; readonly lines: readonly FactLine[] }
  | { readonly kind: 'ask'; readonly ask: Ask }
  | { readonly kind: 'do'; readonly deed: Deed }
);

export interface Workload {
  readonly timeZone: string;
  readonly actions: readonly Action[];
}

const MONTHS = ['2026-08', '2026-09', '2026-10'] as const;
const CHANNELS = ['phoenix', 'venus', 'apollo', 'newsletter'] as const;
const SOURCES = ['api', 'cron', 'github', 'cli', 'producer'] as const satisfies readonly TriggerSource[];

/** Many shops with few facts, or few shops of which each has everything the rules know of. */
export function drawWorkload(random: SeededRandom): Workload {
  const spanMs = random.pick([500, 5_000, 20_000]);
  const { timeZone, facts, months, shopIds } = random.chance(0.6) ? drawPlain(random) : drawEverything(random);
  return {
    timeZone,
    actions: [...tellAll(random, facts, spanMs), ...askAll(random, months, shopIds, spanMs), ...doSome(random, spanMs)],
  };
}

interface Told {
  readonly timeZone: string;
  readonly facts: readonly FactLine[];
  readonly months: readonly string[];
  readonly shopIds: readonly string[];
}

function drawEverything(random: SeededRandom): Told {
  const families = (['currency', 'raw-orders', 'fraud', 'late-facts'] as const).filter(() => random.chance(0.5));
  const { timeZone, facts, months } = randomWorld(random.whole(1, 1e9), {
    shops: random.whole(1, 3),
    months: random.whole(1, 2),
    families,
  });
  return {
    timeZone,
    facts,
    months,
    shopIds: [...new Set(facts.flatMap((fact) => ('shopId' in fact ? [fact.shopId] : [])))],
  };
}

function drawPlain(random: SeededRandom): Told {
  const months = MONTHS.slice(-random.whole(1, 3));
  const shopIds = Array.from({ length: random.whole(3, 12) }, (_, index) => `s${index}`);
  return { timeZone: 'UTC', months, shopIds, facts: shopIds.flatMap((shopId) => shopFacts(random, shopId, months)) };
}

function shopFacts(random: SeededRandom, shopId: string, months: readonly string[]): FactLine[] {
  const hasCredit = random.chance(0.3);
  const orders = (hasCredit ? months.slice(1) : months).flatMap((month) =>
    Array.from({ length: random.whole(0, 4) }, (_, index) => drawOrder(random, shopId, month, `${month}-${index}`)),
  );
  const isSuspicious = random.chance(0.2);
  return [
    shop(shopId, { status: random.chance(0.9) ? 'active' : 'suspended' }),
    ...(random.chance(0.9) ? [plan(shopId, { ...drawTerms(random), ...(isSuspicious ? SUSPECT_ALL : {}) })] : []),
    ...(isSuspicious ? months.flatMap((month) => someClicks(shopId, month)) : []),
    ...orders,
    ...(hasCredit ? carriedCredit(random, shopId, months[0]!) : []),
    ...orders.flatMap((order) => (random.chance(0.3) ? [drawRefund(random, order, months)] : [])),
  ] as FactLine[];
}

/** What was sold before the first month comes back in it: a bill below zero. */
const carriedCredit = (random: SeededRandom, shopId: string, month: string) => [
  purchase(shopId, `${shopId}-before`, '5000.00', { occurredAt: '2026-07-10T12:00:00Z' }),
  refund(shopId, `r-${shopId}-before`, `${shopId}-before`, random.pick(['300.00', '900.00', '4000.00']), {
    occurredAt: `${month}-02T12:00:00Z`,
  }),
];

/** Limits that three clicks and a purchase break: the bill is held. */
const SUSPECT_ALL = {
  fraudProfile: { maxInteractionsPerHour: 1, maxClicksPerSessionMinute: 1, maxRevenuePerHour: '0.10' },
};

const someClicks = (shopId: string, month: string) =>
  [1, 2, 3].map((second) => ({
    ...{ type: 'InteractionRecorded', shopId, interactionId: `i-${shopId}-${month}-${second}` },
    ...{ occurredAt: `${month}-03T08:00:0${second}Z`, interactionType: 'click', channel: 'phoenix', sessionId: 'z1' },
  }));

function drawTerms(random: SeededRandom): object {
  return {
    terms: { type: 'revenue_share', rate: random.pick(['0.03', '0.025', '0.0333']) },
    ...(random.chance(0.2) ? { minimumFee: '10.00' } : {}),
    ...(random.chance(0.2) ? { maximumFee: '40.00' } : {}),
    ...(random.chance(0.2) ? { discountRate: '0.1' } : {}),
    ...(random.chance(0.2) ? { taxRate: '0.19' } : {}),
  };
}

function drawOrder(random: SeededRandom, shopId: string, month: string, name: string) {
  const cents = random.whole(1, 200_000);
  const first = random.whole(0, cents);
  const parts = [first, random.whole(0, cents - first)];
  return purchase(shopId, `${shopId}-${name}`, major(cents), {
    occurredAt: `${month}-${String(random.whole(1, 28)).padStart(2, '0')}T12:00:00Z`,
    attributions: parts.map((part) => ({ channel: random.pick(CHANNELS), amount: major(part) })),
  });
}

function drawRefund(random: SeededRandom, order: ReturnType<typeof drawOrder>, months: readonly string[]) {
  const month = random.pick(months.filter((later) => order.occurredAt.startsWith(later) || later > order.occurredAt));
  const cents = Math.round(Number(order.orderTotal) * 100);
  return refund(order.shopId, `r-${order.orderId}`, order.orderId, major(random.whole(1, cents)), {
    occurredAt: `${month}-${random.pick(['28', '29', '30'])}T12:00:00Z`,
  });
}

const major = (cents: number): string => (cents / 100).toFixed(2);

/** In pieces: most at once, some while runs are under way, a few twice. */
function tellAll(random: SeededRandom, facts: readonly FactLine[], spanMs: number): Action[] {
  const early = random.next();
  const soon = facts.filter(() => random.chance(early));
  const late = facts.filter((fact) => !soon.includes(fact));
  const again = facts.filter(() => random.chance(0.05));
  return [soon, ...pieces(random, late), ...pieces(random, again)].map((lines, index) => ({
    kind: 'tell',
    afterMs: index === 0 ? 0 : random.whole(0, spanMs),
    lines,
  }));
}

function pieces<T>(random: SeededRandom, items: readonly T[]): T[][] {
  const cut: T[][] = [];
  for (let rest = [...items]; rest.length > 0;) cut.push(rest.splice(0, random.whole(1, 20)));
  return cut;
}

function askAll(random: SeededRandom, months: readonly string[], shopIds: readonly string[], spanMs: number): Action[] {
  const some = () => [...shopIds.filter(() => random.chance(0.4)), random.pick([...shopIds, 'nobody'])];
  // A backlog is mostly caught up in order; the same month may be asked for again at any time.
  const isInOrder = random.chance(0.6);
  const [beginMs, gapMs] = [random.whole(0, spanMs), random.whole(0, spanMs / 5)];
  const monthly = months.flatMap((month, index) =>
    Array.from({ length: random.whole(1, 3) }, (_, time) => ({
      afterMs: isInOrder && time === 0 ? beginMs + index * gapMs : random.whole(0, spanMs),
      ask: { month, shopIds: null, dryRun: false, force: false },
    })),
  );
  const others = Array.from({ length: random.whole(0, 4) }, () => ({
    afterMs: random.whole(0, spanMs),
    ask: {
      month: random.pick(months),
      shopIds: random.chance(0.6) ? some() : null,
      dryRun: random.chance(0.4),
      force: random.chance(0.4),
    },
  }));
  return [...monthly, ...others].map(({ afterMs, ask }) => ({
    kind: 'ask',
    afterMs,
    ask: { ...ask, source: random.pick(SOURCES), isJson: random.chance(0.15) },
  }));
}

const DEEDS: readonly Deed[] = [
  'release',
  'release',
  'reject',
  'void',
  'void',
  'credit',
  'credit',
  'cancel',
  'pause',
  'redrive',
  'redrive',
];

function doSome(random: SeededRandom, spanMs: number): Action[] {
  if (random.chance(0.3)) return [];
  return Array.from({ length: random.whole(1, 8) }, () => ({
    kind: 'do',
    afterMs: random.whole(0, spanMs * 2),
    deed: random.pick(DEEDS),
  }));
}
