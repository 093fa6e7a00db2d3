import type { MessageByType } from '../../../src/domain/messages.ts';
import { listed, type Shown, type ShownOutcome } from './shown.ts';

export const showSkipped = ({ reason }: MessageByType['ShopBillSkipped']): ShownOutcome => ({
  ...NOTHING,
  outcome: 'skipped',
  reason,
});

export const showFailed = ({ code }: MessageByType['ShopBillFailed']): ShownOutcome => ({
  ...NOTHING,
  outcome: 'failed',
  reason: code,
});

const NOTHING = { numbers: {}, fraudLevel: null };

export function showBill(bill: MessageByType['ShopBillCalculated']): ShownOutcome {
  const { metrics, fraud } = bill;
  const channels = metrics.channels.flatMap((channel): [string, string][] => [
    [`revenue of channel ${channel.channel}`, String(channel.attributedMinor)],
    [`fee of channel ${channel.channel}`, String(channel.feeMinor)],
    [`interactions of channel ${channel.channel}`, String(channel.interactions)],
    [`conversions of channel ${channel.channel}`, String(channel.conversions)],
  ]);
  const checks = (fraud?.checks ?? []).map(({ code, state }): [string, string] => [`fraud ${code}`, state]);
  const numbers: Shown = {
    currency: bill.currency,
    segments: bill.segments
      .map(
        ({ startDate, endDate, netMinor, billableMinor, feeMinor }) =>
          `${startDate}..${endDate} ${netMinor} ${billableMinor} ${feeMinor}`,
      )
      .join(', '),
    lines: listed(
      bill.lines
        .filter(({ kind, amountMinor }) => kind === 'fee' && amountMinor !== 0n)
        .map(({ segment, channel, amountMinor }) => `${segment} ${channel} ${amountMinor}`),
    ),
    adjustments: listed(bill.adjustments.map((each) => `${each.periodStartDate.slice(0, 7)} ${each.amountMinor}`)),
    subtotal: String(bill.subtotalMinor),
    discount: String(bill.discountMinor),
    tax: String(bill.taxMinor),
    credit: String(bill.creditMinor),
    total: String(bill.totalMinor),
    orders: String(metrics.orders),
    'order revenue': String(metrics.orderRevenueMinor),
    attributed: String(metrics.attributedMinor),
    refunded: String(metrics.refundedMinor),
    net: String(metrics.netMinor),
    billable: String(metrics.billableMinor),
    interactions: String(metrics.interactions),
    conversions: String(metrics.conversions),
    'conversion rate': String(metrics.conversionRatePpm),
    'average order value': String(metrics.averageOrderValueMinor),
    unapplied: listed(bill.unappliedRefunds.map(({ refundId, reason }) => `${refundId} ${reason}`)),
    'too late': String(bill.unadjustedFacts.length),
    'fraud level': fraud?.level ?? 'nothing',
    'fraud confidence': String(fraud?.confidencePpm ?? 'nothing'),
    ...Object.fromEntries(checks),
    ...Object.fromEntries(channels),
  };
  return { outcome: bill.outcome, reason: null, numbers, fraudLevel: fraud?.level ?? null };
}
