/** A replay's differences as JSON; amounts stay in minor units, as in the events they are fields of. */
import type { ReplayDifference } from '../consumers/replay-period.ts';

export function presentDifference(difference: ReplayDifference) {
  return {
    shop_id: difference.shopId,
    run_id: difference.runId,
    shop_sequence: difference.shopSequence,
    pins: difference.pins,
    cause: difference.cause,
    decided_outcome: difference.decidedOutcome,
    recomputed_outcome: difference.recomputedOutcome,
    fields: difference.fields.map(({ path, decided, recomputed }) => ({
      path,
      decided: toJsonValue(decided),
      recomputed: toJsonValue(recomputed),
    })),
  };
}

/** Null where a side has nothing. */
function toJsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value === undefined) return null;
  return JSON.parse(JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}` : inner)));
}
