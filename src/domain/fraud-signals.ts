/**
 * What the fraud checks look at: sums of every shop, and single rows only of one that comes over a limit with its sums.
 * A window never holds more than the whole period, so sums within a limit settle a check.
 */
import type { FxRateQuoted } from './facts.ts';

/** Interactions of the period. */
export interface InteractionSums {
  readonly interactions: number;
  /** Most of one session, one IP address; 0 where none has one. */
  readonly clicksOfOneSession: number;
  readonly interactionsOfOneIp: number;
  readonly sessionsOfOneIp: number;
  /** Sessions with two or more interactions, and those of them shorter than a second. */
  readonly longerSessions: number;
  readonly shortSessions: number;
  readonly botInteractions: number;
}

export interface InteractionSignal {
  readonly interactionId: string;
  readonly occurredAt: number;
  readonly isClick: boolean;
  readonly sessionId: string | null;
  readonly ipAddress: string | null;
  /** Its user agent says that it is a bot. */
  readonly isBot: boolean;
}

/**
 * `met`: the customer (else the session) interacted in the 30 days before. `unmet`: it did not. `anonymous`: the
 * purchase has neither customer nor session.
 */
export type Visitor = 'met' | 'unmet' | 'anonymous';

export interface PurchaseSignal {
  readonly orderId: string;
  readonly occurredAt: number;
  /** In the currency of the plan. */
  readonly attributedMinor: bigint;
  readonly visitor: Visitor;
}

export interface FraudSignals {
  /** Whether the shop ever sent an interaction, at any time. */
  readonly everInteracted: boolean;
  readonly sums: InteractionSums;
  /** Of the period, ascending by time, then id; null: not read, because no limit was near. */
  readonly interactions: readonly InteractionSignal[] | null;
  /** Of the period, ascending by time, then id; null: not read, because no limit was near. */
  readonly purchases: readonly PurchaseSignal[] | null;
  /** The newest from the plan's currency to USD at the period's end; null: none, or the plan is in USD. */
  readonly usdQuote: Pick<FxRateQuoted, 'rateUnscaled' | 'rateScale' | 'asOf'> | null;
}

export const NO_INTERACTIONS: InteractionSums = {
  interactions: 0,
  clicksOfOneSession: 0,
  interactionsOfOneIp: 0,
  sessionsOfOneIp: 0,
  longerSessions: 0,
  shortSessions: 0,
  botInteractions: 0,
};
