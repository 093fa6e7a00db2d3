/** The lines of a bill: each segment's fee, split over the channels that brought it. */
import { distribute } from './distribute.ts';
import type { BillLine, BillSegment } from './events.ts';
import type { ChannelRevenue } from './revenue.ts';

/**
 * The lines of one segment: by the positive net revenue of its channels, or one line without a channel where there is
 * none. They add up to the segment's fee, and their quantities to its units.
 *
 * @param index of the segment in the bill
 */
export function feeLines(segment: BillSegment, index: number, channels: readonly ChannelRevenue[]): BillLine[] {
  const paying = channels.filter(({ netMinor }) => netMinor > 0n);
  const weights = paying.map(({ netMinor }) => netMinor);
  const line = { kind: 'fee' as const, segment: index };
  if (paying.length === 0) {
    const description = describe(segment, null);
    return [{ ...line, description, channel: null, quantity: segment.units, amountMinor: segment.feeMinor }];
  }
  const amounts = distribute(segment.feeMinor, weights);
  const units = segment.units === null ? null : distribute(BigInt(segment.units), weights);
  return paying.map(({ channel }, at) => ({
    ...line,
    description: describe(segment, channel),
    channel,
    quantity: units === null ? null : Number(units[at]),
    amountMinor: amounts[at]!,
  }));
}

/** `Pay as performance, 2026-10-01 to 2026-10-31, phoenix`. */
function describe(segment: BillSegment, channel: string | null): string {
  const { planName, startDate, endDate, units, meter, includedUnits } = segment;
  const metered = units === null ? [] : [`${units} ${meter} of which ${includedUnits} included`];
  return [planName, `${startDate} to ${endDate}`, ...metered, ...(channel === null ? [] : [channel])].join(', ');
}
