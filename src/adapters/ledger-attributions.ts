import type { Attribution } from '../domain/facts.ts';
import { compareIds } from './id-order.ts';

/** One entry per channel, ascending by channel: how the ledger keeps attributions. Amounts of a repeated channel add up. */
export function mergeAttributions(attributions: readonly Attribution[]): Attribution[] {
  const sums = new Map<string, bigint>();
  for (const { channel, amountMinor } of attributions) sums.set(channel, (sums.get(channel) ?? 0n) + amountMinor);
  return [...sums]
    .map(([channel, amountMinor]) => ({ channel, amountMinor }))
    .sort((a, b) => compareIds(a.channel, b.channel));
}

/** Sum of the amounts, minor units. */
export function attributedTotal(attributions: readonly Attribution[]): bigint {
  return attributions.reduce((sum, attribution) => sum + attribution.amountMinor, 0n);
}
