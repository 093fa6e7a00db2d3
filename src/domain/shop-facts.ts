/** What the ledger tells about one shop, within the pins of a run: the input of a decision. */
import type { Attribution, PlanAssigned, ShopRegistered } from './facts.ts';
import type { Recorded } from './log-position.ts';
import type { OrderSeen } from './order-facts.ts';

export type ShopStatus = ShopRegistered & Recorded;
export type PlanVersion = PlanAssigned & Recorded;

/** All registrations and plan versions of a shop, in the order they were recorded. */
export interface ShopRecord {
  readonly shopId: string;
  readonly registrations: readonly ShopStatus[];
  readonly plans: readonly PlanVersion[];
}

/** Half-open [start, end) in epoch milliseconds over which usage is summed. */
export interface UsageWindow {
  readonly shopId: string;
  readonly start: number;
  readonly end: number;
  /** False where only revenue is wanted (history before a trial's period). */
  readonly countInteractions: boolean;
}

export interface ChannelUsage {
  readonly channel: string;
  readonly attributedMinor: bigint;
  /** Orders of which this channel was credited a positive amount. */
  readonly conversions: number;
}

/** Attributed purchases of one currency in a window. */
export interface CurrencyUsage {
  readonly currency: string;
  readonly orders: number;
  readonly orderTotalMinor: bigint;
  readonly attributedMinor: bigint;
  /** Orders of which anything was credited. */
  readonly conversions: number;
  /** Ascending by channel. */
  readonly channels: readonly ChannelUsage[];
}

export interface WindowUsage {
  /** Ascending by currency. */
  readonly currencies: readonly CurrencyUsage[];
  /** Ascending by channel; empty where they were not asked for. */
  readonly interactions: readonly { readonly channel: string; readonly count: number }[];
  /** Raw orders (OrderPlaced), whose attribution must still be computed. */
  readonly rawOrders: number;
  /** Tell which facts were summed, and change with any of them: see adapters/usage-fingerprint.ts. */
  readonly purchasesPrint: bigint;
  /** 0 where interactions were not asked for. */
  readonly interactionsPrint: bigint;
}

/** Half-open [start, end) in which refunds are looked for. */
export interface RefundWindow {
  readonly shopId: string;
  readonly start: number;
  readonly end: number;
}

export interface RefundSeen extends Recorded {
  readonly refundId: string;
  readonly occurredAt: number;
  readonly currency: string;
  readonly refundTotalMinor: bigint;
  readonly attributions: readonly Attribution[] | null;
}

/** An order that had a refund in the window, with all its refunds before the window's end, earlier ones too. */
export interface RefundedOrder {
  readonly orderId: string;
  /** Null: the order is not within the pins. */
  readonly order: OrderSeen | null;
  readonly refunds: readonly RefundSeen[];
}
