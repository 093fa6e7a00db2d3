/** What stood of shops when a decision was made: what was voided or rejected since stood then. */
import { STANDING_OUTCOMES, type Register, type RegisteredDecision, type ShopHistory } from '../adapters/register.ts';

/**
 * Histories of shops as they were before a place of their sequence.
 * @param sequenceOf that place
 */
export function pastBefore(
  register: Pick<Register, 'loadDecisions'>,
  sequenceOf: (shopId: string) => number,
): Pick<Register, 'loadHistories' | 'loadDecisions'> {
  return {
    loadDecisions: register.loadDecisions,
    async loadHistories(shopIds) {
      const keys = shopIds.flatMap((shopId) =>
        Array.from({ length: sequenceOf(shopId) - 1 }, (_, index) => ({ shopId, sequence: index + 1 })),
      );
      const rows = Map.groupBy(await register.loadDecisions(keys), ({ shopId }) => shopId);
      return shopIds.map((shopId) =>
        historyOf((rows.get(shopId) ?? []).toSorted((a, b) => a.shopSequence - b.shopSequence)),
      );
    },
  };
}

/** @param rows ascending */
function historyOf(rows: readonly RegisteredDecision[]): ShopHistory {
  return {
    bills: rows.flatMap(({ kind, billId, runId, shopSequence: sequence, currency, pins }) => {
      const { outcome } = rows.findLast((row) => row.runId === runId)!;
      if (kind !== 'bill' || billId === null || !STANDING_OUTCOMES.includes(outcome)) return [];
      return [{ runId, sequence, currency: currency!, pins }];
    }),
    lastUndone: rows.findLast(({ kind }) => kind === 'void' || kind === 'reject')?.shopSequence ?? 0,
  };
}
