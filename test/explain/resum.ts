/**
 * Adds an explained bill up again from its JSON alone, with arithmetic of its own: from every fact over segments and
 * lines to the total. Nothing of src/ is used, as an accountant would not have it.
 */
interface Part {
  readonly channel: string;
  readonly amount: string;
}

interface Revenue {
  readonly orders: readonly {
    readonly order_id: string;
    attributed: string;
    readonly channels: readonly Part[];
    readonly order: {
      readonly order_total: string;
      readonly credited: readonly Part[];
      readonly attribution: { readonly lines: readonly { readonly shares: readonly { amount: string }[] }[] } | null;
    };
    readonly quote: { readonly rate: string } | null;
  }[];
  readonly refunds: readonly {
    readonly refund_id: string;
    readonly taken: string;
    readonly channels: readonly Part[];
  }[];
  readonly attributed: string;
  readonly refunded: string;
  readonly net: string;
}

interface Tier {
  readonly up_to: string | null;
  readonly rate: string;
}

interface Segment extends Revenue {
  readonly days: number;
  readonly period_days: number;
  readonly plan: {
    readonly plan_id: string;
    readonly position: object;
    readonly minimum_fee: string | null;
    readonly maximum_fee: string | null;
    readonly terms: {
      readonly type: string;
      readonly rate: string | null;
      readonly tiers: readonly Tier[] | null;
      readonly base_fee: string | null;
      readonly meter: string | null;
      readonly unit_price: string | null;
      readonly included_units: number | null;
    };
  };
  readonly interactions: readonly { readonly count: number }[];
  readonly trial: (Revenue & { readonly threshold: string; readonly passed_before: boolean }) | null;
  readonly billable: string;
  readonly fee: string;
}

/** As `billing explain --json` prints it: what a sum needs of it. */
export interface ExplainedBill {
  readonly shop_id: string;
  readonly bill: {
    readonly segments: readonly { readonly fee: string }[];
    readonly lines: readonly { readonly segment: number | null; readonly amount: string }[];
    readonly adjustments: readonly { readonly amount: string }[];
    readonly credits_applied: readonly { readonly amount: string }[];
    readonly subtotal: string;
    readonly discount_rate: string;
    readonly discount: string;
    readonly tax_rate: string;
    readonly tax: string;
    readonly credit: string;
    readonly total: string;
  };
  readonly derivation: { readonly segments: readonly Segment[]; readonly unapplied: readonly object[] };
}

/** Exact, numerator over denominator above zero. */
type Fraction = readonly [bigint, bigint];

const PPM = 1_000_000n;

/** Everything that does not add up; none when the bill is explained in full. */
export function problemsOf({ bill, derivation }: ExplainedBill): string[] {
  const exponent = (String(bill.total).split('.')[1] ?? '').length;
  const minor = (text: string) => scaled(text, exponent);
  const problems: string[] = [];
  const same = (what: string, told: string, found: bigint) => {
    if (minor(told) !== found) problems.push(`${what}: told ${told}, adds up to ${found}`);
  };

  const fees = derivation.segments.map((segment, index) => {
    const name = `segment ${index + 1}`;
    const net = netOf(segment, name, minor, same, exponent);
    let billable = net;
    if (segment.trial !== null) {
      const { trial } = segment;
      const before = netOf(trial, `${name} trial`, minor, same, exponent);
      const threshold = minor(trial.threshold);
      const above = (revenue: bigint) => (revenue > threshold ? revenue - threshold : 0n);
      billable = above(before + net) - above(before);
    }
    same(`${name} billable`, segment.billable, billable);
    const fee = rounded(feeOf(segment, billable, minor));
    same(`${name} fee`, segment.fee, fee);
    same(`${name} fee of the bill`, bill.segments[index]!.fee, fee);
    const lines = bill.lines.filter((line) => line.segment === index);
    same(`${name} lines`, segment.fee, sum(lines.map((line) => minor(line.amount))));
    return fee;
  });

  const adjustments = bill.adjustments.map((one) => minor(one.amount));
  const subtotal = sum(fees) + sum(adjustments);
  same('subtotal', bill.subtotal, subtotal);
  const discount = rounded([subtotal * scaled(bill.discount_rate, 6), PPM]);
  same('discount', bill.discount, discount);
  const tax = rounded([(subtotal - discount) * scaled(bill.tax_rate, 6), PPM]);
  same('tax', bill.tax, tax);
  const credit = sum(bill.credits_applied.map((one) => minor(one.amount)));
  same('credit', bill.credit, credit);
  same('total', bill.total, subtotal - discount + tax - credit);
  return problems;
}

function netOf(
  revenue: Revenue,
  name: string,
  minor: (text: string) => bigint,
  same: (what: string, told: string, found: bigint) => void,
  exponent: number,
): bigint {
  const { orders, refunds } = revenue;
  for (const one of orders) {
    const where = `${name} order ${one.order_id}`;
    same(where, one.attributed, sum(one.channels.map(({ amount }) => minor(amount))));
    const { credited, order_total: total, attribution } = one.order;
    const ownExponent = (String(total).split('.')[1] ?? '').length;
    const inOwn = sum(credited.map(({ amount }) => scaled(amount, ownExponent)));
    if (attribution !== null) {
      const shares = attribution.lines.flatMap((line) => line.shares);
      const byTouch = sum(shares.map(({ amount }) => scaled(amount, ownExponent)));
      same(`${where} beyond its touches`, '0', inOwn - byTouch);
    }
    if (one.quote === null) {
      same(`${where} as told`, one.attributed, inOwn);
    } else {
      const rate = String(one.quote.rate);
      const digits = (rate.split('.')[1] ?? '').length;
      const converted = inOwn * scaled(rate, digits) * 10n ** BigInt(exponent);
      same(`${where} converted`, one.attributed, rounded([converted, 10n ** BigInt(digits + ownExponent)]));
    }
  }
  for (const one of refunds) {
    same(`${name} refund ${one.refund_id}`, one.taken, sum(one.channels.map((part) => minor(part.amount))));
  }
  const attributed = sum(orders.map((one) => minor(one.attributed)));
  const refunded = sum(refunds.map((one) => minor(one.taken)));
  same(`${name} attributed`, revenue.attributed, attributed);
  same(`${name} refunded`, revenue.refunded, refunded);
  same(`${name} net`, revenue.net, attributed - refunded);
  return attributed - refunded;
}

const DEFAULT_TIERS: readonly Tier[] = [
  { up_to: '5000', rate: '0.03' },
  { up_to: '25000', rate: '0.025' },
  { up_to: null, rate: '0.02' },
];

/** By the terms of the plan version that the explanation names. */
function feeOf(segment: Segment, billable: bigint, minor: (text: string) => bigint): Fraction {
  const { terms, minimum_fee: minimum, maximum_fee: maximum } = segment.plan;
  const share: Fraction = [BigInt(segment.days), BigInt(segment.period_days)];
  const prorated = (amount: bigint): Fraction => times([amount, 1n], share);
  const passed = segment.trial === null || segment.trial.passed_before;
  let fee: Fraction;
  if (terms.type === 'usage_based') {
    const orders = segment.orders.filter(({ order }) => order.credited.some(({ amount }) => /[1-9]/.test(amount)));
    const units =
      terms.meter === 'interactions'
        ? segment.interactions.reduce((total, { count }) => total + Number(count), 0)
        : orders.length;
    const included = Math.floor(((terms.included_units ?? 0) * segment.days) / segment.period_days);
    fee = [BigInt(Math.max(0, units - included)) * minor(terms.unit_price ?? '0'), 1n];
  } else {
    const rateOnly: readonly Tier[] = [{ up_to: null, rate: terms.rate ?? '0.03' }];
    const own = terms.tiers;
    const tiers =
      terms.type === 'performance_tier'
        ? (own ?? DEFAULT_TIERS)
        : terms.type === 'hybrid'
          ? (own ?? rateOnly)
          : rateOnly;
    fee = passed ? prorated(minor(terms.base_fee ?? '0')) : [0n, 1n];
    let from: Fraction = [0n, 1n];
    const revenue: Fraction = [billable, 1n];
    for (const [at, { up_to: upTo, rate }] of tiers.entries()) {
      const bound = upTo === null ? revenue : prorated(minor(upTo));
      const to = billable > 0n && isLess(bound, revenue) ? bound : revenue;
      if (at > 0 && !isLess(from, to)) break;
      fee = plus(fee, times(plus(to, [-from[0], from[1]]), [scaled(rate, 6), PPM]));
      if (billable <= 0n) break;
      from = to;
    }
  }
  if (maximum !== null && isLess(prorated(minor(maximum)), fee)) return prorated(minor(maximum));
  if (minimum !== null && passed && isLess(fee, prorated(minor(minimum)))) return prorated(minor(minimum));
  return fee;
}

function scaled(text: string, digits: number): bigint {
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  const amount = BigInt(whole + fraction.padEnd(digits, '0'));
  return text.startsWith('-') ? -amount : amount;
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n);
const times = (a: Fraction, b: Fraction): Fraction => [a[0] * b[0], a[1] * b[1]];
const plus = (a: Fraction, b: Fraction): Fraction => [a[0] * b[1] + b[0] * a[1], a[1] * b[1]];
const isLess = (a: Fraction, b: Fraction): boolean => a[0] * b[1] < b[0] * a[1];

/** Half away from zero. */
function rounded([numerator, denominator]: Fraction): bigint {
  const size = numerator < 0n ? -numerator : numerator;
  const whole = size / denominator + ((size % denominator) * 2n >= denominator ? 1n : 0n);
  return numerator < 0n ? -whole : whole;
}
