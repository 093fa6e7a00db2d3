/** The port to the ledger: every fact, append-only, with its place in the log. postgres-ledger.ts, memory-ledger.ts. */
import type { Fact } from '../domain/facts.ts';
import type {
  BusiestHours,
  InteractionSignal,
  PurchaseSeen,
  ShopWindow,
  WindowInteractions,
} from '../domain/fraud-signals.ts';
import type { LateFact } from '../domain/late-facts.ts';
import type { Pin, Recorded } from '../domain/log-position.ts';
import type { FxQuote, OrderSeen, OrderWindow, QuoteQuery, Touch, TouchQuery } from '../domain/order-facts.ts';
import type { RefundedOrder, RefundWindow, ShopRecord, UsageWindow, WindowUsage } from '../domain/shop-facts.ts';
import type { TopicName } from '../topics.ts';

export interface LedgerEntry extends Recorded {
  readonly fact: Fact;
}

/** A fact that contradicts another with the same id. */
export interface FactConflict {
  readonly entry: LedgerEntry;
  readonly message: string;
}

export interface AppendBatch {
  readonly topic: TopicName;
  readonly partition: number;
  /** Position of the ingester after this batch. */
  readonly nextOffset: bigint;
  readonly entries: readonly LedgerEntry[];
}

/** What may have come late of a shop. */
export interface LateQuery {
  readonly shopId: string;
  /** Epoch milliseconds, exclusive. */
  readonly before: number;
  /** How far usage was looked at; a partition that is not named was not. */
  readonly from: readonly Pin[];
}

export interface Ledger {
  /**
   * Appends the entries of one partition and moves the position, in one transaction. Appending again what is there
   * (same position, or the same fact repeated) changes nothing. Returns the entries that contradict an earlier fact.
   *
   * The same fact in two partitions is kept twice, because pins may see one and not the other; reads resolve to the
   * first by (log timestamp, partition, offset) within the pins.
   */
  append(batch: AppendBatch): Promise<FactConflict[]>;
  /** How far each partition was appended: exclusive. */
  positions(): Promise<Pin[]>;
  /** Ids of registered shops within the pins, ascending by their UTF-8 bytes, after `after`. */
  shopIds(query: { after: string | null; limit: number; pins: readonly Pin[] }): Promise<string[]>;
  /** Registrations and plan versions; a shop without any is left out of the map. */
  loadShops(query: { shopIds: readonly string[]; pins: readonly Pin[] }): Promise<Map<string, ShopRecord>>;
  /** Sums per window, aligned with `windows`. */
  loadUsage(query: { windows: readonly UsageWindow[]; pins: readonly Pin[] }): Promise<WindowUsage[]>;
  /** Refunded orders per window, aligned with `windows`, ascending by order id. */
  loadRefunds(query: { windows: readonly RefundWindow[]; pins: readonly Pin[] }): Promise<RefundedOrder[][]>;
  /** Orders that are raw or in another currency than the window's, aligned with `windows`, ascending by time, then id. */
  loadOrders(query: { windows: readonly OrderWindow[]; pins: readonly Pin[] }): Promise<OrderSeen[][]>;
  /** Aligned with `touches`, ascending by time, then id: a handful of statements for all of them. */
  loadTouches(query: { touches: readonly TouchQuery[]; pins: readonly Pin[] }): Promise<Touch[][]>;
  /** One quote per `asOf`, the first recorded, aligned with `quotes` and ascending. */
  loadQuotes(query: { quotes: readonly QuoteQuery[]; pins: readonly Pin[] }): Promise<FxQuote[][]>;
  /** Sums of interactions per window, aligned with `windows`. */
  loadInteractionSums(query: { windows: readonly ShopWindow[]; pins: readonly Pin[] }): Promise<WindowInteractions[]>;
  /** The busiest two adjacent hours, and days, of each window, aligned with `windows`. */
  loadBusiestHours(query: { windows: readonly ShopWindow[]; pins: readonly Pin[] }): Promise<BusiestHours[]>;
  /** Aligned with `windows`, ascending by time, then id. */
  loadInteractions(query: { windows: readonly ShopWindow[]; pins: readonly Pin[] }): Promise<InteractionSignal[][]>;
  /** Purchases of every kind, aligned with `windows`, ascending by time, then id. */
  loadPurchases(query: { windows: readonly ShopWindow[]; pins: readonly Pin[] }): Promise<PurchaseSeen[][]>;
  /**
   * Purchases, refunds and interactions that occurred before a moment and stand behind `from` in the log, aligned with
   * `shops`, in the order of their place.
   */
  loadLateFacts(query: { shops: readonly LateQuery[]; pins: readonly Pin[] }): Promise<LateFact[][]>;
  /** Ids of shops with any purchase, refund or interaction in [start, end) within the pins, ascending, after `after`. */
  shopIdsWithUsage(query: {
    start: number;
    end: number;
    pins: readonly Pin[];
    after: string | null;
    limit: number;
  }): Promise<string[]>;
}
