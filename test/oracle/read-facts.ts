/** From a line of NDJSON to a fact. What CONTRACTS calls optional gets the default that DOMAIN names. */
import { instantOf } from './calendar.ts';
import { toMinor } from './currencies.ts';
import type {
  ChannelAmountLine,
  FraudProfileLine,
  InteractionLine,
  PlanLine,
  PurchaseLine,
  QuoteLine,
  RawOrderLine,
  RefundLine,
  ShopLine,
  TermsLine,
  TierLine,
} from './fact-lines.ts';
import type {
  FraudProfile,
  Interaction,
  Order,
  PlanVersion,
  Quote,
  Refund,
  Registration,
  Terms,
  Tier,
} from './facts.ts';
import { fraction, fromDecimal } from './fraction.ts';

export const readRegistration = (line: ShopLine): Registration => ({
  shopId: line.shopId,
  status: line.status,
  at: instantOf(line.occurredAt),
});

export const readQuote = (line: QuoteLine): Quote => ({
  base: line.base,
  quote: line.quote,
  rate: fromDecimal(line.rate),
  asOf: line.asOf,
});

export function readPlan(line: PlanLine): PlanVersion {
  const amount = (text: string | null | undefined) => (text == null ? null : toMinor(text, line.currency));
  return {
    shopId: line.shopId,
    planId: line.planId,
    currency: line.currency,
    effectiveFrom: line.effectiveFrom,
    effectiveUntil: line.effectiveUntil ?? null,
    terms: readTerms(line.terms, line.currency),
    trialThreshold: amount(line.trialThreshold) ?? 0n,
    minimumFee: amount(line.minimumFee),
    maximumFee: amount(line.maximumFee),
    discountRate: fromDecimal(line.discountRate ?? '0'),
    taxRate: fromDecimal(line.taxRate ?? '0'),
    model: line.attributionModel ?? 'cross_extension',
    fraudProfile: readFraudProfile(line.fraudProfile ?? {}, line.currency),
  };
}

/** DOMAIN: "Default rate 3 %. Default bands: 0–5 000 at 3 %, 5 000–25 000 at 2.5 %, above at 2 %." */
function readTerms(terms: TermsLine, currency: string): Terms {
  const flat = (rate = '0.03'): Tier[] => [{ upTo: null, rate: fromDecimal(rate) }];
  const bands = (tiers: readonly TierLine[]): Tier[] =>
    tiers.map(({ upTo, rate }) => ({ upTo: upTo === null ? null : toMinor(upTo, currency), rate: fromDecimal(rate) }));
  switch (terms.type) {
    case 'revenue_share':
      return { type: 'revenue_share', rate: fromDecimal(terms.rate ?? '0.03') };
    case 'performance_tier':
      return { type: 'performance_tier', tiers: bands(terms.tiers ?? DEFAULT_BANDS) };
    case 'hybrid':
      return {
        type: 'hybrid',
        baseFee: toMinor(terms.baseFee, currency),
        tiers: terms.tiers === undefined ? flat(terms.rate) : bands(terms.tiers),
      };
    case 'usage_based':
      return {
        type: 'usage_based',
        meter: terms.meter,
        unitPrice: toMinor(terms.unitPrice, currency),
        includedUnits: BigInt(terms.includedUnits ?? 0),
      };
  }
}

const DEFAULT_BANDS: readonly TierLine[] = [
  { upTo: '5000', rate: '0.03' },
  { upTo: '25000', rate: '0.025' },
  { upTo: null, rate: '0.02' },
];

/** DOMAIN "Fraud": "Thresholds […] sit in the plan's fraudProfile; defaults: …" */
function readFraudProfile(line: FraudProfileLine, currency: string): FraudProfile {
  const amount = (text: string | null | undefined) => (text == null ? null : toMinor(text, currency));
  return {
    maxInteractionsPerHour: line.maxInteractionsPerHour ?? 1_000,
    maxInteractionsPerDay: line.maxInteractionsPerDay ?? 10_000,
    maxClicksPerSessionMinute: line.maxClicksPerSessionMinute ?? 50,
    maxInteractionsPerIpHour: line.maxInteractionsPerIpHour ?? 100,
    maxSessionsPerIpHour: line.maxSessionsPerIpHour ?? 50,
    minConversionRate: line.minConversionRate == null ? fraction(1, 1000) : fromDecimal(line.minConversionRate),
    maxConversionRate: line.maxConversionRate == null ? fraction(1, 2) : fromDecimal(line.maxConversionRate),
    maxRevenuePerHour: amount(line.maxRevenuePerHour),
    maxRevenuePerDay: amount(line.maxRevenuePerDay),
  };
}

export function readOrder(line: PurchaseLine | RawOrderLine): Order {
  return {
    shopId: line.shopId,
    orderId: line.orderId,
    customerId: line.customerId ?? null,
    sessionId: line.sessionId ?? null,
    at: instantOf(line.occurredAt),
    currency: line.currency,
    total: toMinor(line.orderTotal, line.currency),
    told: line.type === 'OrderPlaced' ? null : byChannel(line.attributions ?? [], line.currency),
    raw:
      line.type === 'PurchaseAttributed'
        ? null
        : {
            lines: line.lines.map(({ productId, quantity, price }) => ({
              productId,
              amount: toMinor(price, line.currency) * BigInt(quantity),
            })),
            financialStatus: line.financialStatus,
            isTest: line.test ?? false,
          },
  };
}

export function readRefund(line: RefundLine): Refund {
  return {
    shopId: line.shopId,
    refundId: line.refundId,
    orderId: line.orderId,
    at: instantOf(line.occurredAt),
    currency: line.currency,
    total: toMinor(line.refundTotal, line.currency),
    // An empty list says as little as none.
    told:
      line.attributions == null || line.attributions.length === 0 ? null : byChannel(line.attributions, line.currency),
  };
}

export function readInteraction(line: InteractionLine): Interaction {
  return {
    shopId: line.shopId,
    interactionId: line.interactionId,
    at: instantOf(line.occurredAt),
    kind: line.interactionType,
    channel: line.channel,
    sessionId: line.sessionId ?? null,
    customerId: line.customerId ?? null,
    productId: line.productId ?? null,
    ipAddress: line.ipAddress ?? null,
    userAgent: line.userAgent ?? null,
  };
}

/** A channel named twice is one channel with both amounts. */
function byChannel(list: readonly ChannelAmountLine[], currency: string): Map<string, bigint> {
  const amounts = new Map<string, bigint>();
  for (const { channel, amount } of list)
    amounts.set(channel, (amounts.get(channel) ?? 0n) + toMinor(amount, currency));
  return amounts;
}
