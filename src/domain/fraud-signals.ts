/**
 * What the fraud checks look at, from coarse to fine: sums of the whole period for every shop; sums of its busiest hours
 * where the period's come over a limit; single rows where those do too. A window never holds more than the two hours of
 * the clock it touches, nor those more than the period, so the first that stays within a limit settles the check.
 */
import type { FxRateQuoted } from './facts.ts';

/** Interactions of the period. */
export interface InteractionSums {
  readonly interactions: number;
  /** Most of one session, one IP address; 0 where none has one. */
  readonly clicksOfOneSession: number;
  readonly interactionsOfOneIp: number;
  readonly sessionsOfOneIp: number;
  /** Sessions with two or more interactions, those of them shorter than a second, and ten of these, ascending as bytes. */
  readonly longerSessions: number;
  readonly shortSessions: number;
  readonly shortSessionIds: readonly string[];
  /** Of user agents that say they are bots, and the ten that did most (ties: ascending as bytes). */
  readonly botInteractions: number;
  readonly botAgents: readonly string[];
}

/** The same in the busiest two adjacent hours of the clock: since the epoch, so that no time zone moves them. */
export interface BusiestHours {
  readonly interactions: number;
  /** In two adjacent days of such hours. */
  readonly interactionsOfTwoDays: number;
  readonly clicksOfOneSession: number;
  readonly interactionsOfOneIp: number;
  /** Sessions of either hour; one that was there in both counts twice. */
  readonly sessionsOfOneIp: number;
}

export interface InteractionSignal {
  readonly interactionId: string;
  readonly occurredAt: number;
  readonly isClick: boolean;
  readonly sessionId: string | null;
  readonly ipAddress: string | null;
}

/**
 * `met`: the customer (else the session) interacted in the 30 days before. `unmet`: it did not. `anonymous`: the
 * purchase has neither customer nor session.
 */
export type Visitor = 'met' | 'unmet' | 'anonymous';

/** Half-open [start, end), epoch milliseconds. */
export interface ShopWindow {
  readonly shopId: string;
  readonly start: number;
  readonly end: number;
}

export interface WindowInteractions {
  /** Whether the shop ever sent an interaction, at any time. */
  readonly everInteracted: boolean;
  readonly sums: InteractionSums;
}

/** A purchase of any kind, and whether its visitor was met. */
export interface PurchaseSeen {
  readonly orderId: string;
  readonly occurredAt: number;
  readonly currency: string;
  /** In its own currency; null for a raw order, whose attributions must be computed. */
  readonly attributedMinor: bigint | null;
  readonly visitor: Visitor;
}

export interface PurchaseSignal {
  readonly orderId: string;
  readonly occurredAt: number;
  /** In the currency of the plan. */
  readonly attributedMinor: bigint;
  readonly visitor: Visitor;
}

/** What is read of one shop. Rows are of the period, ascending by time, then id; null: not read, no limit was near. */
export interface FraudFacts extends WindowInteractions {
  readonly busiest: BusiestHours | null;
  readonly interactions: readonly InteractionSignal[] | null;
  readonly purchases: readonly PurchaseSeen[] | null;
  /** The newest from the plan's currency to USD at the period's end; null: there is none, or the plan is in USD. */
  readonly usdQuote: FxRateQuoted | null;
}

/** The same with every purchase in the currency of the plan. */
export type FraudSignals = Omit<FraudFacts, 'purchases'> & { readonly purchases: readonly PurchaseSignal[] | null };

export const NO_INTERACTIONS: InteractionSums = {
  interactions: 0,
  clicksOfOneSession: 0,
  interactionsOfOneIp: 0,
  sessionsOfOneIp: 0,
  longerSessions: 0,
  shortSessions: 0,
  shortSessionIds: [],
  botInteractions: 0,
  botAgents: [],
};

/** Of a shop that has nothing to be read, because no bill is made for it. */
export const NO_FRAUD_FACTS: FraudFacts = {
  everInteracted: false,
  sums: NO_INTERACTIONS,
  busiest: null,
  interactions: null,
  purchases: null,
  usdQuote: null,
};
