/**
 * Eight months of two thousand shops, billed by several processes while everything fails that can: each role killed,
 * the broker killed and frozen, Postgres killed, a biller frozen until it is a zombie, the registry away at a start. Then
 * all input once more. Which comes when is random: the seed is printed, and CHAOS_SEED repeats it. CHAOS_ROUNDS goes
 * through all of it so many times.
 */
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { silentLogger } from '../../src/adapters/logger.ts';
import type { App } from '../../src/app.ts';
import { setUp } from '../../src/cli/set-up.ts';
import { loadConfig } from '../../src/config.ts';
import { openApp } from '../../src/main.ts';
import { importFacts } from '../../src/producers/import-facts.ts';
import { seededRandom, type SeededRandom } from '../../src/producers/seeded-random.ts';
import { eventually } from '../contract/eventually.ts';
import { consumeCommitted } from '../support/console-consumer.ts';
import { plan, purchase, refund, shop } from '../support/facts.ts';
import { createOwnStack, type OwnStack } from '../support/own-stack.ts';
import { runCli } from '../support/run-cli.ts';
import { supervise, type Supervised } from '../support/supervised.ts';
import { EVERY_SHOP, toStream } from '../support/test-app.ts';

const SHOPS = 2_000;
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 1);
const SEED = Number(process.env['CHAOS_SEED'] ?? randomInt(2 ** 31));
/** One for each fault of a round. */
const MONTHS = ['03', '04', '05', '06', '07', '08', '09', '10'].map((month) => `2026-${month}`);

const TERMS = [
  { type: 'revenue_share', rate: '0.03' },
  {
    type: 'performance_tier',
    tiers: [
      { upTo: '50', rate: '0.03' },
      { upTo: null, rate: '0.02' },
    ],
  },
  { type: 'hybrid', baseFee: '29.00', rate: '0.01' },
  { type: 'usage_based', meter: 'conversions', unitPrice: '0.50', includedUnits: 0 },
];

/** In every hundred shops one has revenue without a quote, one plans of two currencies. */
function factsOf(index: number): object[] {
  const id = `shop-${index}`;
  const isForeign = index % 100 === 7;
  const sold = MONTHS.map((month) =>
    purchase(id, `${id}-${month}`, '100.00', {
      occurredAt: `${month}-15T12:00:00Z`,
      ...(isForeign ? { currency: 'SEK' } : {}),
    }),
  );
  return [
    shop(id),
    plan(id, { terms: TERMS[index % TERMS.length] }),
    ...(index % 100 === 13 ? [plan(id, { effectiveFrom: '2026-01-10', currency: 'EUR' })] : []),
    ...sold,
    ...(index % 10 === 3
      ? [refund(id, `${id}-r`, `${id}-2026-05`, '40.00', { occurredAt: '2026-06-02T00:00:00Z' })]
      : []),
  ];
}

const FACTS = Array.from({ length: SHOPS }, (_, index) => factsOf(index)).flat();
const FAILING = 2 * (SHOPS / 100);

let stack: OwnStack;
let environment: Record<string, string>;
let app: App;
let crew: Supervised[] = [];

beforeAll(async () => {
  console.log(`chaos seed ${SEED}`);
  stack = createOwnStack();
  environment = { ...(await stack.start()), PARTITIONS: '4', RETRY_DELAYS: '100ms,200ms,300ms' };
  await setUp(loadConfig(environment));
  app = await openApp({ config: loadConfig(environment), logger: silentLogger });
  await importAll();
}, 300_000);

afterAll(async () => {
  await Promise.all(crew.map((one) => one.stop()));
  await app.close();
  await stack[Symbol.asyncDispose]();
}, 120_000);

const importAll = () =>
  importFacts({
    sources: [{ name: 'test', stream: toStream(FACTS) }],
    log: app.log,
    codec: app.codec,
    clock: systemClock,
  });

const pause = (ms: number) => systemClock.sleep(ms);
const one = (roles: string): Supervised => crew.find((supervised) => supervised.roles === roles)!;

/** What strikes. Each resolves when everything is whole again, but for what has still to find that out. */
const FAULTS: Readonly<Record<string, (wait: number) => Promise<unknown>>> = {
  'a biller is killed': async () => one('biller').signal('SIGKILL'),
  'the planner and projector are killed': async () => one('planner,projector').signal('SIGKILL'),
  'the ingester is killed': async () => one('ingester').signal('SIGKILL'),
  'the broker is killed': async (wait) => {
    await stack.signal('kafka', 'SIGKILL');
    await pause(wait);
    await stack.start();
  },
  'Postgres is killed': async (wait) => {
    await stack.signal('postgres', 'SIGKILL');
    await pause(wait);
    await stack.start();
  },
  'the broker is frozen': async (wait) => {
    await stack.signal('kafka', 'SIGSTOP');
    await pause(5_000 + wait);
    await stack.signal('kafka', 'SIGCONT');
  },
  'a biller is frozen until others have its partitions': async (wait) => {
    one('biller').signal('SIGSTOP');
    await pause(8_000 + wait);
    one('biller').signal('SIGCONT');
  },
  'the registry is away while a biller starts': async (wait) => {
    await stack.signal('registry', 'SIGKILL');
    one('biller').signal('SIGKILL');
    await pause(2_000 + wait);
    await stack.start();
  },
};

test(
  'whatever fails and however often, every shop and month has exactly one invoice',
  { timeout: ROUNDS * 900_000 },
  async () => {
    // The registry is away when the crew starts, too: it tries until it is there.
    await stack.signal('registry', 'SIGKILL');
    crew = ['ingester', 'planner,projector', 'biller', 'biller'].map((roles) => supervise(roles, environment));
    await pause(2_000);
    await stack.start();

    const random = seededRandom(SEED);
    const runIds = new Set<string>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const faults = shuffled(Object.entries(FAULTS), random);
      for (const [index, [what, strike]] of faults.entries()) {
        const { runId } = await app.requestBillingRun({ ...EVERY_SHOP, period: MONTHS[index]!, force: round > 0 });
        runIds.add(runId);
        await pause(random.whole(0, 1_500));
        console.log(`${MONTHS[index]}: ${what}`);
        await strike(random.whole(0, 2_000));
        await pause(random.whole(0, 1_000));
      }
    }

    await eventually(async () => {
      for (const runId of runIds) expect((await app.readModels.findRun(runId))?.completedAt ?? null).not.toBeNull();
    }, 240_000);
    await expectOneInvoiceEach();

    await importAll();
    await repeat('run-requests');
    await repeat('shop-requests');
    await eventually(async () => expect(await lag()).toBe(0), 120_000);
    await expectOneInvoiceEach();
    for (const period of [MONTHS[0]!, MONTHS.at(-1)!]) {
      const verified = await runCli(['verify', '--period', period], environment);
      expect(verified, verified.stdout).toMatchObject({ code: 0 });
    }
    expect(one('biller').starts()).toBeGreaterThan(1);
  },
);

async function expectOneInvoiceEach(): Promise<void> {
  const events = await consumeCommitted(environment['KAFKA_BOOTSTRAP_SERVERS']!, 'billing.events');
  const byId = Map.groupBy(events, ({ headers }) => headers['ce_id']);
  expect([...byId.values()].filter((same) => same.length > 1)).toEqual([]);
  // Nothing but a bill and its invoice, or a failure, of each shop and month; later rounds find them settled.
  const types = new Map(
    [...Map.groupBy(events, ({ headers }) => headers['ce_type'])].map(([type, of]) => [type, of.length]),
  );
  const [billed, failed] = [MONTHS.length * (SHOPS - FAILING), MONTHS.length * FAILING * ROUNDS];
  expect(Object.fromEntries(types)).toEqual({
    ShopBillCalculated: billed,
    InvoiceCreated: billed,
    ShopBillFailed: failed,
    ...(ROUNDS > 1 ? { ShopBillSkipped: (ROUNDS - 1) * billed } : {}),
  });
  const invoices = [];
  for (let cursor: string | null = null; ;) {
    const page = await app.readModels.listInvoices({
      periodStartDate: null,
      shopId: null,
      runId: null,
      cursor,
      limit: 500,
    });
    invoices.push(...page.items);
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  expect(invoices).toHaveLength(billed);
  const settled = invoices.map(({ shopId, period }) => `${shopId} ${period.startDate}`);
  expect(new Set(settled).size).toBe(invoices.length);
  const ordinals = invoices.map(({ invoiceNumber }) => Number(invoiceNumber.split('-').at(-1)));
  expect(ordinals.sort((a, b) => a - b)).toEqual(ordinals.map((_, index) => index + 1));
  for (const month of MONTHS) {
    const ofMonth = invoices.filter(({ period }) => period.startDate.startsWith(month));
    expect([month, ofMonth.length]).toEqual([month, SHOPS - FAILING]);
  }
}

/** Every record once more, as a producer would that lost its memory. */
async function repeat(topic: 'run-requests' | 'shop-requests'): Promise<void> {
  const ranges = (await app.log.endOffsets([topic])).map(({ partition, offset: to }) => ({
    topic,
    partition,
    from: 0n,
    to,
  }));
  for await (const records of app.log.read(ranges)) {
    await app.log.publish(
      records.map(({ key, value, headers, partition }) => ({ topic, key, value, headers, partition })),
    );
  }
}

/** What planner and billers have still to work off. */
async function lag(): Promise<number> {
  const places = { planner: ['run-requests'], biller: ['shop-requests'] } as const;
  let sum = 0;
  for (const [group, topics] of Object.entries(places)) {
    const committed = new Map((await app.log.committedOffsets(group, topics)).map((at) => [at.partition, at.offset]));
    for (const { partition, offset } of await app.log.endOffsets(topics)) {
      sum += Number(offset - (committed.get(partition) ?? 0n));
    }
  }
  return sum;
}

function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(random.whole(0, rest.length - 1), 1)[0]!);
}
