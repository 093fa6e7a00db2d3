/** The ledger in Postgres. Its tables are in migrations/0001-ledger.ts, further indexes in 0009-visitors.ts. */
import type { Pin } from '../domain/log-position.ts';
import type { Ledger } from './ledger.ts';
import { createAppend } from './postgres-ledger-append.ts';
import { loadLateFacts } from './postgres-ledger-late.ts';
import { loadOrders } from './postgres-ledger-orders.ts';
import { loadQuotes } from './postgres-ledger-quotes.ts';
import { loadBusiestHours, loadInteractions, loadInteractionSums } from './postgres-ledger-interactions.ts';
import { loadRefunds } from './postgres-ledger-refunds.ts';
import { loadShops, shopIds } from './postgres-ledger-shops.ts';
import { loadTouches } from './postgres-ledger-touches.ts';
import { loadUsage, shopIdsWithUsage } from './postgres-ledger-usage.ts';
import { loadPurchases } from './postgres-ledger-visitors.ts';
import { query, type Pool } from './postgres.ts';

export function createPostgresLedger({ pool }: { pool: Pool }): Ledger {
  return {
    append: createAppend(pool),
    positions: async () => {
      const { rows } = await query<Pin>(
        pool,
        'select topic, partition, next_offset as offset from ingest_positions order by topic, partition',
      );
      return rows;
    },
    shopIds: (asked) => shopIds(pool, asked),
    loadShops: (asked) => loadShops(pool, asked),
    loadUsage: (asked) => loadUsage(pool, asked),
    loadRefunds: (asked) => loadRefunds(pool, asked),
    loadOrders: (asked) => loadOrders(pool, asked),
    loadTouches: (asked) => loadTouches(pool, asked),
    loadQuotes: (asked) => loadQuotes(pool, asked),
    loadInteractionSums: (asked) => loadInteractionSums(pool, asked),
    loadBusiestHours: (asked) => loadBusiestHours(pool, asked),
    loadInteractions: (asked) => loadInteractions(pool, asked),
    loadPurchases: (asked) => loadPurchases(pool, asked),
    loadLateFacts: (asked) => loadLateFacts(pool, asked),
    shopIdsWithUsage: (asked) => shopIdsWithUsage(pool, asked),
  };
}
