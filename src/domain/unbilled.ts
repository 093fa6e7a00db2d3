/** Decisions that make no bill: a shop is skipped with a reason, or failed with a code. */
import { shopDomainOf } from './eligibility.ts';
import type { ShopBillFailed, ShopBillSkipped, ShopEvent, ShopEventHead } from './events.ts';
import type { DecideRequest, Decision, ShopFacts } from './shop-bill.ts';

/** What a run decides about one shop, apart from what is known of the shop. */
export type Asked = Omit<DecideRequest, 'deterministicId'>;

/** A shop of the run that is not billed (DOMAIN "Shops"). */
export function skipShop(
  facts: Pick<ShopFacts, 'sequence'>,
  request: Asked,
  why: Pick<ShopBillSkipped, 'reason' | 'shopDomain' | 'settledByRunId'>,
): Decision {
  const data = { ...eventHead(facts, request), ...why, skippedAt: request.now, pins: request.pins };
  return { outcome: 'skipped', events: [{ type: 'ShopBillSkipped', data }], invoice: null };
}

/** A shop that was not decided before its run was cancelled: nothing was looked up about it. */
export function skipCancelled(facts: Pick<ShopFacts, 'sequence'>, request: Asked): Decision {
  return skipShop(facts, request, { reason: 'run_cancelled', shopDomain: null, settledByRunId: null });
}

/** The event of a shop that cannot be billed: a code of errors.ts, and a message for people. */
export function failShop({
  sequence,
  shop,
  code,
  message,
  kind,
  ...request
}: Asked & Pick<ShopFacts, 'sequence' | 'shop'> & Pick<ShopBillFailed, 'code' | 'message' | 'kind'>): ShopEvent {
  const shopDomain = shopDomainOf(shop, request.period);
  const { now: failedAt, pins } = request;
  const data = { ...eventHead({ sequence }, request), code, message, kind, shopDomain, failedAt, pins };
  return { type: 'ShopBillFailed', data };
}

/** A live decision takes the next place in the shop's sequence; a dry run takes none. */
export function eventHead(
  { sequence }: Pick<ShopFacts, 'sequence'>,
  { runId, shopId, dryRun, period }: Pick<ShopEventHead, 'runId' | 'shopId' | 'dryRun' | 'period'>,
): ShopEventHead {
  return { runId, shopId, shopSequence: dryRun ? sequence : sequence + 1, dryRun, period };
}
