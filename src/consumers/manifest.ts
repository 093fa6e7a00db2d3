/** Which shops a run bills: chunks of shop ids, ascending by their bytes, without repeats. */
import type { Ledger } from '../adapters/ledger.ts';
import { compareBytes } from '../domain/byte-order.ts';
import { isBillable } from '../domain/eligibility.ts';
import type { Period } from '../domain/events.ts';
import type { Pin } from '../domain/log-position.ts';

const CHUNK = 5_000;

export interface Manifest {
  /** To be read once. */
  readonly shopIds: AsyncIterable<readonly string[]>;
  /** Shops that used the app in the period and are not billed; known when `shopIds` was read. Null: not asked. */
  readonly unbillableShopsWithUsage: (() => Promise<number>) | null;
}

interface Look {
  readonly ledger: Ledger;
  readonly period: Period;
  readonly pins: readonly Pin[];
  readonly heartbeat: () => Promise<void>;
}

/** Every shop that was active and had a plan at some moment of the period (DOMAIN "Shops"), within the pins. */
export function billableShops(look: Look): Manifest {
  const { ledger, period, pins, heartbeat } = look;
  const usage = createUsageCount(look);
  async function* shopIds() {
    for (let after: string | null = null; ;) {
      const known: string[] = await ledger.shopIds({ after, limit: CHUNK, pins });
      const shops = await ledger.loadShops({ shopIds: known, pins });
      const billable = known.filter((shopId) => isBillable(shops.get(shopId) ?? null, period));
      const isLast = known.length < CHUNK;
      await usage.countOutside(billable, isLast ? null : known.at(-1)!);
      yield billable;
      if (isLast) return;
      after = known.at(-1)!;
      await heartbeat();
    }
  }
  return { shopIds: shopIds(), unbillableShopsWithUsage: async () => usage.total() };
}

/** The shops a request names; named twice is named once, and whether they can be billed is decided shop by shop. */
export function namedShops(named: readonly string[]): Manifest {
  async function* shopIds() {
    yield [...new Set(named)].sort(compareBytes);
  }
  return { shopIds: shopIds(), unbillableShopsWithUsage: null };
}

/** Counts shops with usage beside the billable ones, both read in one order, so that neither is held in memory. */
function createUsageCount({ ledger, period: { start, end }, pins }: Look) {
  let total = 0;
  let pending: string[] = [];
  let after: string | null = null;
  let isExhausted = false;
  return {
    total: () => total,
    /** Of the ids up to `last`, or all that are left: counts those not among `billable`. */
    async countOutside(billable: readonly string[], last: string | null): Promise<void> {
      const billed = new Set(billable);
      for (;;) {
        const cut = last === null ? -1 : pending.findIndex((shopId) => compareBytes(shopId, last) > 0);
        const due = cut === -1 ? pending : pending.slice(0, cut);
        total += due.filter((shopId) => !billed.has(shopId)).length;
        pending = pending.slice(due.length);
        if (pending.length > 0 || isExhausted) return;
        pending = await ledger.shopIdsWithUsage({ start, end, pins, after, limit: CHUNK });
        after = pending.at(-1) ?? after;
        isExhausted = pending.length < CHUNK;
        if (pending.length === 0) return;
      }
    },
  };
}
