/** What the app brought of a raw order (DOMAIN "Attribution"): its lines, the touches before it, and a model. */
import { compareBytes } from './byte-order.ts';
import { DAY_MS } from './calendar.ts';
import { distribute } from './distribute.ts';
import type { Attribution, AttributionModel } from './facts.ts';
import type { OrderSeen, RawOrder, Touch, TouchQuery } from './order-facts.ts';

/** How long before an order a touch still counts, to the millisecond, both ends inclusive. */
const LOOK_BACK_MS = 30 * DAY_MS;
const ELIGIBLE_CHANNELS: readonly string[] = ['phoenix', 'venus', 'apollo', 'mercury'];
/** Both spellings of the word are one status. */
const NO_SALE: readonly string[] = ['voided', 'cancelled', 'canceled'];

/** `round(10^9 · 2^(−d/7))` for d = 0 … 30 whole days: written out, so that no platform's rounding has a say. */
export const DECAY_WEIGHTS: readonly bigint[] = [
  1_000_000_000n,
  905_723_664n,
  820_335_356n,
  742_997_145n,
  672_950_096n,
  609_506_827n,
  552_044_757n,
  500_000_000n,
  452_861_832n,
  410_167_678n,
  371_498_572n,
  336_475_048n,
  304_753_414n,
  276_022_378n,
  250_000_000n,
  226_430_916n,
  205_083_839n,
  185_749_286n,
  168_237_524n,
  152_376_707n,
  138_011_189n,
  125_000_000n,
  113_215_458n,
  102_541_920n,
  92_874_643n,
  84_118_762n,
  76_188_353n,
  69_005_595n,
  62_500_000n,
  56_607_729n,
  51_270_960n,
];

export interface TouchShare {
  readonly touch: Touch;
  readonly amountMinor: bigint;
}

/** A line with what each touch is credited of it: all of it, or nothing where there was no touch. */
export interface AttributedLine {
  readonly productId: string;
  /** Price × quantity, scaled where the lines exceed the order. Minor units of the order's currency. */
  readonly amountMinor: bigint;
  /** Newest touch first. */
  readonly shares: readonly TouchShare[];
}

/** The derivation of a raw order's attributions. */
export interface OrderAttribution {
  readonly model: AttributionModel;
  readonly lines: readonly AttributedLine[];
}

/** Whether the order is a sale: one that is test, voided or cancelled attributes nothing and is in no metric. */
export function isSale({ test, financialStatus }: RawOrder): boolean {
  return !test && !NO_SALE.includes(financialStatus);
}

/** Where the touches of an order are to be looked for; null where none can count. */
export function touchQuery(shopId: string, order: OrderSeen): TouchQuery | null {
  const { raw, customerId, sessionId, occurredAt } = order;
  if (raw === null || !isSale(raw) || raw.lines.length === 0) return null;
  if (customerId === null && sessionId === null) return null;
  const productIds = [...new Set(raw.lines.map(({ productId }) => productId))];
  return { shopId, customerId, sessionId, productIds, from: occurredAt - LOOK_BACK_MS, to: occurredAt };
}

/**
 * Attributes the lines of a raw order to the touches on their products.
 *
 * @param touches of `touchQuery`, in any order
 */
export function attributeOrder(
  { occurredAt, orderTotalMinor }: Pick<OrderSeen, 'occurredAt' | 'orderTotalMinor'>,
  raw: RawOrder,
  touches: readonly Touch[],
  model: AttributionModel,
): OrderAttribution {
  if (!isSale(raw)) return { model, lines: [] };
  const eligible = touches.filter(({ channel }) => ELIGIBLE_CHANNELS.includes(channel)).sort(newestFirst);
  const amounts = lineAmounts(raw, orderTotalMinor);
  const lines = raw.lines.map(({ productId }, index): AttributedLine => {
    const amountMinor = amounts[index]!;
    const ofLine = eligible.filter((touch) => touch.productId === productId);
    if (ofLine.length === 0) return { productId, amountMinor, shares: [] };
    const shares = distribute(amountMinor, weights(model, ofLine, occurredAt));
    return { productId, amountMinor, shares: ofLine.map((touch, at) => ({ touch, amountMinor: shares[at]! })) };
  });
  return { model, lines };
}

/** What each channel was credited, ascending by channel; one that was credited nothing is left out. */
export function creditedChannels({ lines }: OrderAttribution): Attribution[] {
  const sums = new Map<string, bigint>();
  for (const { touch, amountMinor } of lines.flatMap(({ shares }) => shares)) {
    sums.set(touch.channel, (sums.get(touch.channel) ?? 0n) + amountMinor);
  }
  return [...sums]
    .map(([channel, amountMinor]) => ({ channel, amountMinor }))
    .filter(({ amountMinor }) => amountMinor > 0n)
    .sort((a, b) => compareBytes(a.channel, b.channel));
}

/** Lines that together exceed the order (a discount on the whole of it) are scaled to it, in their stated order. */
function lineAmounts({ lines }: RawOrder, orderTotalMinor: bigint): bigint[] {
  const amounts = lines.map(({ priceMinor, quantity }) => priceMinor * BigInt(quantity));
  const sum = amounts.reduce((a, b) => a + b, 0n);
  return sum > orderTotalMinor ? distribute(orderTotalMinor, amounts) : amounts;
}

function newestFirst(a: Touch, b: Touch): number {
  return b.occurredAt - a.occurredAt || compareBytes(b.interactionId, a.interactionId);
}

/** Weights of the touches, newest first; at least one. */
function weights(model: AttributionModel, touches: readonly Touch[], orderedAt: number): bigint[] {
  const last = touches.length - 1;
  switch (model) {
    case 'cross_extension':
      // 70 % and 30 % / others, over one denominator.
      return touches.map((_, at) => (last === 0 ? 1n : at === 0 ? 7n * BigInt(last) : 3n));
    case 'last_click':
      return touches.map((_, at) => (at === 0 ? 1n : 0n));
    case 'first_click':
      return touches.map((_, at) => (at === last ? 1n : 0n));
    case 'linear':
      return touches.map(() => 1n);
    case 'time_decay':
      return touches.map(({ occurredAt }) => DECAY_WEIGHTS[Math.floor((orderedAt - occurredAt) / DAY_MS)]!);
    default:
      return model satisfies never;
  }
}
