/** The facts as lines of NDJSON: CONTRACTS "Facts in". */
import type { Day } from './calendar.ts';

export interface ChannelAmountLine {
  readonly channel: string;
  readonly amount: string;
}

export interface TierLine {
  readonly upTo: string | null;
  readonly rate: string;
}

export type TermsLine =
  | { readonly type: 'revenue_share'; readonly rate?: string }
  | { readonly type: 'performance_tier'; readonly tiers?: readonly TierLine[] }
  | { readonly type: 'hybrid'; readonly baseFee: string; readonly rate?: string; readonly tiers?: readonly TierLine[] }
  | {
      readonly type: 'usage_based';
      readonly meter: 'conversions' | 'interactions';
      readonly unitPrice: string;
      readonly includedUnits?: number;
    };

export interface FraudProfileLine {
  readonly maxInteractionsPerHour?: number | null;
  readonly maxInteractionsPerDay?: number | null;
  readonly maxClicksPerSessionMinute?: number | null;
  readonly maxInteractionsPerIpHour?: number | null;
  readonly maxSessionsPerIpHour?: number | null;
  readonly minConversionRate?: string | null;
  readonly maxConversionRate?: string | null;
  readonly maxRevenuePerHour?: string | null;
  readonly maxRevenuePerDay?: string | null;
}

export type Model = 'cross_extension' | 'first_click' | 'last_click' | 'linear' | 'time_decay';

export interface ShopLine {
  readonly type: 'ShopRegistered';
  readonly shopId: string;
  readonly shopDomain: string;
  readonly status: string;
  readonly currency: string;
  readonly occurredAt: string;
}

export interface PlanLine {
  readonly type: 'PlanAssigned';
  readonly shopId: string;
  readonly planId: string;
  readonly name?: string | null;
  readonly currency: string;
  readonly effectiveFrom: Day;
  readonly effectiveUntil?: Day | null;
  readonly terms: TermsLine;
  readonly trialThreshold?: string | null;
  readonly minimumFee?: string | null;
  readonly maximumFee?: string | null;
  readonly discountRate?: string | null;
  readonly taxRate?: string | null;
  readonly attributionModel?: Model | null;
  readonly fraudProfile?: FraudProfileLine | null;
  readonly occurredAt: string;
}

interface OrderLineFields {
  readonly shopId: string;
  readonly orderId: string;
  readonly customerId?: string | null;
  readonly sessionId?: string | null;
  readonly occurredAt: string;
  readonly currency: string;
  readonly orderTotal: string;
}

export interface PurchaseLine extends OrderLineFields {
  readonly type: 'PurchaseAttributed';
  readonly attributions?: readonly ChannelAmountLine[] | null;
}

export interface RawOrderLine extends OrderLineFields {
  readonly type: 'OrderPlaced';
  readonly lines: readonly { readonly productId: string; readonly quantity: number; readonly price: string }[];
  readonly financialStatus: string;
  readonly test?: boolean | null;
}

export interface RefundLine {
  readonly type: 'PurchaseRefunded';
  readonly shopId: string;
  readonly refundId: string;
  readonly orderId: string;
  readonly occurredAt: string;
  readonly currency: string;
  readonly refundTotal: string;
  readonly attributions?: readonly ChannelAmountLine[] | null;
}

export interface InteractionLine {
  readonly type: 'InteractionRecorded';
  readonly shopId: string;
  readonly interactionId: string;
  readonly occurredAt: string;
  readonly interactionType: 'view' | 'click' | 'add_to_cart';
  readonly channel: string;
  readonly sessionId?: string | null;
  readonly customerId?: string | null;
  readonly productId?: string | null;
  readonly ipAddress?: string | null;
  readonly userAgent?: string | null;
}

export interface QuoteLine {
  readonly type: 'FxRateQuoted';
  readonly base: string;
  readonly quote: string;
  readonly rate: string;
  readonly asOf: Day;
}

export type FactLine = ShopLine | PlanLine | PurchaseLine | RawOrderLine | RefundLine | InteractionLine | QuoteLine;
