/** Appends a batch of one partition and moves its position, in one transaction. */
import type { Fact } from '../domain/facts.ts';
import type { AppendBatch, FactConflict, LedgerEntry } from './ledger.ts';
import { conflictOf, refuseStrays } from './ledger-batch.ts';
import { createAppendOnce, type OnceEntry } from './postgres-ledger-once.ts';
import { appendPlans, appendRegistrations } from './postgres-ledger-shops.ts';
import { rememberMonths } from './postgres-ledger-months.ts';
import { FX_QUOTES, INTERACTIONS, PURCHASES, REFUNDS } from './postgres-ledger-tables.ts';
import { transaction, type Client, type Pool } from './postgres.ts';

/**
 * @returns `append` of the ledger port. Durable: an ingester that outlives a crash of the server goes on at the position
 * it knows, and must not leave a gap behind it.
 */
export function createAppend(pool: Pool): (batch: AppendBatch) => Promise<FactConflict[]> {
  const appendPurchases = createAppendOnce(PURCHASES);
  const appendRefunds = createAppendOnce(REFUNDS);
  const appendInteractions = createAppendOnce(INTERACTIONS);
  const appendQuotes = createAppendOnce(FX_QUOTES);

  return async (batch) => {
    const { topic, partition } = batch;
    refuseStrays(batch);
    const only = <T extends Fact['type']>(...wanted: T[]) =>
      batch.entries.filter((entry) => (wanted as string[]).includes(entry.fact.type)) as OnceEntry<
        Extract<Fact, { type: T }>
      >[];
    const contradictions = await transaction(pool, { durable: true }, async (client) => {
      // First, so that a second ingester of this partition waits here until the first is done.
      await movePosition(client, batch);
      await appendRegistrations(client, partition, only('ShopRegistered'));
      await appendPlans(client, partition, only('PlanAssigned'));
      const found = [
        ...(await appendQuotes(client, partition, only('FxRateQuoted'))),
        ...(await appendPurchases(client, partition, only('PurchaseAttributed', 'OrderPlaced'))),
        ...(await appendRefunds(client, partition, only('PurchaseRefunded'))),
        ...(await appendInteractions(client, partition, only('InteractionRecorded'))),
      ];
      if (topic === 'usage') {
        await rememberShops(client, batch.entries);
        await rememberMonths(client, partition, batch.entries);
      }
      return found;
    });
    return contradictions
      .map(({ entry, earlier }) => conflictOf(entry, { topic, ...earlier }))
      .sort((a, b) => Number(a.entry.position.offset - b.entry.position.offset));
  };
}

async function movePosition(client: Client, { topic, partition, nextOffset }: AppendBatch): Promise<void> {
  await client.query(
    `insert into ingest_positions as known (topic, partition, next_offset) values ($1, $2, $3)
     on conflict (topic, partition) do update set next_offset = greatest(known.next_offset, excluded.next_offset)`,
    [topic, partition, nextOffset],
  );
}

async function rememberShops(client: Client, entries: readonly LedgerEntry[]): Promise<void> {
  const shopIds = new Set(entries.flatMap(({ fact }) => ('shopId' in fact.data ? [fact.data.shopId] : [])));
  if (shopIds.size === 0) return;
  await client.query(
    `insert into usage_shops (shop_id) select shop_id from unnest($1::text[]) as k(shop_id) on conflict do nothing`,
    [[...shopIds].sort()],
  );
}
