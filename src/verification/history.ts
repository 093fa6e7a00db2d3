/** What the events of a shop say became of it: its decisions one after the other, and its bills. */
import type { Outcome, ShopBillCalculated, ShopEvent } from '../domain/events.ts';
import { placeOf, type Logged, type ShopOnLog } from './read-log.ts';

type EventOf<T extends ShopEvent['type']> = Extract<ShopEvent, { type: T }>['data'];

/** The events of one number in the shop's sequence. */
export interface DecisionOnLog {
  readonly shopId: string;
  readonly shopSequence: number;
  readonly runId: string;
  readonly periodStartDate: string;
  readonly kind: 'bill' | 'release' | 'reject' | 'void' | 'credit-note';
  /** Of (run, shop) after it. */
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly decidedAt: number;
  /** Place of its first event. */
  readonly place: string;
  readonly bill: ShopBillCalculated | null;
  readonly invoice: EventOf<'InvoiceCreated'> | null;
  readonly note: EventOf<'CreditNoteIssued'> | null;
  readonly voided: EventOf<'InvoiceVoided'> | null;
  readonly hold: EventOf<'BillHoldReleased'> | EventOf<'BillHoldRejected'> | null;
  readonly events: readonly Logged<ShopEvent>[];
}

export const SETTLING: readonly Outcome[] = ['invoiced', 'zero', 'trial', 'credit', 'held', 'rejected'];

/** Ascending by sequence. Divergences decide nothing and are left out. */
export function decisionsOf({ events }: ShopOnLog): DecisionOnLog[] {
  const deciding = events.filter(({ message }) => message.type !== 'ShopBillDiverged');
  return [...Map.groupBy(deciding, ({ message }) => message.data.shopSequence).values()]
    .map(toDecision)
    .sort((a, b) => a.shopSequence - b.shopSequence);
}

function toDecision(events: Logged<ShopEvent>[]): DecisionOnLog {
  const dataOf = <T extends ShopEvent['type']>(type: T): EventOf<T> | null =>
    (events.find(({ message }) => message.type === type)?.message.data as EventOf<T> | undefined) ?? null;
  const [first] = events as [Logged<ShopEvent>];
  const { shopId, shopSequence, runId, period } = first.message.data;
  const bill = dataOf('ShopBillCalculated');
  const [skipped, failed] = [dataOf('ShopBillSkipped'), dataOf('ShopBillFailed')];
  const [released, rejected] = [dataOf('BillHoldReleased'), dataOf('BillHoldRejected')];
  const [voided, note, invoice] = [dataOf('InvoiceVoided'), dataOf('CreditNoteIssued'), dataOf('InvoiceCreated')];
  const told = (): Pick<DecisionOnLog, 'kind' | 'outcome' | 'reason' | 'decidedAt'> => {
    if (released) return { kind: 'release', outcome: 'invoiced', reason: null, decidedAt: released.releasedAt };
    if (rejected)
      return { kind: 'reject', outcome: 'rejected', reason: rejected.reason, decidedAt: rejected.rejectedAt };
    if (voided) return { kind: 'void', outcome: 'voided', reason: voided.reason, decidedAt: voided.voidedAt };
    if (note) return { kind: 'credit-note', outcome: 'invoiced', reason: null, decidedAt: note.issuedAt };
    if (skipped) return { kind: 'bill', outcome: 'skipped', reason: skipped.reason, decidedAt: skipped.skippedAt };
    if (failed) return { kind: 'bill', outcome: 'failed', reason: failed.code, decidedAt: failed.failedAt };
    return { kind: 'bill', outcome: bill?.outcome ?? 'invoiced', reason: null, decidedAt: bill?.calculatedAt ?? 0 };
  };
  return {
    ...{ shopId, shopSequence, runId, periodStartDate: period.startDate, ...told(), place: placeOf(first.record) },
    ...{ bill, invoice, note, voided, hold: released ?? rejected, events },
  };
}

/** What stands of each run, by run id: the last decision. */
export const standingOf = (decisions: readonly DecisionOnLog[]): Map<string, DecisionOnLog> =>
  new Map(decisions.map((decision) => [decision.runId, decision]));

/** Bills that are owed, or carry what they are: neither rejected nor voided. */
export function standingBills(decisions: readonly DecisionOnLog[]): (DecisionOnLog & { bill: ShopBillCalculated })[] {
  const standing = standingOf(decisions);
  return decisions.filter((decision): decision is DecisionOnLog & { bill: ShopBillCalculated } => {
    const outcome = standing.get(decision.runId)!.outcome;
    return decision.bill !== null && outcome !== 'rejected' && outcome !== 'voided';
  });
}
