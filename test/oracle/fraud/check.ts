/**
 * DOMAIN "Fraud": each check "gives its code, observed value, threshold, evidence ids and state: clear, triggered,
 * not_applicable (the shop never sent an interaction and the check needs them) or not_evaluated (there is no quote to USD
 * …)". The oracle tells code and state, and what it measured for whoever looks for a difference.
 */
import type { FraudProfile, Interaction, Order } from '../facts.ts';
import { compare, fraction, isAbove, type Fraction } from '../fraction.ts';

export type CheckState = 'clear' | 'triggered' | 'not_applicable' | 'not_evaluated';

export interface Measure {
  readonly what: string;
  readonly observed: Fraction;
  readonly threshold: Fraction;
  readonly isBroken: boolean;
}

export interface Check {
  readonly code: string;
  readonly state: CheckState;
  readonly measures: readonly Measure[];
}

/** A purchase of the period with what it brought, in the currency of the bill. */
export interface AttributedPurchase {
  readonly order: Order;
  readonly at: number;
  readonly attributed: bigint;
}

/** What the checks look at. Interactions and purchases are those of the period. */
export interface Signals {
  readonly interactions: readonly Interaction[];
  readonly purchases: readonly AttributedPurchase[];
  readonly conversions: number;
  readonly attributed: bigint;
  readonly refunded: bigint;
  readonly profile: FraudProfile;
  /** USD (in cents, exact) that a minor unit of the bill's currency is worth at the period's end; null: no quote. */
  readonly centsPerMinor: Fraction | null;
  /** All that the shop ever sent. */
  readonly everyInteraction: readonly Interaction[];
  readonly isBot: (userAgent: string) => boolean;
}

/** "Thresholds are strict >". */
export function atMost(what: string, observed: Fraction | number, threshold: Fraction | number): Measure {
  const [seen, limit] = [exact(observed), exact(threshold)];
  return { what, observed: seen, threshold: limit, isBroken: isAbove(seen, limit) };
}

export function atLeast(what: string, observed: Fraction, threshold: Fraction): Measure {
  return { what, observed, threshold, isBroken: compare(observed, threshold) < 0 };
}

const exact = (value: Fraction | number) => (typeof value === 'number' ? fraction(value) : value);

/** Triggered by any broken measure. */
export function judged(code: string, measures: readonly Measure[]): Check {
  return { code, state: measures.some(({ isBroken }) => isBroken) ? 'triggered' : 'clear', measures };
}

/** A check that says nothing about a shop that never sent an interaction. */
export const needingInteractions = (check: (signals: Signals) => Check) => {
  return (signals: Signals): Check => {
    const result = check(signals);
    return signals.everyInteraction.length === 0
      ? { code: result.code, state: 'not_applicable', measures: [] }
      : result;
  };
};
