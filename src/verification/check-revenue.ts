/**
 * Bill ⇔ facts on the log: what each segment's orders and refunds come to, and its fee by the plan's terms, worked out
 * again with nothing of the program that made the bill.
 */
import type { ShopBillCalculated } from '../domain/events.ts';
import { createDayOf, daysFrom, plusDays } from './days.ts';
import { difference, isLess, part, product, rounded, sum, total, whole, type Fraction } from './exact.ts';
import type { FactsSeen } from './facts-seen.ts';
import type { Findings } from './report.ts';
import { convert, valueOrder, type OrderValue, type Valuing } from './value-order.ts';

type Plan = FactsSeen['plans'][number];

/** A plan version and the days it holds: from, and until without. */
interface Span {
  readonly plan: Plan;
  readonly from: string;
  readonly until: string;
}

const NOTHING = { attributed: 0n, refunded: 0n };
const FOREVER = '9999-12-31';
const PPM = 1_000_000n;

export function checkRevenue(findings: Findings, bill: ShopBillCalculated, facts: FactsSeen, place: string): void {
  findings.examined('revenue');
  try {
    compareSegments(findings, bill, facts, place);
  } catch (error) {
    findings.add('revenue', place, `cannot be worked out from the log: ${error instanceof Error ? error.message : ''}`);
  }
}

function compareSegments(findings: Findings, bill: ShopBillCalculated, facts: FactsSeen, place: string): void {
  const segments = workOut(bill, facts);
  findings.expectSame('revenue', place, 'the number of segments', segments.length, bill.segments.length);
  for (const [index, { plan, first, last, revenue, rated }] of segments.entries()) {
    const stated = bill.segments[index];
    if (stated === undefined) return;
    const same = (what: string, expected: unknown, actual: unknown) =>
      findings.expectSame('revenue', place, `${what} of segment ${index} (${stated.startDate})`, expected, actual);
    const { planFact } = stated;
    same('the plan fact', plan.place, `${planFact.topic}/${planFact.partition}/${planFact.offset}`);
    same('startDate', first, stated.startDate);
    same('endDate', last, stated.endDate);
    same('attributedMinor', revenue.attributed, stated.attributedMinor);
    same('refundedMinor', revenue.refunded, stated.refundedMinor);
    same('netMinor', revenue.attributed - revenue.refunded, stated.netMinor);
    same('billableMinor', rated.billable, stated.billableMinor);
    same('feeMinor', rated.fee, stated.feeMinor);
    same('units', plan.terms.type === 'usage_based' ? rated.units : null, stated.units);
  }
}

/** The segments of a bill's period as the facts have them. @throws Error where a quote is missing */
export function workOut(bill: Billed, facts: FactsSeen) {
  const { startDate, endDate, timeZone } = bill.period;
  const spans = spansOf(facts.plans);
  const beyondPeriod = plusDays(endDate, 1);
  const book = bookOf(bill, facts, spans, createDayOf(timeZone));
  return spans
    .map(({ plan, from, until }) => ({ plan, first: later(from, startDate), beyond: earlier(until, beyondPeriod) }))
    .filter(({ first, beyond }) => first < beyond)
    .map(({ plan, first, beyond }) => {
      const revenue = book.between(first, beyond);
      const planStart = spans.find((span) => span.plan.planId === plan.planId)!.from;
      // Only a trial looks back: nothing else may need quotes of earlier days.
      const before = plan.trialThresholdMinor > 0n ? book.between(planStart, first) : NOTHING;
      const rated = fee(plan, {
        share: part(BigInt(daysFrom(first, beyond)), BigInt(daysFrom(startDate, beyondPeriod))),
        net: revenue.attributed - revenue.refunded,
        before: before.attributed - before.refunded,
        units: plan.terms.meter === 'interactions' ? book.interactions(first, beyond) : revenue.conversions,
      });
      return { plan, first, last: plusDays(beyond, -1), revenue, rated };
    });
}

type Billed = Pick<ShopBillCalculated, 'period' | 'currency' | 'currencyExponent'>;

const later = (a: string, b: string): string => (a > b ? a : b);
const earlier = (a: string, b: string): string => (a < b ? a : b);

/** Of two versions with one start the later recorded one counts; each ends where the next begins. */
function spansOf(plans: readonly Plan[]): Span[] {
  const byStart = new Map(plans.map((plan) => [plan.effectiveFrom, plan]));
  const ordered = [...byStart.values()].sort((a, b) => (a.effectiveFrom < b.effectiveFrom ? -1 : 1));
  return ordered.map((plan, at) => ({
    plan,
    from: plan.effectiveFrom,
    until: earlier(plan.effectiveUntil ?? FOREVER, ordered[at + 1]?.effectiveFrom ?? FOREVER),
  }));
}

/** Revenue by days; refunds count on the day they occurred. */
function bookOf(bill: Billed, facts: FactsSeen, spans: readonly Span[], dayOf: Valuing['dayOf']) {
  const planAt = (instant: number) =>
    spans.find(({ from, until }) => from <= dayOf(instant) && dayOf(instant) < until)?.plan ?? null;
  const { currency, currencyExponent } = bill;
  const valuing: Valuing = { facts, currency, currencyExponent, dayOf };
  const orders = new Map(facts.orders.map((order) => [order.data.orderId, order]));
  const values = new Map<string, OrderValue>();
  const valueOf = (orderId: string): OrderValue => {
    const known = values.get(orderId) ?? valueOrder(orders.get(orderId)!, valuing);
    values.set(orderId, known);
    return known;
  };
  const taken: { readonly day: string; readonly amount: bigint }[] = [];
  const counted = facts.refunds
    .filter(({ occurredAt }) => occurredAt < bill.period.end)
    .sort((a, b) => a.occurredAt - b.occurredAt || Buffer.compare(Buffer.from(a.refundId), Buffer.from(b.refundId)));
  for (const [orderId, refunds] of Map.groupBy(counted, (refund) => refund.orderId)) {
    const order = orders.get(orderId)?.data;
    if (order === undefined || planAt(order.occurredAt) === null) continue;
    let left: bigint | null = null;
    for (const refund of refunds.filter((one) => one.currency === order.currency)) {
      const own = total((refund.attributions ?? []).map(({ amountMinor }) => amountMinor));
      const hasOwn = (refund.attributions ?? []).length > 0;
      if ((hasOwn ? own : refund.refundTotalMinor) === 0n) continue;
      const worth = valueOf(orderId).totalMinor;
      left ??= worth;
      const share = order.orderTotalMinor === 0n ? 0n : part(worth * refund.refundTotalMinor, order.orderTotalMinor);
      const asked = hasOwn ? convert(own, order, valuing) : share === 0n ? 0n : rounded(share);
      const amount = asked < left ? asked : left;
      left -= amount;
      taken.push({ day: dayOf(refund.occurredAt), amount });
    }
  }
  const isIn = (day: string, first: string, beyond: string) => day >= first && day < beyond;
  return {
    between: (first: string, beyond: string) => {
      const sold = facts.orders.filter(({ data }) => isIn(dayOf(data.occurredAt), first, beyond));
      const brought = sold.map(({ data }) => valueOf(data.orderId));
      return {
        attributed: total(brought.map(({ totalMinor }) => totalMinor)),
        refunded: total(taken.filter(({ day }) => isIn(day, first, beyond)).map(({ amount }) => amount)),
        conversions: brought.filter(({ isConversion }) => isConversion).length,
      };
    },
    interactions: (first: string, beyond: string) =>
      facts.interactions.filter(({ occurredAt }) => isIn(dayOf(occurredAt), first, beyond)).length,
  };
}

interface Brought {
  /** Days of the segment / days of the period. */
  readonly share: Fraction;
  readonly net: bigint;
  /** Net revenue from the plan's start to the segment. */
  readonly before: bigint;
  readonly units: number;
}

function fee({ terms, ...plan }: Plan, { share, net, before, units }: Brought) {
  const threshold = plan.trialThresholdMinor;
  const above = (revenue: bigint) => (revenue > threshold ? revenue - threshold : 0n);
  const billable = threshold > 0n ? above(before + net) - above(before) : net;
  const hasPassed = threshold === 0n || before > threshold;
  const prorated = (amount: bigint) => product(whole(amount), share);
  let exact: Fraction;
  if (terms.type === 'usage_based') {
    const included = (BigInt(terms.includedUnits ?? 0) * share.over) / share.under;
    const beyond = BigInt(units) - included;
    exact = whole((beyond > 0n ? beyond : 0n) * (terms.unitPriceMinor ?? 0n));
  } else {
    const base = hasPassed ? prorated(terms.baseFeeMinor ?? 0n) : whole(0n);
    exact = sum(base, bandsFee(bandsOf(terms, plan.currencyExponent), billable, prorated));
  }
  const [minimum, maximum] = [plan.minimumFeeMinor, plan.maximumFeeMinor];
  if (maximum !== null && isLess(prorated(maximum), exact)) exact = prorated(maximum);
  else if (minimum !== null && hasPassed && isLess(exact, prorated(minimum))) exact = prorated(minimum);
  return { billable, fee: rounded(exact), units };
}

type Band = { readonly upTo: bigint | null; readonly ppm: number };

function bandsOf({ type, tiers, ratePpm }: Plan['terms'], exponent: number): Band[] {
  if (type !== 'revenue_share' && tiers !== null)
    return tiers.map(({ upToMinor, ratePpm: ppm }) => ({ upTo: upToMinor, ppm }));
  if (type !== 'performance_tier') return [{ upTo: null, ppm: ratePpm ?? 30_000 }];
  const major = 10n ** BigInt(exponent);
  return [
    { upTo: 5_000n * major, ppm: 30_000 },
    { upTo: 25_000n * major, ppm: 25_000 },
    { upTo: null, ppm: 20_000 },
  ];
}

/** Marginal; below zero everything goes at the first rate. */
function bandsFee(bands: readonly Band[], billable: bigint, prorated: (amount: bigint) => Fraction): Fraction {
  const all = whole(billable);
  const charge = (amount: Fraction, ppm: number) => product(amount, part(BigInt(ppm), PPM));
  if (billable <= 0n) return charge(all, bands[0]!.ppm);
  let [charged, from] = [whole(0n), whole(0n)];
  for (const { upTo, ppm } of bands) {
    const limit = upTo === null ? all : prorated(upTo);
    const to = isLess(limit, all) ? limit : all;
    if (isLess(from, to)) charged = sum(charged, charge(difference(to, from), ppm));
    from = to;
  }
  return charged;
}
