/** Held bills and how they were decided, as the events tell it. Either may be seen first. */
import type { DecidedHold, HeldBill } from '../adapters/projection-store.ts';
import type { BillHoldRejected, BillHoldReleased, ShopBillCalculated } from '../domain/events.ts';

/** Null for a bill that is not held. */
export function toHeldBill(data: ShopBillCalculated): HeldBill | null {
  if (data.outcome !== 'held') return null;
  const { runId, shopId, billId, shopDomain, period, currency, currencyExponent, totalMinor, fraud } = data;
  return {
    ...{ runId, shopId, billId, shopDomain, period, currency, currencyExponent, totalMinor },
    fraudLevel: fraud?.level ?? null,
    fraudCodes: (fraud?.checks ?? []).filter(({ state }) => state === 'triggered').map(({ code }) => code),
    heldAt: data.calculatedAt,
  };
}

export function toDecidedHold(
  event:
    | { readonly type: 'BillHoldReleased'; readonly data: BillHoldReleased }
    | { readonly type: 'BillHoldRejected'; readonly data: BillHoldRejected },
): DecidedHold {
  const { runId, shopId, billId, reason, actor } = event.data;
  const said = { runId, shopId, billId, reason, actor };
  return event.type === 'BillHoldReleased'
    ? { ...said, action: 'released', decidedAt: event.data.releasedAt }
    : { ...said, action: 'rejected', decidedAt: event.data.rejectedAt };
}
