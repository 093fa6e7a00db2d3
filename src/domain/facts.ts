/**
 * The facts a platform tells us, shaped exactly as in schemas/*.avsc: amounts are bigint minor units of the record's
 * currency, rates integers in parts per million, instants epoch milliseconds, dates `YYYY-MM-DD`.
 */

export interface ShopRegistered {
  readonly shopId: string;
  readonly shopDomain: string;
  readonly status: string;
  readonly currency: string;
  readonly occurredAt: number;
}

export type PlanType = 'revenue_share' | 'performance_tier' | 'hybrid' | 'usage_based';
export type Meter = 'conversions' | 'interactions';
export type AttributionModel = 'cross_extension' | 'first_click' | 'last_click' | 'linear' | 'time_decay';
export type InteractionType = 'view' | 'click' | 'add_to_cart';

export interface Tier {
  readonly upToMinor: bigint | null;
  readonly ratePpm: number;
}

/** Which fields are set depends on `type`: see plan-problem.ts. */
export interface PlanTerms {
  readonly type: PlanType;
  readonly ratePpm: number | null;
  readonly tiers: readonly Tier[] | null;
  readonly baseFeeMinor: bigint | null;
  readonly meter: Meter | null;
  readonly unitPriceMinor: bigint | null;
  readonly includedUnits: number | null;
}

export interface FraudProfile {
  readonly maxInteractionsPerHour: number | null;
  readonly maxInteractionsPerDay: number | null;
  readonly maxClicksPerSessionMinute: number | null;
  readonly minConversionRatePpm: number | null;
  readonly maxConversionRatePpm: number | null;
  readonly maxRevenuePerHourMinor: bigint | null;
  readonly maxRevenuePerDayMinor: bigint | null;
  readonly maxInteractionsPerIpHour: number | null;
  readonly maxSessionsPerIpHour: number | null;
}

export interface PlanAssigned {
  readonly shopId: string;
  readonly planId: string;
  readonly name: string;
  readonly currency: string;
  readonly currencyExponent: number;
  readonly effectiveFrom: string;
  readonly effectiveUntil: string | null;
  readonly terms: PlanTerms;
  readonly trialThresholdMinor: bigint;
  readonly minimumFeeMinor: bigint | null;
  readonly maximumFeeMinor: bigint | null;
  readonly discountRatePpm: number;
  readonly taxRatePpm: number;
  readonly attributionModel: AttributionModel;
  readonly fraudProfile: FraudProfile | null;
  readonly occurredAt: number;
}

export interface Attribution {
  readonly channel: string;
  readonly amountMinor: bigint;
}

export interface PurchaseAttributed {
  readonly shopId: string;
  readonly orderId: string;
  readonly customerId: string | null;
  readonly sessionId: string | null;
  readonly occurredAt: number;
  readonly currency: string;
  readonly currencyExponent: number;
  readonly orderTotalMinor: bigint;
  readonly attributions: readonly Attribution[];
}

export interface PurchaseRefunded {
  readonly shopId: string;
  readonly refundId: string;
  readonly orderId: string;
  readonly occurredAt: number;
  readonly currency: string;
  readonly currencyExponent: number;
  readonly refundTotalMinor: bigint;
  /** Null (or empty): the refund takes its share of the order's attributions. */
  readonly attributions: readonly Attribution[] | null;
}

export interface InteractionRecorded {
  readonly shopId: string;
  readonly interactionId: string;
  readonly occurredAt: number;
  readonly interactionType: InteractionType;
  readonly channel: string;
  readonly sessionId: string | null;
  readonly customerId: string | null;
  readonly productId: string | null;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

export interface OrderLine {
  readonly productId: string;
  readonly quantity: number;
  readonly priceMinor: bigint;
}

export interface OrderPlaced {
  readonly shopId: string;
  readonly orderId: string;
  readonly customerId: string | null;
  readonly sessionId: string | null;
  readonly occurredAt: number;
  readonly currency: string;
  readonly currencyExponent: number;
  readonly orderTotalMinor: bigint;
  readonly lines: readonly OrderLine[];
  readonly financialStatus: string;
  readonly test: boolean;
}

/** One unit of `base` is worth rateUnscaled / 10^rateScale units of `quote`. */
export interface FxRateQuoted {
  readonly base: string;
  readonly quote: string;
  readonly rateUnscaled: bigint;
  readonly rateScale: number;
  readonly asOf: string;
}

export interface FactByType {
  ShopRegistered: ShopRegistered;
  PlanAssigned: PlanAssigned;
  PurchaseAttributed: PurchaseAttributed;
  PurchaseRefunded: PurchaseRefunded;
  InteractionRecorded: InteractionRecorded;
  OrderPlaced: OrderPlaced;
  FxRateQuoted: FxRateQuoted;
}

export type FactType = keyof FactByType;
export type Fact = { [T in FactType]: { readonly type: T; readonly data: FactByType[T] } }[FactType];
