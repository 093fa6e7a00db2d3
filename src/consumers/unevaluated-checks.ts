/** Counts the fraud checks that a process could not evaluate: an event that says so would tell nobody who must act. */
import type { ShopEvent } from '../domain/events.ts';

export interface UnevaluatedChecks {
  readonly count: (events: readonly ShopEvent[]) => void;
  /** By code of the check, since the process began. */
  readonly byCode: () => ReadonlyMap<string, number>;
}

export function createUnevaluatedChecks(): UnevaluatedChecks {
  const counts = new Map<string, number>();
  return {
    count(events) {
      for (const { type, data } of events) {
        if (type !== 'ShopBillCalculated') continue;
        for (const { code, state } of data.fraud?.checks ?? []) {
          if (state === 'not_evaluated') counts.set(code, (counts.get(code) ?? 0) + 1);
        }
      }
    },
    byCode: () => counts,
  };
}
