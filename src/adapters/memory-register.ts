/** The bill register in memory: the same promises in the plainest way, for tests and the simulator. */
import { compareBytes } from '../domain/byte-order.ts';
import { BillingError } from '../errors.ts';
import type { OutRecord } from './log.ts';
import { createMemoryCredits } from './memory-credits.ts';
import { requireAgreement } from './register-agreement.ts';
import {
  FOLLOWS,
  FoldFirst,
  numberIn,
  parseNumber,
  SETTLING_OUTCOMES,
  STANDING_OUTCOMES,
  type LoggedDecision,
  type NewDecision,
  type Register,
  type RegisteredDecision,
  type RunControlView,
} from './register.ts';

const UNCONTROLLED: RunControlView = { isCancelled: () => false, paused: () => false };

/** @param generation see `Register.generation`: for those who let the server change behind its user */
export function createMemoryRegister({
  control = UNCONTROLLED,
  generation = () => 0,
}: { control?: RunControlView; generation?: () => number } = {}): Register {
  /** By shop, in the order of their sequence. */
  const rows = new Map<string, readonly RegisteredDecision[]>();
  let credits = createMemoryCredits();
  let series = new Map<string, bigint>();

  const rowsOf = (shopId: string): readonly RegisteredDecision[] => rows.get(shopId) ?? [];
  const head = (shopId: string): number => rowsOf(shopId).at(-1)?.shopSequence ?? 0;
  const currentOf = ({ runId, shopId }: { runId: string; shopId: string }) =>
    rowsOf(shopId).findLast((row) => row.runId === runId) ?? null;
  const ownOf = ({ shopId, source }: Pick<RegisteredDecision, 'shopId' | 'source'>) =>
    rowsOf(shopId).find((row) => isSame(row.source, source)) ?? null;
  const settledBy = (shopId: string, periodStartDate: string) =>
    rowsOf(shopId).find(
      (row) =>
        row.periodStartDate === periodStartDate && row === currentOf(row) && SETTLING_OUTCOMES.includes(row.outcome),
    )?.runId ?? null;
  const invoicesIssued = (shopId: string, periodStartDate: string) =>
    rowsOf(shopId).filter((row) => row.periodStartDate === periodStartDate && issuesInvoice(row)).length;

  const acceptable = (decision: NewDecision): boolean => {
    const { runId, shopId, periodStartDate, outcome, kind, knowsCancelled } = decision;
    const settled = settledBy(shopId, periodStartDate);
    return (
      head(shopId) === decision.expectedSequence &&
      (kind !== 'bill' || knowsCancelled || !control.isCancelled(runId)) &&
      FOLLOWS[kind].includes(currentOf(decision)?.outcome ?? null) &&
      !(SETTLING_OUTCOMES.includes(outcome) && settled !== null && settled !== runId)
    );
  };

  return {
    load: async (keys) =>
      keys.map((key) => {
        const own = ownOf(key);
        return {
          sequence: head(key.shopId),
          own: own?.runId === key.runId ? own : null,
          decision: currentOf(key),
          settledByRunId: settledBy(key.shopId, key.periodStartDate),
          invoicesIssued: invoicesIssued(key.shopId, key.periodStartDate),
          credits: credits.open(key.shopId),
          cancelled: control.isCancelled(key.runId),
        };
      }),

    loadBills: async (keys) =>
      keys.map((key) => {
        const { shopId, invoiceNumber } = key;
        const issued = rowsOf(shopId).find((row) => issuesInvoice(row) && row.issuedNumber === invoiceNumber);
        const billId = key.billId ?? issued?.billId ?? null;
        const bill = rowsOf(shopId).find((row) => row.kind === 'bill' && billId !== null && row.billId === billId);
        const notes = rowsOf(shopId).filter((row) => row.kind === 'credit-note' && row.billId === billId);
        return {
          sequence: head(shopId),
          own: ownOf(key),
          bill: bill ?? null,
          decision: bill ? currentOf(bill) : null,
          invoicesIssued: bill ? invoicesIssued(shopId, bill.periodStartDate) : 0,
          creditedMinor: notes.reduce((sum, { totalMinor }) => sum + totalMinor!, 0n),
          creditNoteIds: notes.map(({ creditNoteId }) => creditNoteId!),
        };
      }),

    billsOfPeriod: async ({ periodStartDate, after, limit }) =>
      [...rows.keys()]
        .filter((shopId) => after === null || compareBytes(shopId, after.shopId) >= 0)
        .sort(compareBytes)
        .flatMap(rowsOf)
        .filter((row) => row.kind === 'bill' && row.periodStartDate === periodStartDate)
        .filter((row) => row.shopId !== after?.shopId || row.shopSequence > after.shopSequence)
        .slice(0, limit),
    decisionsOf: async ({ shopId, periodStartDate }) =>
      rowsOf(shopId).filter((row) => row.periodStartDate === periodStartDate),

    loadHistories: async (shopIds) =>
      shopIds.map((shopId) => ({
        bills: rowsOf(shopId).flatMap(({ kind, billId, runId, shopSequence: sequence, currency, pins }) => {
          const current = currentOf({ runId, shopId });
          if (kind !== 'bill' || billId === null || !STANDING_OUTCOMES.includes(current!.outcome)) return [];
          return [{ runId, sequence, currency: currency!, pins }];
        }),
        lastUndone: rowsOf(shopId).findLast(({ kind }) => kind === 'void' || kind === 'reject')?.shopSequence ?? 0,
      })),

    loadDecisions: async (keys) =>
      keys.flatMap(
        ({ shopId, sequence }) => rowsOf(shopId).find(({ shopSequence }) => shopSequence === sequence) ?? [],
      ),

    generation,

    record: async (decisions, foldedThrough = Infinity) => {
      if (generation() > foldedThrough) throw new FoldFirst();
      if (new Set(decisions.map((decision) => decision.shopId)).size < decisions.length) {
        throw new BillingError('INTERNAL', 'A shop was decided twice in one batch.');
      }
      if (decisions.length > 0 && control.paused()) {
        throw new BillingError('ISSUING_PAUSED', 'Issuing is paused: "billing resume" lets it go on.');
      }
      // Everything that can throw comes before the first change.
      const numbers = new Map(series);
      const moved = credits.copy();
      const finished = decisions.map((decision): RegisteredDecision | null => {
        if (!acceptable(decision)) return null;
        moved.move({ ...decision, shopSequence: decision.expectedSequence + 1 });
        return finish(decision, numbers);
      });
      [series, credits] = [numbers, moved];
      return finished.map((row): readonly OutRecord[] | null => {
        if (row !== null) rows.set(row.shopId, [...rowsOf(row.shopId), row]);
        return row?.records ?? null;
      });
    },

    fold: async (decisions) => {
      const absent = decisions.filter((logged) => {
        const known = rowsOf(logged.shopId).find(({ shopSequence }) => shopSequence === logged.shopSequence);
        if (known !== undefined) requireAgreement(known, logged);
        return known === undefined;
      });
      const issued = new Set([...rows.values()].flat().flatMap(({ issuedNumber }) => issuedNumber ?? []));
      const moved = credits.copy();
      for (const logged of absent) {
        moved.move(logged);
        if (logged.issuedNumber === null || !issued.has(logged.issuedNumber)) continue;
        throw new BillingError('REGISTER_CONFLICT', `Number ${logged.issuedNumber} was issued twice.`);
      }
      credits = moved;
      for (const logged of absent) {
        rows.set(logged.shopId, [...rowsOf(logged.shopId), toRow(logged)].sort(bySequence));
        if (logged.issuedNumber !== null) {
          const { series: name, ordinal } = parseNumber(logged.issuedNumber);
          if (ordinal > (series.get(name) ?? 0n)) series.set(name, ordinal);
        }
      }
      return absent.length;
    },
  };
}

const bySequence = (a: RegisteredDecision, b: RegisteredDecision) => a.shopSequence - b.shopSequence;

const toRow = ({ creditsUsed: _, ...row }: LoggedDecision): RegisteredDecision => row;

const issuesInvoice = ({ kind, issuedNumber }: RegisteredDecision) => kind !== 'credit-note' && issuedNumber !== null;

const isSame = (a: RegisteredDecision['source'], b: RegisteredDecision['source']) =>
  a.topic === b.topic && a.partition === b.partition && a.offset === b.offset;

/** Takes the next number, if the decision issues something. */
function finish(decision: NewDecision, numbers: Map<string, bigint>): RegisteredDecision {
  const { expectedSequence, creditsUsed: _, knowsCancelled: __, numbered, ...facts } = decision;
  const row = { ...facts, shopSequence: expectedSequence + 1, issuedNumber: null };
  if (numbered === null) return row;
  const ordinal = (numbers.get(numbered.series) ?? 0n) + 1n;
  numbers.set(numbered.series, ordinal);
  const number = numberIn(numbered.series, ordinal);
  return {
    ...row,
    issuedNumber: number,
    invoiceNumber: row.invoiceNumber ?? number,
    records: [...row.records, numbered.finish(number)],
  };
}
