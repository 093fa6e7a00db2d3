/** A calculated bill for people: from revenue over segments and lines to the total. */
import type { BillSegment, FeeBand, FraudAssessment, ShopBillCalculated } from '../domain/events.ts';
import { formatDecimal, formatMinor, formatPpm } from '../domain/money.ts';
import { ratio, roundHalfAwayFromZero } from '../domain/ratio.ts';
import { renderTable, visible } from './table.ts';

/** @param width columns of the terminal; null: no limit */
export function renderBill(bill: ShopBillCalculated, width: number | null): string {
  const money = (minor: bigint) => formatMinor(minor, bill.currencyExponent);
  const sections = [
    heading(bill),
    revenue(bill, money),
    conversions(bill),
    ...bill.segments.map((segment, index) => renderSegment(segment, index, money)),
    lines(bill, money, width),
    amounts(bill, money),
    fraud(bill.fraud),
    notApplied(bill),
  ];
  return sections.filter((section) => section !== '').join('\n');
}

type Money = (minor: bigint) => string;

function heading(bill: ShopBillCalculated): string {
  return [
    `Shop     ${visible(bill.shopId)} (${visible(bill.shopDomain)})`,
    `Period   ${bill.period.startDate} to ${bill.period.endDate} (${bill.period.timeZone})`,
    `Plan     ${visible(bill.planName)} (${visible(bill.planId)})`,
    `Outcome  ${bill.outcome}, ${formatMinor(bill.totalMinor, bill.currencyExponent)} ${bill.currency}`,
    '',
  ].join('\n');
}

function revenue({ metrics, currency }: ShopBillCalculated, money: Money): string {
  const rows = [
    ['Order revenue', money(metrics.orderRevenueMinor), `${metrics.orders} orders`],
    ['Attributed', money(metrics.attributedMinor), `${metrics.conversions} conversions`],
    ['Refunded', money(metrics.refundedMinor), null],
    ['Net', money(metrics.netMinor), null],
    ['Billable', money(metrics.billableMinor), null],
  ];
  const table = renderTable({
    columns: [{ title: 'Revenue' }, { title: currency, align: 'right' }, { title: '' }],
    rows,
    width: null,
  });
  if (metrics.channels.length === 0) return table;
  const channels = renderTable({
    columns: [
      { title: 'Channel' },
      { title: 'Attributed', align: 'right' },
      { title: 'Fee', align: 'right' },
      { title: 'Interactions', align: 'right' },
      { title: 'Conversions', align: 'right' },
    ],
    rows: metrics.channels.map((one) => [
      one.channel,
      money(one.attributedMinor),
      money(one.feeMinor),
      one.interactions,
      one.conversions,
    ]),
    width: null,
  });
  return `${table}\n${channels}`;
}

function conversions({ quotes }: ShopBillCalculated): string {
  if (quotes.length === 0) return '';
  const rows = quotes.map(({ base, quote, asOf, rateUnscaled, rateScale }) => {
    const rate = formatDecimal({ unscaled: rateUnscaled, scale: rateScale });
    return `  1 ${base} = ${rate} ${quote}, as of ${asOf}\n`;
  });
  return `Converted at\n${rows.join('')}`;
}

function renderSegment(segment: BillSegment, index: number, money: Money): string {
  const facts = [
    `${segment.days} of ${segment.periodDays} days`,
    segment.type.replaceAll('_', ' '),
    `net ${money(segment.netMinor)}`,
    `billable ${money(segment.billableMinor)}`,
    segment.units === null ? null : `${segment.units} ${segment.meter} (${segment.includedUnits ?? 0} included)`,
    segment.trialBeforeMinor === null
      ? null
      : `trial: ${money(segment.trialBeforeMinor)} of ${money(segment.trialThresholdMinor)} before`,
  ].filter((fact) => fact !== null);
  const plan = `${visible(segment.planName)}, in effect since ${segment.planEffectiveFrom}`;
  const { topic, partition, offset } = segment.planFact;
  return [
    `Segment ${index + 1}  ${segment.startDate} to ${segment.endDate}: ${plan} (${topic}/${partition}/${offset})`,
    `  ${facts.join(' · ')}`,
    ...segment.bands.map((band) => `  ${renderBand(band, money)}`),
    `  fee ${money(segment.feeMinor)}${segment.bound === null ? '' : ` (${segment.bound} of the plan)`}`,
    '',
  ].join('\n');
}

/** The slice is exact in the event; people read it rounded. */
function renderBand({ ratePpm, sliceNumerator, sliceDenominator }: FeeBand, money: Money): string {
  const slice = roundHalfAwayFromZero(ratio(BigInt(sliceNumerator), BigInt(sliceDenominator)));
  return `${money(slice)} × ${formatPpm(ratePpm)}`;
}

function lines(bill: ShopBillCalculated, money: Money, width: number | null): string {
  if (bill.lines.length === 0) return '';
  return renderTable({
    columns: [
      { title: 'Line' },
      { title: 'Description', shrinks: true },
      { title: 'Quantity', align: 'right' },
      { title: 'Amount', align: 'right' },
    ],
    rows: bill.lines.map((line) => [line.kind, line.description, line.quantity, money(line.amountMinor)]),
    width,
  });
}

function amounts(bill: ShopBillCalculated, money: Money): string {
  return renderTable({
    columns: [{ title: 'Bill' }, { title: bill.currency, align: 'right' }, { title: '' }],
    rows: [
      ['Subtotal', money(bill.subtotalMinor), null],
      ['Discount', money(-bill.discountMinor), `rate ${formatPpm(bill.discountRatePpm)}`],
      ['Tax', money(bill.taxMinor), `rate ${formatPpm(bill.taxRatePpm)}`],
      ['Credit', money(-bill.creditMinor), null],
      ['Total', money(bill.totalMinor), null],
    ],
    width: null,
  });
}

function fraud(assessment: FraudAssessment | null): string {
  if (assessment === null) return 'Fraud    not assessed\n';
  const triggered = assessment.checks
    .filter(({ state }) => state !== 'clear')
    .map((check) => {
      const numbers = check.observed === null ? '' : ` (${check.observed}, limit ${check.threshold})`;
      return `  ${check.code}: ${check.state.replaceAll('_', ' ')}${numbers}\n`;
    });
  return `Fraud    level ${assessment.level}\n${triggered.join('')}`;
}

function notApplied({ unappliedRefunds }: ShopBillCalculated): string {
  if (unappliedRefunds.length === 0) return '';
  const rows = unappliedRefunds.map((one) => `  ${visible(one.refundId)}: ${one.reason.replaceAll('_', ' ')}\n`);
  return `Refunds that reduce nothing\n${rows.join('')}`;
}
