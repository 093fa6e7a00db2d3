/**
 * DOMAIN "Plans": a segment's fee is "split for the invoice lines over channels by their positive net revenue, or one
 * line without channel where there is none".
 */
import { splitOverChannels } from './split.ts';

export interface Line {
  readonly kind: 'fee' | 'adjustment';
  readonly channel: string | null;
  /** Only of an adjustment: the month that is adjusted. */
  readonly month: string | null;
  readonly amount: bigint;
}

/** Lines of nothing are left out. */
export function feeLines(fee: bigint, netByChannel: ReadonlyMap<string, bigint>): Line[] {
  const positive = new Map([...netByChannel].filter(([, net]) => net > 0n));
  const parts: [string | null, bigint][] = positive.size === 0 ? [[null, fee]] : [...splitOverChannels(fee, positive)];
  return parts
    .filter(([, amount]) => amount !== 0n)
    .map(([channel, amount]) => ({ kind: 'fee', channel, month: null, amount }));
}
