/** The facts as the oracle works with them: amounts in minor units, rates exact, times in milliseconds. */
import type { Day } from './calendar.ts';
import type { Model } from './fact-lines.ts';
import type { Fraction } from './fraction.ts';

export interface Registration {
  readonly shopId: string;
  readonly status: string;
  readonly at: number;
}

export interface Tier {
  /** Minor units; null: without end. */
  readonly upTo: bigint | null;
  readonly rate: Fraction;
}

export type Terms =
  | { readonly type: 'revenue_share'; readonly rate: Fraction }
  | { readonly type: 'performance_tier'; readonly tiers: readonly Tier[] }
  | { readonly type: 'hybrid'; readonly baseFee: bigint; readonly tiers: readonly Tier[] }
  | {
      readonly type: 'usage_based';
      readonly meter: 'conversions' | 'interactions';
      readonly unitPrice: bigint;
      readonly includedUnits: bigint;
    };

export interface FraudProfile {
  readonly maxInteractionsPerHour: number;
  readonly maxInteractionsPerDay: number;
  readonly maxClicksPerSessionMinute: number;
  readonly maxInteractionsPerIpHour: number;
  readonly maxSessionsPerIpHour: number;
  readonly minConversionRate: Fraction;
  readonly maxConversionRate: Fraction;
  /** In the plan's currency; null: the default in USD. */
  readonly maxRevenuePerHour: bigint | null;
  readonly maxRevenuePerDay: bigint | null;
}

export interface PlanVersion {
  readonly shopId: string;
  readonly planId: string;
  readonly currency: string;
  readonly effectiveFrom: Day;
  readonly effectiveUntil: Day | null;
  readonly terms: Terms;
  readonly trialThreshold: bigint;
  readonly minimumFee: bigint | null;
  readonly maximumFee: bigint | null;
  readonly discountRate: Fraction;
  readonly taxRate: Fraction;
  readonly model: Model;
  readonly fraudProfile: FraudProfile;
}

/** A purchase whose attributions are told, or a raw order whose attributions have to be found. */
export interface Order {
  readonly shopId: string;
  readonly orderId: string;
  readonly customerId: string | null;
  readonly sessionId: string | null;
  readonly at: number;
  readonly currency: string;
  readonly total: bigint;
  readonly told: ReadonlyMap<string, bigint> | null;
  readonly raw: {
    readonly lines: readonly { readonly productId: string; readonly amount: bigint }[];
    readonly financialStatus: string;
    readonly isTest: boolean;
  } | null;
}

export interface Refund {
  readonly shopId: string;
  readonly refundId: string;
  readonly orderId: string;
  readonly at: number;
  readonly currency: string;
  readonly total: bigint;
  readonly told: ReadonlyMap<string, bigint> | null;
}

export interface Interaction {
  readonly shopId: string;
  readonly interactionId: string;
  readonly at: number;
  readonly kind: 'view' | 'click' | 'add_to_cart';
  readonly channel: string;
  readonly sessionId: string | null;
  readonly customerId: string | null;
  readonly productId: string | null;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

export interface Quote {
  readonly base: string;
  readonly quote: string;
  readonly rate: Fraction;
  readonly asOf: Day;
}
