/**
 * A random world: facts in the order in which they are told, and billing runs in between. The same seed makes the same
 * world. Most bills are ordinary; what is awkward is everywhere, but seldom all at once.
 */
import { addDays, addMonths, periodOf, type Month } from '../calendar.ts';
import type { BillingRun } from '../actions.ts';
import type { FactLine, PlanLine, PurchaseLine } from '../fact-lines.ts';
import { createPrng, type Prng } from './prng.ts';
import { someOrders } from './random-orders.ts';
import { somePlans } from './random-plan.ts';
import { someQuotes } from './random-quotes.ts';
import { someRegistrations } from './random-shop.ts';
import { someTraffic } from './random-traffic.ts';
import { createStartOf, FAMILIES, type Family, type Setting, type Telling } from './setting.ts';

export interface WorldSize {
  readonly shops?: number;
  readonly months?: number;
  readonly families?: readonly Family[];
  /** What happens between the tellings; otherwise a bit of everything. */
  readonly happenings?: (setting: Setting, shops: readonly string[], byMonth: readonly FactLine[][]) => Happening[];
}

export interface RandomWorld {
  readonly seed: number;
  readonly timeZone: string;
  readonly months: readonly Month[];
  readonly facts: readonly FactLine[];
  readonly runs: readonly Happening[];
}

/** Somebody decides about some bill or invoice: which one and what, the dice say when it is that far. */
export interface SomeCommand {
  readonly kind: 'some-command';
  readonly dice: number;
  readonly cut: number;
}

export type Happening = BillingRun | SomeCommand;

/** Zones that change their clocks at midnight, on the first of a month, by other amounts than an hour, or never. */
const TIME_ZONES = [
  'UTC',
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Asuncion',
  'America/Havana',
  'Africa/Cairo',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
];

const FIRST_MONTHS: readonly Month[] = ['2023-08', '2024-01', '2025-11', '2026-02', '2026-08'];

export function randomWorld(seed: number, size: WorldSize = {}): RandomWorld {
  const prng = createPrng(seed);
  const families = new Set(size.families ?? FAMILIES);
  const first = prng.pick(FIRST_MONTHS);
  // A long world now and then, for what is more than twelve months old.
  const isLong = prng.percent(6);
  const count = size.months ?? (isLong ? 15 : prng.whole(2, 5));
  const months = Array.from({ length: count }, (_, number) => addMonths(first, number));
  let names = 0;
  const timeZone = prng.pick(TIME_ZONES);
  const setting: Setting = {
    prng,
    startOf: createStartOf(timeZone),
    months,
    has: (family) => families.has(family),
    name: (of) => `${of}${(names += 1)}`,
  };

  const shops = Array.from(
    { length: size.shops ?? (isLong ? 2 : prng.whole(2, 5)) },
    (_, place) => `shop-${place + 1}`,
  );
  const ofShops = shops.flatMap((shopId) => aShop(setting, shopId));
  const needsQuotes = families.has('currency') || families.has('fraud');
  const facts = ofShops.map(({ fact }) => fact);
  const tellings = [...ofShops, ...(needsQuotes ? someQuotes(setting, facts) : [])];
  const withRepeats = tellings.flatMap((telling) => [telling, ...repeats(setting, telling)]);
  const byMonth = months.map((_, month) =>
    prng.shuffled(withRepeats.filter((telling) => telling.month === month)).map(({ fact }) => fact),
  );
  return {
    seed,
    timeZone,
    months,
    facts: byMonth.flat(),
    runs: (size.happenings ?? someRuns)(setting, shops, byMonth),
  };
}

function aShop(setting: Setting, shopId: string): Telling[] {
  const plans = somePlans(setting, shopId);
  const { currency } = plans[0]!.fact as PlanLine;
  const seller = { shopId, currency, orders: [] };
  // Two months before the first: what refunds and trials look back to, partly before there was a plan.
  const numbers = [-2, -1, ...setting.months.keys()];
  return [
    ...someRegistrations(setting, shopId),
    ...plans,
    ...numbers.flatMap((month) => someOrders(setting, seller, month)),
    ...numbers.flatMap((month) => someTraffic(setting, seller, month)),
  ];
}

/** The same fact told again, or one that contradicts it, now or later. */
function repeats({ prng, months }: Setting, { fact, month }: Telling): Telling[] {
  const again = prng.whole(month, months.length - 1);
  if (prng.percent(1.5)) return [{ fact: { ...fact }, month: again }];
  if (!prng.percent(1)) return [];
  const contradiction = contradicting(fact);
  return contradiction === null ? [] : [{ fact: contradiction, month: again }];
}

function contradicting(fact: FactLine): FactLine | null {
  switch (fact.type) {
    case 'PurchaseAttributed':
      return { ...fact, attributions: [] } satisfies PurchaseLine;
    case 'OrderPlaced':
      return { ...fact, financialStatus: fact.financialStatus === 'voided' ? 'paid' : 'voided' };
    case 'PurchaseRefunded':
      return { ...fact, orderId: `${fact.orderId}-other` };
    case 'InteractionRecorded':
      return { ...fact, channel: fact.channel === 'venus' ? 'apollo' : 'venus' };
    case 'FxRateQuoted':
      return { ...fact, rate: `1${fact.rate}` };
    case 'ShopRegistered':
    case 'PlanAssigned':
      return null;
  }
}

/** Month by month, at the end of what was told in it; with dry, named and forced runs in between. */
function someRuns(setting: Setting, shops: readonly string[], byMonth: readonly FactLine[][]): Happening[] {
  const { prng, months, has } = setting;
  const runs: Happening[] = [];
  let cut = 0;
  for (const [number, period] of months.entries()) {
    cut += byMonth[number]!.length;
    const run = { kind: 'run', period, cut } as const;
    if (prng.percent(25)) runs.push({ ...run, isDry: true, ...maybeNamed(prng, shops) });
    // Any days, for a look: weeks, a quarter, a single day.
    if (!has('late-facts') && prng.percent(15)) {
      const from = addDays(periodOf(period).from, prng.whole(-20, 20));
      runs.push({ ...run, isDry: true, period: { from, until: addDays(from, prng.pick([1, 7, 31, 92])) } });
    }
    if (prng.percent(15)) runs.push({ ...run, shopIds: someShops(prng, shops) });
    // A month that nobody billed in time is billed after the next one.
    const isForgotten = has('late-facts') && number < months.length - 1 && prng.percent(6);
    if (!isForgotten) runs.push(run);
    while (has('commands') && prng.percent(50)) runs.push({ kind: 'some-command', dice: prng.whole(0, 1e9), cut });
    if (number > 0 && prng.percent(30)) runs.push({ ...run, period: months[number - 1]!, force: true });
  }
  return runs;
}

const maybeNamed = (prng: Prng, shops: readonly string[]) =>
  prng.percent(50) ? { shopIds: someShops(prng, shops) } : {};

const someShops = (prng: Prng, shops: readonly string[]) => [
  ...shops.filter(() => prng.percent(60)),
  ...(prng.percent(20) ? ['nobody'] : []),
  prng.pick(shops),
];
