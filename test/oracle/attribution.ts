/** DOMAIN "Attribution (for raw OrderPlaced)". */
import { byBytes } from './bytes.ts';
import type { Model } from './fact-lines.ts';
import type { Interaction, Order } from './facts.ts';
import { split } from './split.ts';

const DAY_MS = 86_400_000;

/** "through an eligible channel: phoenix, venus, apollo, mercury; atlas never" */
const ELIGIBLE = ['phoenix', 'venus', 'apollo', 'mercury'];

/** What each channel brought of a raw order, in the order's currency. Channels that brought nothing are left out. */
export function attribute(order: Order, interactions: readonly Interaction[], model: Model): Map<string, bigint> {
  const amounts = new Map<string, bigint>();
  if (!isSale(order)) return amounts;
  for (const { productId, amount } of lineAmounts(order)) {
    const touches = touchesOf(order, productId, interactions);
    if (touches.length === 0) continue;
    // "Shares add up to the line."
    const shares = split(amount, weightsOf(touches, order, model));
    touches.forEach(({ channel }, place) => {
      if (shares[place]! > 0n) amounts.set(channel, (amounts.get(channel) ?? 0n) + shares[place]!);
    });
  }
  return amounts;
}

/** "Orders that are test, voided or cancelled attribute nothing." docs: "(or `canceled`)". */
export function isSale({ raw }: Order): boolean {
  return raw === null || !(raw.isTest || ['voided', 'cancelled', 'canceled'].includes(raw.financialStatus));
}

/** "A line is price × quantity; if the lines exceed the order total they are scaled to it." */
function lineAmounts({ raw, total }: Order): { productId: string; amount: bigint }[] {
  const lines = [...(raw?.lines ?? [])];
  const amounts = lines.map(({ amount }) => amount);
  const sum = amounts.reduce((all, amount) => all + amount, 0n);
  const fitting = sum > total ? split(total, amounts) : amounts;
  return lines.map(({ productId }, place) => ({ productId, amount: fitting[place]! }));
}

/**
 * "Touches are click and add_to_cart interactions on the line's product in the 30 days up to the order, both ends
 * inclusive, of the same customer (or, for an order without a customer, the same session), through an eligible channel".
 * "Newest touch first (ties: higher interaction id, as bytes)."
 */
function touchesOf(order: Order, productId: string, interactions: readonly Interaction[]): Interaction[] {
  return interactions
    .filter(({ kind }) => kind === 'click' || kind === 'add_to_cart')
    .filter((touch) => touch.productId === productId)
    .filter(({ at }) => at >= order.at - 30 * DAY_MS && at <= order.at)
    .filter((touch) => isOfTheSamePerson(touch, order))
    .filter(({ channel }) => ELIGIBLE.includes(channel))
    .sort((a, b) => b.at - a.at || byBytes(b.interactionId, a.interactionId));
}

/** Of the order's customer; of its session only if the order names no customer; otherwise of nobody. */
export function isOfTheSamePerson(interaction: Interaction, order: Order): boolean {
  if (order.customerId !== null) return interaction.customerId === order.customerId;
  return order.sessionId !== null && interaction.sessionId === order.sessionId;
}

/** The weight of each touch, newest first. */
function weightsOf(touches: readonly Interaction[], order: Order, model: Model): bigint[] {
  const last = touches.length - 1;
  switch (model) {
    case 'cross_extension':
      // "one touch takes all; else the newest 70 %, the others 30 % in equal parts": 7 parts of each other one's 3,
      // times the number of others so that the weights are whole.
      return touches.map((_, place) => (last === 0 ? 1n : place === 0 ? 7n * BigInt(last) : 3n));
    case 'first_click':
      return touches.map((_, place) => (place === last ? 1n : 0n));
    case 'last_click':
      return touches.map((_, place) => (place === 0 ? 1n : 0n));
    case 'linear':
      return touches.map(() => 1n);
    case 'time_decay':
      return touches.map(({ at }) => decayed(Math.floor((order.at - at) / DAY_MS)));
  }
}

/** "weight round(10^9 · 2^(−d/7)), d whole days before the order". A test checks all of them in whole numbers. */
export const decayed = (days: number): bigint => BigInt(Math.round(1e9 * 2 ** (-days / 7)));
