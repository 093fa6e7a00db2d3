/** What the product said, for somebody who checks the arithmetic: every number of a bill, and nothing else. */
import type { Decoded } from '../../src/adapters/codec.ts';
import type { BillSegment, ShopBillCalculated } from '../../src/domain/events.ts';
import { formatDecimal, formatMinor, formatPpm } from '../../src/domain/money.ts';

/** No lines for what is nothing to a person: runs that begin, flags that repeat what the bill shows. */
export function renderMessage({ record, message: { type, data } }: Decoded): string[] {
  if (record.topic.endsWith('.dlq')) return [`dead letter: ${record.headers['failure-code']}`];
  switch (type) {
    case 'ShopBillCalculated':
      return renderBill(data);
    case 'ShopBillSkipped':
      return [`skipped: ${data.reason}`];
    case 'ShopBillFailed':
      return [`failed: ${data.code}: ${data.message}`];
    case 'InvoiceCreated': {
      const amount = `${formatMinor(data.totalMinor, data.currencyExponent)} ${data.currency}`;
      return [`invoice ${data.invoiceNumber}: ${amount}, issued ${day(data.issuedAt)}, due ${day(data.dueAt)}`];
    }
    case 'BillHoldReleased':
      return ['released'];
    case 'BillHoldRejected':
      return ['rejected'];
    case 'InvoiceVoided':
      return [`invoice ${data.invoiceNumber} is void`];
    case 'CreditNoteIssued': {
      const amount = `${formatMinor(data.amountMinor, data.currencyExponent)} ${data.currency}`;
      return [`credit note ${data.creditNoteNumber}: ${amount} of ${data.invoiceNumber}`];
    }
    default:
      return [];
  }
}

const day = (instant: number) => new Date(instant).toISOString().slice(0, 10);

function renderBill(bill: ShopBillCalculated): string[] {
  const money = (minor: bigint) => formatMinor(minor, bill.currencyExponent);
  const { metrics, currency, fraud } = bill;
  return [
    `${bill.outcome}: ${money(bill.totalMinor)} ${currency} for ${bill.period.startDate} to ${bill.period.endDate}`,
    `  ${metrics.orders} orders of ${money(metrics.orderRevenueMinor)}, attributed ${money(metrics.attributedMinor)}, ` +
      `refunded ${money(metrics.refundedMinor)}, net ${money(metrics.netMinor)}; ` +
      `${metrics.interactions} interactions, ${metrics.conversions} conversions`,
    ...metrics.channels.map(
      ({ channel, attributedMinor, feeMinor }) =>
        `  channel ${channel}: attributed ${money(attributedMinor)}, fee ${money(feeMinor)}`,
    ),
    ...bill.quotes.map(({ base, quote, asOf, rateUnscaled, rateScale }) => {
      const rate = formatDecimal({ unscaled: rateUnscaled, scale: rateScale });
      return `  quote of ${asOf}: 1 ${base} = ${rate} ${quote}`;
    }),
    ...bill.segments.flatMap((segment) => renderSegment(segment, money).map((line) => `  ${line}`)),
    ...bill.lines.map((line) => `  line ${line.kind} "${line.description}": ${money(line.amountMinor)}`),
    ...bill.adjustments.map(
      ({ periodStartDate, amountMinor, facts }) =>
        `  adjustment of ${periodStartDate.slice(0, 7)}: ${money(amountMinor)}, for ${facts.length} late facts`,
    ),
    ...(bill.unadjustedFacts.length === 0 ? [] : [`  ${bill.unadjustedFacts.length} facts too late to adjust`]),
    ...bill.unappliedRefunds.map(({ refundId, reason }) => `  refund ${refundId} reduces nothing: ${reason}`),
    `  subtotal ${money(bill.subtotalMinor)}, discount ${money(bill.discountMinor)}, tax ${money(bill.taxMinor)}, ` +
      `credit ${money(bill.creditMinor)}, total ${money(bill.totalMinor)}`,
    ...(fraud === null ? [] : [`  fraud level ${fraud.level}`]),
    ...(fraud?.checks ?? [])
      .filter(({ state }) => state === 'triggered' || state === 'not_evaluated')
      .map(
        ({ code, state, observed, threshold }) => `    ${code} ${state}: ${observed ?? 'no quote'}, limit ${threshold}`,
      ),
  ];
}

function renderSegment(segment: BillSegment, money: (minor: bigint) => string): string[] {
  const trial =
    segment.trialBeforeMinor === null
      ? ''
      : `, trial ${money(segment.trialBeforeMinor)} of ${money(segment.trialThresholdMinor)} before`;
  const units =
    segment.units === null ? '' : `, ${segment.units} ${segment.meter}, ${segment.includedUnits} of them included`;
  const bound = segment.bound === null ? '' : `, the ${segment.bound}`;
  return [
    `segment ${segment.startDate} to ${segment.endDate}, ${segment.days} of ${segment.periodDays} days, ` +
      `${segment.type}: net ${money(segment.netMinor)}, billable ${money(segment.billableMinor)}${units}${trial}, ` +
      `fee ${money(segment.feeMinor)}${bound}`,
    ...segment.bands.map(({ ratePpm, sliceNumerator, sliceDenominator }) => {
      const exact = sliceDenominator === '1' ? money(BigInt(sliceNumerator)) : `${sliceNumerator}/${sliceDenominator}`;
      return `  ${exact} at ${formatPpm(ratePpm)}`;
    }),
  ];
}
