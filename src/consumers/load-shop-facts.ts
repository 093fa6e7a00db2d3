/** Everything decisions about a batch of shops look at, read with a handful of set-based queries. */
import type { Ledger } from '../adapters/ledger.ts';
import type { ShopState } from '../adapters/register.ts';
import { NO_ADJUSTMENTS, type Adjusted } from '../domain/adjustment.ts';
import type { CarriedCredit } from '../domain/carried-credit.ts';
import type { Period } from '../domain/events.ts';
import type { Pin } from '../domain/log-position.ts';
import type { ShopFacts } from '../domain/shop-bill.ts';
import { digestInputs, type DigestedInputs } from './digest-inputs.ts';
import { loadFraudFacts, loadFraudSums, type AssessedShop } from './load-fraud-facts.ts';
import { loadOrderFacts, type SummedShop } from './load-order-facts.ts';
import { lookAtShops, sumShops, type Look } from './load-shop-sums.ts';

export interface DecisionState extends Pick<ShopState, 'sequence' | 'settledByRunId' | 'invoicesIssued' | 'cancelled'> {
  readonly credits: readonly CarriedCredit[];
  /** What it took over from earlier months, when that is known already; else load-adjustments.ts finds it. */
  readonly adjusted?: Adjusted;
}

/** Facts of one shop, or the error that kept them from being understood: one shop's trouble is its own. */
export type LoadedFacts = { readonly facts: ShopFacts } | { readonly error: unknown };

/** Aligned with `shopIds`. @param states aligned with `shopIds` */
export async function loadShopFacts({
  ledger,
  shopIds,
  states,
  period,
  pins,
}: {
  ledger: Ledger;
  shopIds: readonly string[];
  states: readonly DecisionState[];
  period: Period;
  pins: readonly Pin[];
}): Promise<LoadedFacts[]> {
  const reading = { ledger, period, pins };
  const looks = await lookAtShops(reading, shopIds);
  const assessed = looks.map((look): AssessedShop =>
    'error' in look || look.query === null ? null : { shopId: look.shopId, plan: look.query.plan },
  );
  const [sums, fraudSums] = await Promise.all([sumShops(reading, looks), loadFraudSums(reading, assessed)]);
  const [orders, fraud] = await Promise.all([
    loadOrderFacts({ ledger, timeZone: period.timeZone, pins }, sums),
    loadFraudFacts(reading, assessed, fraudSums, sums),
  ]);
  return looks.map((look, index): LoadedFacts => {
    const { sequence, settledByRunId, invoicesIssued, credits, adjusted = NO_ADJUSTMENTS } = states[index]!;
    // What is settled is skipped, whatever its facts say by now.
    if ('error' in look && settledByRunId === null) return look;
    const { usage: ofWindows, refunds: ofShop } = sums[index]!;
    const seen = { usage: ofWindows, refunds: ofShop, orders: orders[index]!, fraud: fraud[index]! };
    const inputsDigest = digestOf(look, sums[index]!, seen, period);
    const state = { sequence, settledByRunId, invoicesIssued, credits, adjusted };
    return { facts: { shop: look.shop, ...seen, inputsDigest, ...state } };
  });
}

/** Empty where no bill is made. */
function digestOf(
  look: Look,
  { windows, currency }: SummedShop,
  seen: Pick<DigestedInputs, 'usage' | 'refunds' | 'orders' | 'fraud'>,
  { timeZone }: Period,
): string {
  if ('error' in look || look.shop === null || look.query === null) return '';
  return digestInputs({ shop: look.shop, currency, timeZone, windows, ...seen });
}
