/** Read models out of memory: the same contract as out of Postgres. */
import { decodeCursor, pageOf } from './cursor.ts';
import { compareInvoiceNumbers } from './invoice-order.ts';
import type { Ledger } from './ledger.ts';
import type { MemoryProjectionStore } from './memory-projection-store.ts';
import { deadLetterIdOf } from './memory-read-model-set.ts';
import type { InvoiceView, ReadModels, RunView } from './read-models.ts';
import { summarize, toRunView, toShopResultView } from './read-views.ts';
import { compareRecorded, type Recorded } from '../domain/log-position.ts';
import type { ShopRecord } from '../domain/shop-facts.ts';

const LEDGER_PAGE = 1_000;

export function createMemoryReadModels({
  store,
  ledger,
}: {
  store: MemoryProjectionStore;
  ledger: Ledger;
}): ReadModels {
  function runViews(): RunView[] {
    const { runs, outcomes } = store.readModels();
    return [...runs.values()]
      .flatMap((state) => toRunView(state, summarize([...(outcomes.get(state.runId)?.values() ?? [])])) ?? [])
      .sort((a, b) => b.startedAt - a.startedAt || compare(b.runId, a.runId));
  }

  function invoices(): InvoiceView[] {
    const set = store.readModels();
    return [...set.invoices.values()]
      .map((invoice) => (set.voidedInvoiceIds.has(invoice.invoiceId) ? { ...invoice, status: 'voided' } : invoice))
      .sort((a, b) => compareInvoiceNumbers(a.invoiceNumber, b.invoiceNumber));
  }

  function openDeadLetters() {
    const { deadLetters, settledDeadLetters } = store.readModels();
    return [...deadLetters]
      .filter(([id]) => !settledDeadLetters.has(id))
      .map(([, entry]) => entry)
      .sort(
        ({ position: a }, { position: b }) =>
          compare(a.topic, b.topic) || a.partition - b.partition || compare(a.offset, b.offset),
      );
  }

  return {
    async findRun(runId) {
      return runViews().find((run) => run.runId === runId) ?? null;
    },

    async listRuns({ cursor, limit }) {
      const after = decodeCursor(cursor, ['integer', 'text']);
      const rest = after
        ? runViews().filter(
            (run) => run.startedAt < Number(after[0]) || (run.startedAt === Number(after[0]) && run.runId < after[1]!),
          )
        : runViews();
      return pageOf(
        rest,
        limit,
        (run) => run,
        ({ startedAt, runId }) => [startedAt, runId],
      );
    },

    async listShopResults({ runId, outcome, cursor, limit }) {
      const after = decodeCursor(cursor, ['text']);
      const rest = [...(store.readModels().shopResults.get(runId)?.values() ?? [])]
        .filter((state) => (outcome === null || state.decided.outcome === outcome) && state.shopId > (after?.[0] ?? ''))
        .sort((a, b) => compare(a.shopId, b.shopId));
      return pageOf(rest, limit, toShopResultView, ({ shopId }) => [shopId]);
    },

    async listInvoices({ periodStartDate, shopId, runId, cursor, limit }) {
      const after = decodeCursor(cursor, ['text']);
      const rest = invoices().filter(
        (invoice) =>
          (periodStartDate === null || invoice.period.startDate === periodStartDate) &&
          (shopId === null || invoice.shopId === shopId) &&
          (runId === null || invoice.runId === runId) &&
          (after === null || compareInvoiceNumbers(invoice.invoiceNumber, after[0]!) > 0),
      );
      return pageOf(
        rest,
        limit,
        (invoice) => invoice,
        ({ invoiceNumber }) => [invoiceNumber],
      );
    },

    async findInvoice(invoiceNumber) {
      return invoices().find((invoice) => invoice.invoiceNumber === invoiceNumber) ?? null;
    },

    async listDeadLetters({ cursor, limit }) {
      const after = decodeCursor(cursor, ['text', 'integer', 'integer']);
      const rest = openDeadLetters().filter(({ position: { topic, partition, offset } }) => {
        if (after === null) return true;
        return (compare(topic, after[0]!) || partition - Number(after[1]) || compare(offset, BigInt(after[2]!))) > 0;
      });
      return pageOf(
        rest,
        limit,
        ({ position, ...view }) => ({ deadLetterId: deadLetterIdOf(position), ...view }),
        ({ deadLetterId }) => deadLetterId.split('/'),
      );
    },

    async listHeldBills({ cursor, limit }) {
      const after = decodeCursor(cursor, ['text', 'text']);
      const rest = [...store.readModels().heldBills.values()]
        .sort((a, b) => compare(a.shopId, b.shopId) || compare(a.runId, b.runId))
        .filter((bill) => after === null || (compare(bill.shopId, after[0]!) || compare(bill.runId, after[1]!)) > 0);
      return pageOf(
        rest,
        limit,
        (bill) => bill,
        ({ shopId, runId }) => [shopId, runId],
      );
    },

    async status(now) {
      const set = store.readModels();
      const counts = [...set.outcomes.values()].flatMap((ofRun) => [...ofRun.values()]);
      const newest = [...set.checkpoints.values()].flatMap(({ newestAt }) => newestAt ?? []);
      return {
        ...(await countShops(ledger, now)),
        pendingInvoices: summarize(counts).outcomes['invoiced'] ?? 0,
        heldBills: set.heldBills.size,
        deadLetters: openDeadLetters().length,
        lastRun: runViews()[0] ?? null,
        lastUpdated: newest.length > 0 ? Math.max(...newest) : null,
      };
    },
  };
}

async function countShops(ledger: Ledger, now: number) {
  const pins = await ledger.positions();
  const today = new Date(now).toISOString().slice(0, 10);
  let [activeShops, shopsWithBillingPlans] = [0, 0];
  for (let after: string | null = null; ;) {
    const shopIds: string[] = await ledger.shopIds({ after, limit: LEDGER_PAGE, pins });
    for (const record of (await ledger.loadShops({ shopIds, pins })).values()) {
      if (!isActive(record, now)) continue;
      activeShops += 1;
      if (hasPlan(record, today)) shopsWithBillingPlans += 1;
    }
    if (shopIds.length < LEDGER_PAGE) return { activeShops, shopsWithBillingPlans };
    after = shopIds.at(-1)!;
  }
}

/** By the newest status, by when it occurred, then by when it was recorded. */
function isActive({ registrations }: ShopRecord, now: number): boolean {
  const past = registrations.filter(({ occurredAt }) => occurredAt <= now);
  return newest(past, (a, b) => a.occurredAt - b.occurredAt)?.status === 'active';
}

/** True when the newest plan version begun by that day has not ended. */
function hasPlan({ plans }: ShopRecord, today: string): boolean {
  const begun = plans.filter(({ effectiveFrom }) => effectiveFrom <= today);
  const current = newest(begun, (a, b) => compare(a.effectiveFrom, b.effectiveFrom));
  return current !== null && (current.effectiveUntil === null || current.effectiveUntil > today);
}

function newest<T extends Recorded>(items: readonly T[], order: (a: T, b: T) => number): T | null {
  return items.reduce<T | null>(
    (last, next) => (last === null || (order(next, last) || compareRecorded(next, last)) > 0 ? next : last),
    null,
  );
}

function compare<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
