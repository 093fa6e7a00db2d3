/** The product in memory: its own parser, planner and biller on its memory adapters, asked for one run after another. */
import type { OutRecord } from '../../../src/adapters/log.ts';
import { createBillShop } from '../../../src/consumers/bill-shop.ts';
import { givenPlanner } from '../../consumers/given-planner.ts';
import { batchOf, createMemoryWorld, steps } from '../../support/memory-world.ts';
import type { BillingRun } from '../actions.ts';
import { addDays, periodOf } from '../calendar.ts';
import type { FactLine } from '../fact-lines.ts';
import { showBill, showFailed, showSkipped } from './show-product.ts';
import type { ShownOutcome } from './shown.ts';

export interface ProductResult {
  /** The outcome of every shop that the run decided. */
  readonly shops: ReadonlyMap<string, ShownOutcome>;
  /** Null where the run does not say. */
  readonly unbillable: number | null;
}

export function createProduct(timeZone: string) {
  const world = { ...createMemoryWorld(), timeZone };
  const planner = givenPlanner(world);
  const billShop = createBillShop(world);
  const offsets = new Map<string, bigint>();

  return {
    tell: (facts: readonly FactLine[]) => world.tell(...facts),

    async run({ period, shopIds, isDry = false, force = false }: BillingRun): Promise<ProductResult> {
      const days = typeof period === 'string' ? periodOf(period) : period;
      // Two days later: also where the month ends last.
      world.clock.set(Math.max(world.clock.now(), Date.parse(addDays(days.until, 2))));
      const offset = nextOffset('run-requests', 1);
      const asked = planner.request(
        {
          ...(typeof period === 'string'
            ? { period }
            : { period: null, periodStart: days.from, periodEnd: addDays(days.until, -1) }),
          shopIds: shopIds === undefined ? null : [...shopIds],
          dryRun: isDry,
          force,
        },
        `request-${offset}`,
      );
      const planned = await steps(planner.plan([asked], { from: offset }));
      const published = planned.flatMap(({ publish }) => publish);
      return { shops: await outcomesOf(await decided(published)), unbillable: await unbillableOf(published) };
    },
  };

  function nextOffset(topic: string, count: number): bigint {
    const offset = offsets.get(topic) ?? 0n;
    offsets.set(topic, offset + BigInt(count));
    return offset;
  }

  /** Hands requests to the biller, those for another attempt too, until none is left. */
  async function decided(published: readonly OutRecord[]): Promise<OutRecord[]> {
    const requests = published.filter(({ topic }) => topic.startsWith('shop-requests') && !topic.endsWith('.dlq'));
    const done = published.filter((record) => !requests.includes(record));
    for (const topic of new Set(requests.map((record) => record.topic))) {
      const batch = requests.filter((record) => record.topic === topic);
      const from = nextOffset(topic, batch.length);
      const work = await steps(billShop(batchOf(batch, { from, publishedBelow: from })));
      done.push(...(await decided(work.flatMap(({ publish }) => publish))));
    }
    return done;
  }

  async function unbillableOf(records: readonly OutRecord[]): Promise<number | null> {
    for (const { message } of await messagesOf(records.filter(({ topic }) => topic === 'run-events')))
      if (message.type === 'BillingRunStarted') return message.data.unbillableShopsWithUsage;
    return null;
  }

  async function outcomesOf(records: readonly OutRecord[]): Promise<Map<string, ShownOutcome>> {
    const events = records.filter(({ topic }) => topic === 'events' || topic === 'dry-run-events');
    const outcomes = new Map<string, ShownOutcome>();
    for (const { message } of await messagesOf(events)) {
      if (message.type === 'ShopBillCalculated') outcomes.set(message.data.shopId, showBill(message.data));
      if (message.type === 'ShopBillSkipped') outcomes.set(message.data.shopId, showSkipped(message.data));
      if (message.type === 'ShopBillFailed') outcomes.set(message.data.shopId, showFailed(message.data));
    }
    return outcomes;
  }

  async function messagesOf(records: readonly OutRecord[]) {
    const decoded = await world.codec.decode(batchOf(records).records);
    return decoded.map((one) => {
      if (!('message' in one)) throw new Error('an event that cannot be decoded');
      return one;
    });
  }
}
