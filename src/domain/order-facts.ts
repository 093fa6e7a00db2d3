/** What the ledger tells about single orders, where sums are not enough: raw ones, foreign ones, refunded ones. */
import type { Attribution, FxRateQuoted, OrderLine } from './facts.ts';
import type { Recorded } from './log-position.ts';

/** What an OrderPlaced tells in place of attributions. */
export interface RawOrder {
  readonly lines: readonly OrderLine[];
  readonly financialStatus: string;
  readonly test: boolean;
}

export interface OrderSeen extends Recorded {
  readonly orderId: string;
  readonly occurredAt: number;
  readonly currency: string;
  readonly orderTotalMinor: bigint;
  readonly customerId: string | null;
  readonly sessionId: string | null;
  /** Each channel once, ascending; none of a raw order, whose attributions must be computed. */
  readonly attributions: readonly Attribution[];
  /** Null: a PurchaseAttributed. */
  readonly raw: RawOrder | null;
}

/** Half-open [start, end) in which the orders are looked for that the sums of a plan in `currency` cannot tell. */
export interface OrderWindow {
  readonly shopId: string;
  readonly start: number;
  readonly end: number;
  readonly currency: string;
}

/** Clicks and add-to-carts on some products from `from` to `to`, both inclusive, epoch milliseconds. */
export interface TouchQuery {
  readonly shopId: string;
  /** Whose they are; null: those of the session, whoever's it is. */
  readonly customerId: string | null;
  readonly sessionId: string | null;
  readonly productIds: readonly string[];
  readonly from: number;
  readonly to: number;
}

/** A click or add-to-cart. */
export interface Touch extends Recorded {
  readonly interactionId: string;
  readonly occurredAt: number;
  readonly channel: string;
  readonly productId: string;
}

/** Quotes of one pair, `asOf` from one date to another, both inclusive. */
export interface QuoteQuery {
  readonly base: string;
  readonly quote: string;
  readonly fromDate: string;
  readonly toDate: string;
}

export type FxQuote = FxRateQuoted & Recorded;

/** The orders of a shop that sums cannot tell, with what was looked up for them and for its refunded orders. */
export interface OrderFacts {
  readonly seen: readonly OrderSeen[];
  /** By order id. */
  readonly touches: ReadonlyMap<string, readonly Touch[]>;
  /** One per pair and `asOf`. */
  readonly quotes: readonly FxQuote[];
  /** Each like `quotes`: asked one after the other where those before have none. For months that are rated again. */
  readonly laterQuotes?: readonly (readonly FxQuote[])[];
}

export const NO_ORDERS: OrderFacts = { seen: [], touches: new Map(), quotes: [] };
