/** Which shops a run bills: chunks of shop ids, ascending by code unit, without repeats. */
import type { Ledger } from '../adapters/ledger.ts';
import { isBillable } from '../domain/eligibility.ts';
import type { Period } from '../domain/events.ts';
import type { Pin } from '../domain/log-position.ts';

const CHUNK = 5_000;

/** Every shop that was active and had a plan at some moment of the period (DOMAIN "Shops"), within the pins. */
export async function* billableShops({
  ledger,
  period,
  pins,
  heartbeat,
}: {
  ledger: Ledger;
  period: Period;
  pins: readonly Pin[];
  heartbeat: () => Promise<void>;
}): AsyncIterable<readonly string[]> {
  for (let after: string | null = null; ;) {
    const shopIds: string[] = await ledger.shopIds({ after, limit: CHUNK, pins });
    const shops = await ledger.loadShops({ shopIds, pins });
    yield shopIds.filter((shopId) => isBillable(shops.get(shopId) ?? null, period));
    if (shopIds.length < CHUNK) return;
    after = shopIds.at(-1)!;
    await heartbeat();
  }
}

/** The shops a request names; named twice is named once, and whether they can be billed is decided shop by shop. */
export async function* namedShops(shopIds: readonly string[]): AsyncIterable<readonly string[]> {
  yield [...new Set(shopIds)].sort();
}
