/** The state of a run, folded from run events; its counters are kept beside it. */
import type { RunState } from '../adapters/projection-store.ts';
import type { BillingRunCancelled, BillingRunCompleted, BillingRunStarted } from '../domain/events.ts';

export type RunStateEvent =
  | { readonly type: 'BillingRunStarted'; readonly data: BillingRunStarted }
  | { readonly type: 'BillingRunCompleted'; readonly data: BillingRunCompleted }
  | { readonly type: 'BillingRunCancelled'; readonly data: BillingRunCancelled };

/** Folds one event. A start or cancellation that is repeated changes nothing; a completion counts by its revision. */
export function foldRun(state: RunState, event: RunStateEvent): RunState {
  const { type, data } = event;
  switch (type) {
    case 'BillingRunStarted': {
      if (state.started !== null) return state;
      const { period, dryRun, trigger, expectedShops, unbillableShopsWithUsage, startedAt } = data;
      return { ...state, started: { period, dryRun, trigger, expectedShops, unbillableShopsWithUsage, startedAt } };
    }
    case 'BillingRunCompleted': {
      const { revision, status, completedAt } = data;
      if (state.completed !== null && state.completed.revision >= revision) return state;
      return { ...state, completed: { revision, status, completedAt } };
    }
    case 'BillingRunCancelled':
      return state.cancelledAt === null ? { ...state, cancelledAt: data.cancelledAt } : state;
    default:
      return type satisfies never;
  }
}
