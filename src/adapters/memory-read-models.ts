/** Read models out of memory: the same contract as out of Postgres. */
import { decodeCursor, pageOf } from './cursor.ts';
import { deadLetterIdOf } from './dead-letter-id.ts';
import { compareInvoiceNumbers } from './invoice-order.ts';
import type { Ledger } from './ledger.ts';
import type { MemoryProjectionStore } from './memory-projection-store.ts';
import type { DecidedHold, SettledDeadLetter } from './projection-store.ts';
import type {
  DeadLetterFilter,
  DeadLetterSettlement,
  DeadLetterView,
  HeldBillView,
  HoldDecision,
  InvoiceView,
  ReadModels,
  RunView,
} from './read-models.ts';
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
      .map((invoice) => ({
        ...invoice,
        status: set.voidedInvoiceIds.has(invoice.invoiceId) ? 'voided' : invoice.status,
        creditNotes: [...set.creditNotes.values()]
          .filter(({ invoiceId }) => invoiceId === invoice.invoiceId)
          .map(({ invoiceId: _, ...note }) => note)
          .sort((a, b) => a.issuedAt - b.issuedAt || compare(a.creditNoteNumber, b.creditNoteNumber)),
      }))
      .sort((a, b) => compareInvoiceNumbers(a.invoiceNumber, b.invoiceNumber));
  }

  function deadLetters() {
    const set = store.readModels();
    return [...set.deadLetters]
      .sort(([, { position: a }], [, { position: b }]) => comparePlaces(a, b))
      .map(([deadLetterId, { position, ...entry }]) => {
        const settled = set.settledDeadLetters.get(deadLetterId);
        return { position, view: { deadLetterId, ...entry, settlement: settlementOf(settled) } };
      });
  }

  function heldBills(): HeldBillView[] {
    const set = store.readModels();
    return [...set.heldBills]
      .map(([name, bill]) => ({ ...bill, decision: decisionOf(set.decidedHolds.get(name)) }))
      .sort((a, b) => compare(a.shopId, b.shopId) || compare(a.runId, b.runId));
  }
  const openHeldBills = () => heldBills().filter(({ decision }) => decision === null);

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

    async findShopResult({ runId, shopId }) {
      const state = store.readModels().shopResults.get(runId)?.get(shopId);
      return state ? toShopResultView(state) : null;
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

    async listDeadLetters({ where = {}, cursor, limit }) {
      const after = decodeCursor(cursor, ['text', 'integer', 'integer']);
      const rest = deadLetters().filter(({ position, view }) => {
        const isAfter =
          after === null ||
          comparePlaces(position, { topic: after[0]!, partition: Number(after[1]), offset: BigInt(after[2]!) }) > 0;
        return isAfter && fits(where, position.topic, view);
      });
      return pageOf(
        rest,
        limit,
        ({ view }) => view,
        ({ deadLetterId }) => deadLetterId.split('/'),
      );
    },

    async findDeadLetters(positions) {
      const byId = new Map(deadLetters().map(({ view }) => [view.deadLetterId, view]));
      return {
        letters: positions.map((position) => byId.get(deadLetterIdOf(position)) ?? null),
        foldedUpTo: store.readModels().checkpoints.get('run-events/0')?.offset ?? 0n,
      };
    },

    async listDeadLettersOf({ originalTopic, originalPartition, originalOffset }) {
      return deadLetters()
        .map(({ view }) => view)
        .filter(
          (view) =>
            view.originalTopic === originalTopic &&
            view.originalPartition === originalPartition &&
            view.originalOffset === originalOffset,
        )
        .sort((a, b) => a.failedAt - b.failedAt);
    },

    async listHeldBills({ cursor, limit }) {
      const after = decodeCursor(cursor, ['text', 'text']);
      const rest = openHeldBills().filter(
        (bill) => after === null || (compare(bill.shopId, after[0]!) || compare(bill.runId, after[1]!)) > 0,
      );
      return pageOf(
        rest,
        limit,
        (bill) => bill,
        ({ shopId, runId }) => [shopId, runId],
      );
    },

    async findHeldBill(billId) {
      return heldBills().find((bill) => bill.billId === billId) ?? null;
    },

    async status(now) {
      const set = store.readModels();
      const counts = [...set.outcomes.values()].flatMap((ofRun) => [...ofRun.values()]);
      const newest = [...set.checkpoints.values()].flatMap(({ newestAt }) => newestAt ?? []);
      return {
        ...(await countShops(ledger, now)),
        pendingInvoices: summarize(counts).outcomes['invoiced'] ?? 0,
        heldBills: openHeldBills().length,
        deadLetters: deadLetters().filter(({ view }) => view.settlement === null).length,
        lastRun: runViews()[0] ?? null,
        lastUpdated: newest.length > 0 ? Math.max(...newest) : null,
      };
    },
  };
}

function settlementOf(settled: SettledDeadLetter | undefined): DeadLetterSettlement | null {
  if (settled === undefined) return null;
  const { action, reason, actor, settledAt } = settled;
  return { action, reason, actor, settledAt };
}

function decisionOf(decided: DecidedHold | undefined): HoldDecision | null {
  if (decided === undefined) return null;
  const { action, reason, actor, decidedAt } = decided;
  return { action, reason, actor, decidedAt };
}

function fits(where: DeadLetterFilter, topic: string, view: DeadLetterView): boolean {
  const { code, runId, eventId, from, before, settled = false } = where;
  return (
    (view.settlement !== null) === settled &&
    (where.topic === undefined || topic === where.topic) &&
    (code === undefined || view.code === code) &&
    (runId === undefined || view.runId === runId) &&
    (eventId === undefined || view.eventId === eventId) &&
    (from === undefined || view.failedAt >= from) &&
    (before === undefined || view.failedAt < before)
  );
}

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

function comparePlaces(a: Place, b: Place): number {
  return compare(a.topic, b.topic) || a.partition - b.partition || compare(a.offset, b.offset);
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
