/** The product, asked for one run after another, and what it said of them. */
import type { Decoded } from '../../../src/adapters/codec.ts';
import type { BillingRun, Command } from '../actions.ts';
import { addDays, periodOf } from '../calendar.ts';
import type { FactLine } from '../fact-lines.ts';
import { requestFor, type ProductBill } from './product-commands.ts';
import type { ProductHost } from './product-host.ts';
import { showBill, showFailed, showSkipped } from './show-product.ts';
import type { ShownOutcome } from './shown.ts';

export interface ProductResult {
  /** The outcome of every shop that the run decided. */
  readonly shops: ReadonlyMap<string, ShownOutcome>;
  /** Null where the run does not say. */
  readonly unbillable: number | null;
}

export function createProduct(host: ProductHost) {
  let asked = 0;

  /** Live bills by shop and month in the order in which they were made, as the events tell them. */
  const bills = new Map<string, ProductBill[]>();

  return {
    tell: (facts: readonly FactLine[]) => host.tell(facts),

    async run({ period, shopIds, isDry = false, force = false }: BillingRun): Promise<ProductResult> {
      const days = typeof period === 'string' ? periodOf(period) : period;
      // Two days later: also where the month ends last.
      host.moveTo(Math.max(host.now(), Date.parse(addDays(days.until, 2))));
      const messages = await host.run({
        ...(typeof period === 'string'
          ? { period, periodStart: null, periodEnd: null }
          : { period: null, periodStart: days.from, periodEnd: addDays(days.until, -1) }),
        shopIds: shopIds === undefined ? null : [...shopIds],
        dryRun: isDry,
        force,
      });
      return { shops: outcomesOf(messages), unbillable: unbillableOf(messages) };
    },

    /** What becomes of a command about a bill; `ordinal` tells which of the shop's month, from 0. */
    async carryOut(command: Command, about: { shopId: string; month: string; ordinal: number }): Promise<string> {
      const bill = bills.get(`${about.shopId} ${about.month}`)?.[about.ordinal];
      if (bill === undefined) return 'no such bill';
      const messages = await host.command(requestFor(host, command, bill, `command-${(asked += 1)}`));
      noteBills(messages);
      const refused = messages.find(({ record }) => record.topic.endsWith('.dlq'));
      if (refused !== undefined) return refused.record.headers['failure-code'] ?? 'no code';
      return messages.length === 0 ? 'repeated' : 'done';
    },

    /** The invoices that were issued of a shop, oldest first. */
    invoicesOf: (shopId: string): string[] =>
      [...bills.values()]
        .flat()
        .filter((bill) => bill.shopId === shopId && bill.invoice !== null)
        .map(({ invoice, month }) => `${month} ${invoice!.totalMinor}`)
        .sort(),
  };

  function unbillableOf(messages: readonly Decoded[]): number | null {
    for (const { message } of messages)
      if (message.type === 'BillingRunStarted') return message.data.unbillableShopsWithUsage;
    return null;
  }

  function outcomesOf(messages: readonly Decoded[]): Map<string, ShownOutcome> {
    noteBills(messages);
    const outcomes = new Map<string, ShownOutcome>();
    for (const { message } of messages) {
      if (message.type === 'ShopBillCalculated') outcomes.set(message.data.shopId, showBill(message.data));
      if (message.type === 'ShopBillSkipped') outcomes.set(message.data.shopId, showSkipped(message.data));
      if (message.type === 'ShopBillFailed') outcomes.set(message.data.shopId, showFailed(message.data));
    }
    return outcomes;
  }

  function noteBills(messages: readonly Decoded[]): void {
    for (const { message, record } of messages) {
      if (record.topic !== 'events') continue;
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
}
