/** What one order brought, in the currency of a bill: attributed where it was raw, converted where it was foreign. */
import { plusDays } from './days.ts';
import { part, rounded, shares, total } from './exact.ts';
import type { FactsSeen, OrderSeen } from './facts-seen.ts';

const DAY_MS = 86_400_000;

export interface OrderValue {
  readonly totalMinor: bigint;
  /** Anything was attributed, in the order's own currency. */
  readonly isConversion: boolean;
}

export interface Valuing {
  readonly facts: FactsSeen;
  /** Of the bill. */
  readonly currency: string;
  readonly currencyExponent: number;
  readonly dayOf: (instant: number) => string;
}

/** @throws Error where a quote is missing */
export function valueOrder(order: OrderSeen, valuing: Valuing): OrderValue {
  const own = order.raw
    ? attributed(order.data, valuing)
    : total(order.data.attributions.map(({ amountMinor }) => amountMinor));
  return { totalMinor: convert(own, order.data, valuing), isConversion: own > 0n };
}

/** In the currency of the bill, at the quote of the order's day, rounded once. */
export function convert(
  amount: bigint,
  { currency: base, currencyExponent, occurredAt }: OrderSeen['data'],
  { facts, currency, currencyExponent: exponent, dayOf }: Valuing,
): bigint {
  if (base === currency || amount === 0n) return amount;
  const day = dayOf(occurredAt);
  const quote = facts.quotes.get(`${base} ${currency}`)?.find(({ asOf }) => asOf <= day && asOf >= plusDays(day, -14));
  if (quote === undefined) throw new Error(`there is no quote ${base} to ${currency} for ${day}`);
  const digits = [exponent, currencyExponent + quote.rateScale].map((digit) => 10n ** BigInt(digit));
  return rounded(part(amount * quote.rateUnscaled * digits[0]!, digits[1]!));
}

const ELIGIBLE = ['phoenix', 'venus', 'apollo', 'mercury'];

type RawOrder = Extract<OrderSeen, { raw: true }>['data'];

/** The sum of what the lines with touches come to: each is attributed in full. */
function attributed(order: RawOrder, { facts }: Valuing): bigint {
  if (order.test || /^(voided|cancelled|canceled)$/.test(order.financialStatus)) return 0n;
  const amounts = order.lines.map(({ priceMinor, quantity }) => priceMinor * BigInt(quantity));
  const lines = total(amounts) > order.orderTotalMinor ? shares(order.orderTotalMinor, amounts) : amounts;
  const isTouched = (productId: string) =>
    facts.touches
      .get(productId)
      ?.some(
        (one) =>
          ELIGIBLE.includes(one.channel) &&
          one.occurredAt <= order.occurredAt &&
          one.occurredAt >= order.occurredAt - 30 * DAY_MS &&
          (order.customerId !== null
            ? one.customerId === order.customerId
            : order.sessionId !== null && one.sessionId === order.sessionId),
      );
  return total(lines.filter((_, at) => isTouched(order.lines[at]!.productId)));
}
