import type { Attribution, Fact, FraudProfile, PlanTerms } from '../../src/domain/facts.ts';
import { formatDecimal, formatMinor, formatPpm } from '../../src/domain/money.ts';

/** A fact in its NDJSON form, as somebody would write it who leaves out what is null. */
export function formatFact({ type, data }: Fact): Record<string, unknown> {
  switch (type) {
    case 'ShopRegistered':
      return { type, ...data, occurredAt: instant(data.occurredAt) };
    case 'PlanAssigned': {
      const { currencyExponent: exponent, terms, fraudProfile, occurredAt, ...rest } = data;
      return {
        type,
        shopId: rest.shopId,
        planId: rest.planId,
        name: rest.name,
        currency: rest.currency,
        effectiveFrom: rest.effectiveFrom,
        effectiveUntil: rest.effectiveUntil,
        terms: formatTerms(terms, exponent),
        trialThreshold: formatMinor(rest.trialThresholdMinor, exponent),
        minimumFee: amount(rest.minimumFeeMinor, exponent),
        maximumFee: amount(rest.maximumFeeMinor, exponent),
        discountRate: formatPpm(rest.discountRatePpm),
        taxRate: formatPpm(rest.taxRatePpm),
        attributionModel: rest.attributionModel,
        fraudProfile: fraudProfile === null ? null : formatFraudProfile(fraudProfile, exponent),
        occurredAt: instant(occurredAt),
      };
    }
    case 'PurchaseAttributed': {
      const { currencyExponent: exponent, orderTotalMinor, attributions, occurredAt, ...rest } = data;
      return {
        type,
        ...present(rest),
        occurredAt: instant(occurredAt),
        orderTotal: formatMinor(orderTotalMinor, exponent),
        attributions: formatAttributions(attributions, exponent),
      };
    }
    case 'PurchaseRefunded': {
      const { currencyExponent: exponent, refundTotalMinor, attributions, occurredAt, ...rest } = data;
      return {
        type,
        ...rest,
        occurredAt: instant(occurredAt),
        refundTotal: formatMinor(refundTotalMinor, exponent),
        ...(attributions === null ? {} : { attributions: formatAttributions(attributions, exponent) }),
      };
    }
    case 'InteractionRecorded':
      return { type, ...present({ ...data }), occurredAt: instant(data.occurredAt) };
    case 'OrderPlaced': {
      const { currencyExponent: exponent, orderTotalMinor, lines, occurredAt, ...rest } = data;
      return {
        type,
        ...present(rest),
        occurredAt: instant(occurredAt),
        orderTotal: formatMinor(orderTotalMinor, exponent),
        lines: lines.map(({ priceMinor, ...line }) => ({ ...line, price: formatMinor(priceMinor, exponent) })),
      };
    }
    case 'FxRateQuoted': {
      const { rateUnscaled: unscaled, rateScale: scale, ...rest } = data;
      return { type, ...rest, rate: formatDecimal({ unscaled, scale }) };
    }
    default:
      return type satisfies never;
  }
}

function formatTerms(terms: PlanTerms, exponent: number): object {
  return present({
    type: terms.type,
    rate: terms.ratePpm === null ? null : formatPpm(terms.ratePpm),
    tiers: terms.tiers?.map(({ upToMinor, ratePpm }) => ({
      upTo: amount(upToMinor, exponent),
      rate: formatPpm(ratePpm),
    })),
    baseFee: amount(terms.baseFeeMinor, exponent),
    meter: terms.meter,
    unitPrice: amount(terms.unitPriceMinor, exponent),
    includedUnits: terms.includedUnits,
  });
}

function formatFraudProfile(profile: FraudProfile, exponent: number): object {
  const { minConversionRatePpm, maxConversionRatePpm, maxRevenuePerHourMinor, maxRevenuePerDayMinor, ...counts } =
    profile;
  return {
    ...counts,
    minConversionRate: minConversionRatePpm === null ? null : formatPpm(minConversionRatePpm),
    maxConversionRate: maxConversionRatePpm === null ? null : formatPpm(maxConversionRatePpm),
    maxRevenuePerHour: amount(maxRevenuePerHourMinor, exponent),
    maxRevenuePerDay: amount(maxRevenuePerDayMinor, exponent),
  };
}

function formatAttributions(attributions: readonly Attribution[], exponent: number): object[] {
  return attributions.map(({ channel, amountMinor }) => ({ channel, amount: formatMinor(amountMinor, exponent) }));
}

function amount(minor: bigint | null, exponent: number): string | null {
  return minor === null ? null : formatMinor(minor, exponent);
}

function instant(time: number): string {
  return new Date(time).toISOString();
}

function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}
