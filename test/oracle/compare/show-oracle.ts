import type { ShopOutcome } from '../actions.ts';
import { addDays } from '../calendar.ts';
import { fraction, rounded, times, type Fraction } from '../fraction.ts';
import { listed, type Shown, type ShownOutcome } from './shown.ts';

export function showOracle({ outcome, reason, bill }: ShopOutcome): ShownOutcome {
  if (bill === null) return { outcome, reason, numbers: {}, fraudLevel: null };
  const { metrics, fraud } = bill;
  // A channel of which there is nothing to tell is not told.
  const told = [...metrics.channels].filter(([, of]) => of.revenue || of.fee || of.interactions || of.conversions);
  const channels = told.flatMap(([name, channel]): [string, string][] => [
    [`revenue of channel ${name}`, String(channel.revenue)],
    [`fee of channel ${name}`, String(channel.fee)],
    [`interactions of channel ${name}`, String(channel.interactions)],
    [`conversions of channel ${name}`, String(channel.conversions)],
  ]);
  const numbers: Shown = {
    currency: bill.currency,
    segments: bill.segments
      .map(({ from, until, net, billable, fee }) => `${from}..${addDays(until, -1)} ${net} ${billable} ${fee}`)
      .join(', '),
    lines: listed(
      bill.segments.flatMap(({ lines }, place) => lines.map(({ channel, amount }) => `${place} ${channel} ${amount}`)),
    ),
    adjustments: listed([...bill.adjustments].map(([month, amount]) => `${month} ${amount}`)),
    subtotal: String(bill.subtotal),
    discount: String(bill.discount),
    tax: String(bill.tax),
    credit: String(bill.credit),
    total: String(bill.total),
    orders: String(metrics.orders),
    'order revenue': String(metrics.orderRevenue),
    attributed: String(metrics.attributed),
    refunded: String(metrics.refunded),
    net: String(metrics.net),
    billable: String(bill.billable),
    interactions: String(metrics.interactions),
    conversions: String(metrics.conversions),
    'conversion rate': ppm(metrics.conversionRate),
    'average order value': metrics.averageOrderValue === null ? 'null' : String(rounded(metrics.averageOrderValue)),
    unapplied: listed(bill.unappliedRefunds.map(({ refundId, reason: why }) => `${refundId} ${why}`)),
    'too late': String(bill.tooLate.length),
    'fraud level': fraud.level,
    'fraud confidence': String(fraud.confidenceTenths * 100_000),
    ...Object.fromEntries(fraud.checks.map(({ code, state }) => [`fraud ${code}`, state])),
    ...Object.fromEntries(channels),
  };
  return { outcome, reason, numbers, fraudLevel: fraud.level };
}

const ppm = (value: Fraction | null) => (value === null ? 'null' : String(rounded(times(value, fraction(1_000_000)))));
