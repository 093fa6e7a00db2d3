/** The product in memory: its own parser, planner and biller on its memory adapters, asked for one run after another. */
import type { OutRecord } from '../../../src/adapters/log.ts';
import { createBillShop } from '../../../src/consumers/bill-shop.ts';
import { givenPlanner } from '../../consumers/given-planner.ts';
import { batchOf, createMemoryWorld, steps } from '../../support/memory-world.ts';
import type { BillingRun, Command } from '../actions.ts';
import { addDays, periodOf } from '../calendar.ts';
import type { FactLine } from '../fact-lines.ts';
import { requestFor, type ProductBill } from './product-commands.ts';
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
  let asked = 0;

  /** Live bills by shop and month in the order in which they were made, as the events tell them. */
  const bills = new Map<string, ProductBill[]>();

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

    /** What becomes of a command about a bill; `ordinal` tells which of the shop's month, from 0. */
    async carryOut(command: Command, about: { shopId: string; month: string; ordinal: number }): Promise<string> {
      const bill = bills.get(`${about.shopId} ${about.month}`)?.[about.ordinal];
      if (bill === undefined) return 'no such bill';
      const records = await decided([requestFor(world, command, bill, `command-${(asked += 1)}`)]);
      await noteBills(records);
      const refused = records.find(({ topic }) => topic.endsWith('.dlq'));
      if (refused !== undefined) return refused.headers['failure-code'] ?? 'no code';
      return records.length === 0 ? 'repeated' : 'done';
    },

    /** The invoices that were issued of a shop, oldest first. */
    invoicesOf: (shopId: string): string[] =>
      [...bills.values()]
        .flat()
        .filter((bill) => bill.shopId === shopId && bill.invoice !== null)
        .map(({ invoice, month }) => `${month} ${invoice!.totalMinor}`)
        .sort(),
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
    await noteBills(records);
    const outcomes = new Map<string, ShownOutcome>();
    for (const { message } of await messagesOf(events)) {
      if (message.type === 'ShopBillCalculated') outcomes.set(message.data.shopId, showBill(message.data));
      if (message.type === 'ShopBillSkipped') outcomes.set(message.data.shopId, showSkipped(message.data));
      if (message.type === 'ShopBillFailed') outcomes.set(message.data.shopId, showFailed(message.data));
    }
    return outcomes;
  }

  async function noteBills(records: readonly OutRecord[]): Promise<void> {
    for (const { message } of await messagesOf(records.filter(({ topic }) => topic === 'events'))) {
      if (message.type === 'ShopBillCalculated') {
        const { shopId, billId, currency, currencyExponent, period } = message.data;
        const month = period.startDate.slice(0, 7);
        const bill = { shopId, month, billId, currency, currencyExponent, invoice: null };
        bills.set(`${shopId} ${month}`, [...(bills.get(`${shopId} ${month}`) ?? []), bill]);
      }
      if (message.type === 'InvoiceCreated')
        for (const bill of [...bills.values()].flat())
          if (bill.billId === message.data.billId) bill.invoice = message.data;
    }
  }

  async function messagesOf(records: readonly OutRecord[]) {
    const decoded = await world.codec.decode(batchOf(records).records);
    return decoded.map((one) => {
      if (!('message' in one)) throw new Error('an event that cannot be decoded');
      return one;
    });
  }
}
