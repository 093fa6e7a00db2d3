/** The bill register in memory: the same promises in the plainest way, for tests and the simulator. */
import { BillingError } from '../errors.ts';
import type { OutRecord } from './log.ts';
import {
  invoiceNumber,
  SETTLING_OUTCOMES,
  type NewDecision,
  type Register,
  type RegisteredDecision,
} from './register.ts';

type Row = RegisteredDecision & { readonly periodStartDate: string };

export function createMemoryRegister(): Register {
  const heads = new Map<string, number>();
  const rows = new Map<string, readonly Row[]>();
  let series = new Map<string, bigint>();

  const head = (shopId: string): number => heads.get(shopId) ?? 0;
  const rowsOf = (shopId: string): readonly Row[] => rows.get(shopId) ?? [];
  const rowOf = ({ runId, shopId }: { runId: string; shopId: string }): Row | undefined =>
    rowsOf(shopId).find((row) => row.runId === runId);
  const ofPeriod = (shopId: string, periodStartDate: string): Row[] =>
    rowsOf(shopId).filter((row) => row.periodStartDate === periodStartDate);
  const settled = (shopId: string, periodStartDate: string): Row | undefined =>
    ofPeriod(shopId, periodStartDate).find((row) => SETTLING_OUTCOMES.includes(row.outcome));

  const acceptable = (decision: NewDecision): boolean => {
    const decided = rowOf(decision);
    return (
      head(decision.shopId) === decision.expectedSequence &&
      (decided === undefined || decided.outcome === 'failed') &&
      !(SETTLING_OUTCOMES.includes(decision.outcome) && settled(decision.shopId, decision.periodStartDate))
    );
  };

  return {
    load: async (keys) =>
      keys.map((key) => {
        const row = rowOf(key);
        return {
          sequence: head(key.shopId),
          decision: row ? toDecision(row) : null,
          settledByRunId: settled(key.shopId, key.periodStartDate)?.runId ?? null,
          invoicesIssued: ofPeriod(key.shopId, key.periodStartDate).filter((other) => other.invoiceNumber !== null)
            .length,
        };
      }),

    record: async (decisions) => {
      if (new Set(decisions.map((decision) => decision.shopId)).size < decisions.length) {
        throw new BillingError('INTERNAL', 'A shop was decided twice in one batch.');
      }
      // Everything that can throw comes before the first change.
      const numbers = new Map(series);
      const finished = decisions.map((decision): Row | null =>
        acceptable(decision) ? finish(decision, numbers) : null,
      );
      series = numbers;
      return finished.map((row): readonly OutRecord[] | null => {
        if (row === null) return null;
        heads.set(row.shopId, row.shopSequence);
        rows.set(row.shopId, [...rowsOf(row.shopId).filter((other) => other.runId !== row.runId), row]);
        return row.records;
      });
    },
  };
}

/** Takes the next number, if the decision issues an invoice. */
function finish(decision: NewDecision, numbers: Map<string, bigint>): Row {
  const { runId, shopId, periodStartDate, expectedSequence, outcome, source, pins, decidedAt, records, invoice } =
    decision;
  const row = { runId, shopId, periodStartDate, shopSequence: expectedSequence + 1, outcome, source, pins, decidedAt };
  if (invoice === null) return { ...row, invoiceNumber: null, records };
  const ordinal = (numbers.get(invoice.series) ?? 0n) + 1n;
  numbers.set(invoice.series, ordinal);
  const number = invoiceNumber(invoice.series, ordinal);
  return { ...row, invoiceNumber: number, records: [...records, invoice.finish(number)] };
}

function toDecision({ periodStartDate: _, ...decision }: Row): RegisteredDecision {
  return decision;
}
