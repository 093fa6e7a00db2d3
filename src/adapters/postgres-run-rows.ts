/** Rows of runs and run_outcomes and what they hold. */
import type { Outcome } from '../domain/events.ts';
import type { OutcomeCount, RunState, StartedPart } from './projection-store.ts';

export interface RunRow {
  readonly run_id: string;
  /** JSON text. */
  readonly started: string | null;
  readonly cancelled_at_ms: bigint | null;
  readonly revision: number | null;
  readonly completed_status: 'completed' | 'completed_with_failures' | null;
  readonly completed_at_ms: bigint | null;
}

export interface OutcomeRow {
  readonly run_id: string;
  readonly outcome: Outcome;
  readonly currency: string;
  readonly currency_exponent: number;
  readonly shops: bigint;
  readonly revenue_minor: bigint;
  readonly fees_minor: bigint;
}

export function fromRunRow(row: RunRow): RunState {
  return {
    runId: row.run_id,
    started: row.started === null ? null : (JSON.parse(row.started) as StartedPart),
    cancelledAt: row.cancelled_at_ms === null ? null : Number(row.cancelled_at_ms),
    completed:
      row.revision === null
        ? null
        : { revision: row.revision, status: row.completed_status!, completedAt: Number(row.completed_at_ms) },
  };
}

export function fromOutcomeRow(row: OutcomeRow): OutcomeCount {
  const isCounted = row.currency !== '';
  return {
    runId: row.run_id,
    outcome: row.outcome,
    currency: isCounted ? row.currency : null,
    currencyExponent: isCounted ? row.currency_exponent : null,
    shops: Number(row.shops),
    revenueMinor: row.revenue_minor,
    feesMinor: row.fees_minor,
  };
}
