/** What happened in a period, beside what is charged for it (DOMAIN "Metrics in every bill"). */
import type { BillLine, BillMetrics, BillSegment } from './events.ts';
import { checkedMinor } from './money.ts';
import { ratio, roundHalfAwayFromZero } from './ratio.ts';
import { sumRevenue, type WindowRevenue } from './revenue.ts';

/**
 * Metrics over all days of a period, those without a plan included.
 *
 * @param windows the period's, without what a trial looks back to
 */
export function billMetrics({
  windows,
  segments,
  lines,
}: {
  readonly windows: readonly WindowRevenue[];
  readonly segments: readonly BillSegment[];
  readonly lines: readonly BillLine[];
}): BillMetrics {
  const sum = sumRevenue(windows);
  const feeOf = (channel: string) =>
    lines.reduce((fee, line) => (line.channel === channel ? fee + line.amountMinor : fee), 0n);
  return {
    orders: sum.orders,
    orderRevenueMinor: sum.orderTotalMinor,
    attributedMinor: sum.attributedMinor,
    refundedMinor: sum.refundedMinor,
    netMinor: sum.netMinor,
    billableMinor: checkedMinor(
      segments.reduce((billable, segment) => billable + segment.billableMinor, 0n),
      'The billable revenue',
    ),
    interactions: sum.interactions,
    conversions: sum.conversions,
    conversionRatePpm: rounded(BigInt(sum.conversions) * 1_000_000n, sum.interactions),
    averageOrderValueMinor: rounded(sum.orderTotalMinor, sum.orders),
    channels: sum.channels
      .map(({ channel, attributedMinor, interactions, conversions }) => ({
        channel,
        attributedMinor,
        feeMinor: feeOf(channel),
        interactions,
        conversions,
      }))
      // A channel that only had refunds has nothing to show.
      .filter((one) => one.attributedMinor !== 0n || one.feeMinor !== 0n || one.interactions + one.conversions > 0),
  };
}

function rounded(amount: bigint, count: number): bigint | null {
  return count === 0 ? null : roundHalfAwayFromZero(ratio(amount, BigInt(count)));
}
