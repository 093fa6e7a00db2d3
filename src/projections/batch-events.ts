/** A batch of records sorted by what each read model needs of it, before anything is read or written. */
import type { Codec, Envelope } from '../adapters/codec.ts';
import type { LogRecord } from '../adapters/log.ts';
import type { Logger } from '../adapters/logger.ts';
import type {
  DeadLetterEntry,
  DecidedHold,
  HeldBill,
  IssuedCreditNote,
  IssuedInvoice,
  SettledDeadLetter,
  ShopKey,
} from '../adapters/projection-store.ts';
import type { BillingRunCompleted, ShopEvent } from '../domain/events.ts';
import type { Message } from '../domain/messages.ts';
import { toDeadLetter, toSettledDeadLetter } from './dead-letter.ts';
import { toDecidedHold, toHeldBill } from './held-bill.ts';
import { toCreditNote, toInvoice } from './invoice.ts';
import type { RunStateEvent } from './run-state.ts';

export interface BatchEvents {
  /** Events by run and shop, ascending by run id, then shop id: the order in which rows are locked. */
  readonly shops: readonly { readonly key: ShopKey; readonly events: readonly ShopEvent[] }[];
  /** Run events by run. */
  readonly runs: ReadonlyMap<string, readonly RunStateEvent[]>;
  readonly completed: readonly BillingRunCompleted[];
  readonly heldBills: readonly HeldBill[];
  readonly decidedHolds: readonly DecidedHold[];
  readonly invoices: readonly IssuedInvoice[];
  readonly voidedInvoiceIds: readonly string[];
  readonly creditNotes: readonly IssuedCreditNote[];
  readonly deadLetters: readonly DeadLetterEntry[];
  readonly settledDeadLetters: readonly SettledDeadLetter[];
  /** Id of the last event of each run in this batch. */
  readonly lastEventIds: ReadonlyMap<string, string>;
}

/**
 * Decodes and sorts. A record on one of our own topics that is no message of ours is reported and left out: nobody
 * can act on it, and it must not hold up the rest.
 */
export async function sortRecords(
  { codec, logger }: { codec: Codec; logger: Logger },
  records: readonly LogRecord[],
): Promise<BatchEvents> {
  const isDeadLetter = ({ topic }: LogRecord) => topic.endsWith('.dlq');
  const sorted = emptyBatch();
  for (const record of records) if (isDeadLetter(record)) sorted.deadLetters.push(toDeadLetter(record));
  for (const decoded of await codec.decode(records.filter((record) => !isDeadLetter(record)))) {
    if ('problem' in decoded) {
      const { topic, partition, offset } = decoded.record;
      logger.error(
        { topic, partition, offset: offset.toString(), problem: decoded.problem },
        'A record that is no message of ours was left out of the read models',
      );
    } else sortMessage(sorted, decoded.message, decoded.envelope);
  }
  const shops = [...sorted.shops.values()].sort((a, b) => compareKeys(a.key, b.key));
  return { ...sorted, shops };
}

function emptyBatch() {
  return {
    shops: new Map<string, { key: ShopKey; events: ShopEvent[] }>(),
    runs: new Map<string, RunStateEvent[]>(),
    completed: [] as BillingRunCompleted[],
    heldBills: [] as HeldBill[],
    decidedHolds: [] as DecidedHold[],
    invoices: [] as IssuedInvoice[],
    voidedInvoiceIds: [] as string[],
    creditNotes: [] as IssuedCreditNote[],
    deadLetters: [] as DeadLetterEntry[],
    settledDeadLetters: [] as SettledDeadLetter[],
    lastEventIds: new Map<string, string>(),
  };
}

function sortMessage(sorted: ReturnType<typeof emptyBatch>, message: Message, envelope: Envelope): void {
  const { type, data } = message;
  const eventId = envelope.id;
  switch (type) {
    case 'InvoiceCreated':
      if (!data.dryRun) sorted.invoices.push(toInvoice(data));
      return addShopEvent(sorted, message, eventId);
    case 'InvoiceVoided':
      sorted.voidedInvoiceIds.push(data.invoiceId);
      return addShopEvent(sorted, message, eventId);
    case 'CreditNoteIssued':
      sorted.creditNotes.push(toCreditNote(data, envelope.causationId));
      return addShopEvent(sorted, message, eventId);
    case 'ShopBillCalculated': {
      const held = toHeldBill(data);
      if (held !== null) sorted.heldBills.push(held);
      return addShopEvent(sorted, message, eventId);
    }
    case 'BillHoldReleased':
    case 'BillHoldRejected':
      sorted.decidedHolds.push(toDecidedHold(message));
      return addShopEvent(sorted, message, eventId);
    case 'ShopBillSkipped':
    case 'ShopBillFailed':
    case 'FraudFlagged':
    case 'ShopBillDiverged':
      return addShopEvent(sorted, message, eventId);
    case 'BillingRunCompleted':
      sorted.completed.push(data);
      return addRunEvent(sorted, message, eventId);
    case 'BillingRunStarted':
    case 'BillingRunCancelled':
      return addRunEvent(sorted, message, eventId);
    case 'DeadLetterRedriven':
    case 'DeadLetterDiscarded': {
      const settled = toSettledDeadLetter(message);
      if (settled !== null) sorted.settledDeadLetters.push(settled);
      return;
    }
    default: // facts and requests: not what read models are made of
      return;
  }
}

function addShopEvent(sorted: ReturnType<typeof emptyBatch>, event: ShopEvent, eventId: string): void {
  const { runId, shopId } = event.data;
  const name = `${runId}\n${shopId}`;
  const entry = sorted.shops.get(name);
  if (entry) entry.events.push(event);
  else sorted.shops.set(name, { key: { runId, shopId }, events: [event] });
  sorted.lastEventIds.set(runId, eventId);
}

function addRunEvent(sorted: ReturnType<typeof emptyBatch>, event: RunStateEvent, eventId: string): void {
  const { runId } = event.data;
  const events = sorted.runs.get(runId);
  if (events) events.push(event);
  else sorted.runs.set(runId, [event]);
  sorted.lastEventIds.set(runId, eventId);
}

function compareKeys(a: ShopKey, b: ShopKey): number {
  if (a.runId !== b.runId) return a.runId < b.runId ? -1 : 1;
  return a.shopId < b.shopId ? -1 : a.shopId > b.shopId ? 1 : 0;
}
