/** How the fees of a bill come about, for people: the facts of each segment, their sum, and the way to its fee. */
import type { ShopBillCalculated } from '../domain/events.ts';
import type {
  Derivation,
  OrderCounted,
  RefundCounted,
  RevenueDerivation,
  SegmentDerivation,
} from '../domain/derivation.ts';
import { positionText } from '../domain/log-position.ts';
import { currencyExponent } from '../domain/currency.ts';
import { formatDecimal, formatMinor, formatPpm } from '../domain/money.ts';
import type { Ratio } from '../domain/ratio.ts';
import { renderTable, visible } from './table.ts';

type Money = (minor: bigint) => string;

/** Digits shown behind those of the currency before an amount is cut: enough to see how it was rounded. */
const MORE_DIGITS = 6;

/** @param width columns of the terminal; null: no limit */
export function renderDerivation(derivation: Derivation, bill: ShopBillCalculated, width: number | null): string {
  const money = (minor: bigint) => formatMinor(minor, bill.currencyExponent);
  const exact = (amount: Ratio) => exactText(amount, bill.currencyExponent);
  const uncovered = derivation.withoutPlan;
  return [
    `How it comes about (amounts in ${bill.currency})\n`,
    ...derivation.segments.map((segment, index) => renderSegment(segment, { bill, index, money, exact, width })),
    uncovered.orders.length + uncovered.refunds.length === 0
      ? ''
      : `On days without a plan, not billed\n${factTable(uncovered, money, width)}`,
    unapplied(derivation, width),
    adjustments(bill, money),
    sums(bill, money),
    fraud(bill, width),
  ]
    .filter((section) => section !== '')
    .join('\n');
}

function renderSegment(
  segment: SegmentDerivation,
  {
    bill,
    index,
    money,
    exact,
    width,
  }: {
    bill: ShopBillCalculated;
    index: number;
    money: Money;
    exact: (amount: Ratio) => string;
    width: number | null;
  },
): string {
  const { plan, trial, working, interactions } = segment;
  const whole = segment.days === segment.periodDays;
  const lines = bill.lines.filter((line) => line.segment === index);
  const steps = [
    ...(trial === null
      ? []
      : [
          `Trial: ${money(trial.netMinor)} came before, of ${money(trial.thresholdMinor)}: ${trial.passedBefore ? '' : 'not '}passed when the segment began`,
        ]),
    `Billable ${money(segment.billableMinor)}${trial === null ? '' : ', the part above the threshold'}`,
    ...(working.baseFee === null ? [] : [`Base fee${whole ? '' : ' prorated'} ${exact(working.baseFee)}`]),
    ...working.bands.map(({ slice, ratePpm, fee }) => `${exact(slice)} × ${formatPpm(ratePpm)} = ${exact(fee)}`),
    ...(working.unitsCharged === null
      ? []
      : [`${working.unitsCharged} units beyond those included, at ${money(plan.terms.unitPriceMinor ?? 0n)} each`]),
    `Together ${exact(working.exactFee)}`,
    ...(working.minimum === null ? [] : [`At least ${exact(working.minimum)}`]),
    ...(working.maximum === null ? [] : [`At most ${exact(working.maximum)}`]),
    `Fee ${money(segment.feeMinor)}, rounded once from ${exact(working.fee)}`,
    ...lines.map(({ channel, amountMinor }) => `  of it ${channel ?? 'without a channel'} ${money(amountMinor)}`),
  ];
  return [
    `Segment ${index + 1}  ${segment.startDate} to ${segment.endDate}, ${segment.days} of ${segment.periodDays} days`,
    `  Plan ${visible(plan.planId)}, ${plan.terms.type.replaceAll('_', ' ')}, from ${plan.effectiveFrom} (${positionText(plan.position)})`,
    ...(interactions.length === 0
      ? []
      : [`  Interactions: ${interactions.map(({ channel, count }) => `${channel} ${count}`).join(', ')}`]),
    trial === null || trial.orders.length + trial.refunds.length === 0
      ? ''
      : `  Counted by the trial before the segment\n${factTable(trial, money, width)}`,
    factTable(segment, money, width) + steps.map((step) => `  ${step}\n`).join(''),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function factTable(revenue: RevenueDerivation, money: Money, width: number | null): string {
  return renderTable({
    columns: [
      { title: '  Fact' },
      { title: 'Place in the log' },
      { title: 'Occurred' },
      { title: 'What it tells', shrinks: true },
      { title: 'Counts', align: 'right' },
    ],
    rows: [
      ...revenue.orders.flatMap((order) => orderRows(order, money)),
      ...revenue.refunds.map((refund) => refundRow(refund, money)),
      [
        '  Net revenue',
        null,
        null,
        `${money(revenue.attributedMinor)} - ${money(revenue.refundedMinor)}`,
        money(revenue.netMinor),
      ],
    ],
    width,
  });
}

type Row = readonly (string | null)[];

function orderRows({ fact, orderId, occurredAt, attributedMinor, order, quote }: OrderCounted, money: Money): Row[] {
  const own = (minor: bigint) => formatMinor(minor, currencyExponent(order.currency));
  const credited = order.credited.map(({ channel, amountMinor }) => `${channel} ${own(amountMinor)}`);
  const converted =
    quote === null
      ? []
      : [
          `at ${formatDecimal({ unscaled: quote.rateUnscaled, scale: quote.rateScale })} of ${quote.asOf} (${positionText(quote.position)})`,
        ];
  const what = [
    `${own(order.orderTotalMinor)} ${order.currency}`,
    credited.join(' + ') || 'nothing attributed',
    ...converted,
  ];
  const kind = order.attribution === null ? 'order' : 'raw order';
  return [
    [`  ${kind} ${orderId}`, positionText(fact), instant(occurredAt), what.join(', '), money(attributedMinor)],
    ...(order.attribution?.lines ?? []).flatMap((line): Row[] => [
      [`    line ${line.productId}`, null, null, `${own(line.amountMinor)}, ${order.attribution!.model}`, null],
      ...line.shares.map(({ touch, amountMinor }): Row => {
        const { position, interactionId, channel } = touch;
        return [
          `    touch ${interactionId}`,
          positionText(position),
          instant(touch.occurredAt),
          `${channel} ${own(amountMinor)}`,
          null,
        ];
      }),
    ]),
  ];
}

function refundRow({ fact, refundId, orderId, occurredAt, takenMinor, refund }: RefundCounted, money: Money): Row {
  const asked = `${formatMinor(refund.refundTotalMinor, currencyExponent(refund.currency))} ${refund.currency}`;
  return [
    `  refund ${refundId}`,
    positionText(fact),
    instant(occurredAt),
    `${asked} of order ${orderId}`,
    money(-takenMinor),
  ];
}

function unapplied({ unapplied: refunds }: Derivation, width: number | null): string {
  if (refunds.length === 0) return '';
  const rows = refunds.map(({ refundId, orderId, fact, reason }) => [
    `  refund ${refundId}`,
    positionText(fact),
    `of order ${orderId}: ${reason.replaceAll('_', ' ')}`,
  ]);
  return renderTable({
    columns: [{ title: 'Reduces nothing' }, { title: 'Place in the log' }, { title: 'Why', shrinks: true }],
    rows,
    width,
  });
}

function adjustments({ adjustments: all }: ShopBillCalculated, money: Money): string {
  return all
    .map(({ periodStartDate, amountMinor, facts }) => {
      const places = facts.map((fact) => `    ${positionText(fact)}\n`).join('');
      return `Adjustment of ${periodStartDate.slice(0, 7)}: ${money(amountMinor)}, for facts that came late\n${places}`;
    })
    .join('');
}

function sums(bill: ShopBillCalculated, money: Money): string {
  const fees = bill.segments.map(({ feeMinor }, index) => [`Fee of segment ${index + 1}`, money(feeMinor)]);
  const adjusted = bill.adjustments.map((one) => [
    `Adjustment of ${one.periodStartDate.slice(0, 7)}`,
    money(one.amountMinor),
  ]);
  const credits = bill.creditsApplied.map(({ billId, amountMinor }) => [
    `Credit of bill ${billId}`,
    money(-amountMinor),
  ]);
  return renderTable({
    columns: [{ title: 'Adding up' }, { title: bill.currency, align: 'right' }],
    rows: [
      ...fees,
      ...adjusted,
      ['Subtotal', money(bill.subtotalMinor)],
      [`Discount, ${formatPpm(bill.discountRatePpm)} of it`, money(-bill.discountMinor)],
      [`Tax, ${formatPpm(bill.taxRatePpm)} of the rest`, money(bill.taxMinor)],
      ...credits,
      ['Total', money(bill.totalMinor)],
    ],
    width: null,
  });
}

function fraud({ fraud: assessment }: ShopBillCalculated, width: number | null): string {
  if (assessment === null) return '';
  return renderTable({
    columns: [
      { title: 'Fraud check' },
      { title: 'State' },
      { title: 'Observed', shrinks: true },
      { title: 'Limit', shrinks: true },
      { title: 'Evidence', shrinks: true },
    ],
    rows: assessment.checks.map(({ code, state, observed, threshold, evidence }) => [
      ...[code, state.replaceAll('_', ' '), observed, threshold],
      evidence.join(' '),
    ]),
    width,
  });
}

const instant = (at: number): string => new Date(at).toISOString();

/** Major units, cut (never rounded) where the fraction goes on; `…` says that it does. */
export function exactText({ numerator, denominator }: Ratio, exponent: number): string {
  const digits = exponent + MORE_DIGITS;
  const scaled = numerator * 10n ** BigInt(MORE_DIGITS);
  const cut = scaled / denominator;
  const isExact = cut * denominator === scaled;
  const text = formatMinor(cut, digits);
  if (!isExact) return `${text}…`;
  const shortest = formatMinor(numerator, exponent).length;
  return denominator === 1n
    ? formatMinor(numerator, exponent)
    : text.replace(/0+$/, '').padEnd(Math.min(shortest, text.length), '0');
}
