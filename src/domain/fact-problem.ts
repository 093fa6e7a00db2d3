/** The rules a fact must keep beyond the types of its fields. */
import { isDate } from './calendar.ts';
import { currencyProblem, isCurrency } from './currency.ts';
import type {
  Attribution,
  Fact,
  FxRateQuoted,
  InteractionRecorded,
  InteractionType,
  OrderPlaced,
  PlanAssigned,
  PurchaseAttributed,
  PurchaseRefunded,
  ShopRegistered,
} from './facts.ts';
import { planProblem } from './plan-problem.ts';
import { isText, MAX_ID_LENGTH } from './text.ts';

const INTERACTION_TYPES: readonly InteractionType[] = ['view', 'click', 'add_to_cart'];
const MAX_RATE_SCALE = 18;
const FIRST_INSTANT = Date.UTC(1900, 0, 1);
const LAST_INSTANT = Date.UTC(9999, 0, 1);

/** The first rule a fact breaks, in words for people; null when it breaks none. */
export function factProblem(fact: Fact): string | null {
  switch (fact.type) {
    case 'ShopRegistered':
      return shopProblem(fact.data);
    case 'PlanAssigned':
      return planFactProblem(fact.data);
    case 'PurchaseAttributed':
      return purchaseProblem(fact.data);
    case 'PurchaseRefunded':
      return refundProblem(fact.data);
    case 'InteractionRecorded':
      return interactionProblem(fact.data);
    case 'OrderPlaced':
      return orderProblem(fact.data);
    case 'FxRateQuoted':
      return quoteProblem(fact.data);
    default:
      return fact satisfies never;
  }
}

function shopProblem({ shopId, shopDomain, status, currency, occurredAt }: ShopRegistered): string | null {
  return (
    idsProblem({ shopId, shopDomain }) ??
    wordProblem('status', status) ??
    (isCurrency(currency) ? null : `currency "${currency}" is no ISO 4217 code`) ??
    instantProblem(occurredAt)
  );
}

function planFactProblem(plan: PlanAssigned): string | null {
  const { shopId, planId, name, occurredAt } = plan;
  return idsProblem({ shopId, planId, name }) ?? planProblem(plan) ?? instantProblem(occurredAt);
}

function purchaseProblem(purchase: PurchaseAttributed): string | null {
  const { shopId, orderId, customerId, sessionId, attributions, orderTotalMinor } = purchase;
  return (
    idsProblem({ shopId, orderId, customerId, sessionId }) ??
    instantProblem(purchase.occurredAt) ??
    currencyProblem(purchase.currency, purchase.currencyExponent) ??
    amountProblem('orderTotal', orderTotalMinor) ??
    attributionsProblem(attributions) ??
    (attributions.reduce((sum, { amountMinor }) => sum + amountMinor, 0n) > orderTotalMinor
      ? 'the attributions exceed the orderTotal'
      : null)
  );
}

function refundProblem(refund: PurchaseRefunded): string | null {
  const { shopId, refundId, orderId } = refund;
  return (
    idsProblem({ shopId, refundId, orderId }) ??
    instantProblem(refund.occurredAt) ??
    currencyProblem(refund.currency, refund.currencyExponent) ??
    amountProblem('refundTotal', refund.refundTotalMinor) ??
    attributionsProblem(refund.attributions ?? [])
  );
}

function interactionProblem(interaction: InteractionRecorded): string | null {
  const { shopId, interactionId, sessionId, customerId, productId, ipAddress, userAgent } = interaction;
  return (
    idsProblem({ shopId, interactionId, sessionId, customerId, productId }) ??
    instantProblem(interaction.occurredAt) ??
    (INTERACTION_TYPES.includes(interaction.interactionType)
      ? null
      : `interactionType is none of ${INTERACTION_TYPES.join(', ')}`) ??
    channelProblem(interaction.channel) ??
    textProblem('ipAddress', ipAddress ?? '') ??
    textProblem('userAgent', userAgent ?? '')
  );
}

function orderProblem(order: OrderPlaced): string | null {
  const { shopId, orderId, customerId, sessionId, lines } = order;
  return (
    idsProblem({ shopId, orderId, customerId, sessionId }) ??
    instantProblem(order.occurredAt) ??
    currencyProblem(order.currency, order.currencyExponent) ??
    amountProblem('orderTotal', order.orderTotalMinor) ??
    firstProblem(lines, ({ productId, quantity, priceMinor }) => {
      if (!Number.isInteger(quantity) || quantity <= 0) return 'the quantity of a line is not a whole number above 0';
      return idsProblem({ productId }) ?? amountProblem('the price of a line', priceMinor);
    }) ??
    wordProblem('financialStatus', order.financialStatus)
  );
}

function quoteProblem({ base, quote, rateUnscaled, rateScale, asOf }: FxRateQuoted): string | null {
  for (const code of [base, quote]) if (!isCurrency(code)) return `"${code}" is no ISO 4217 code`;
  if (base === quote) return 'base and quote are the same currency';
  if (rateUnscaled <= 0n) return 'the rate is not above zero';
  if (!Number.isInteger(rateScale) || rateScale < 0 || rateScale > MAX_RATE_SCALE) {
    return `the rate has not from 0 to ${MAX_RATE_SCALE} decimal digits`;
  }
  return isDate(asOf) ? null : `asOf ${JSON.stringify(asOf)} is no date`;
}

function attributionsProblem(attributions: readonly Attribution[]): string | null {
  return firstProblem(
    attributions,
    ({ channel, amountMinor }) =>
      channelProblem(channel) ?? amountProblem(`the amount of channel ${channel}`, amountMinor),
  );
}

function channelProblem(channel: string): string | null {
  return /^[a-z0-9_-]{1,32}$/.test(channel)
    ? null
    : 'a channel is 1 to 32 of the letters a-z, digits, underscore and hyphen';
}

function amountProblem(name: string, amount: bigint): string | null {
  return amount < 0n ? `${name} is negative` : null;
}

/** Null is an id that was left out. */
function idsProblem(ids: Readonly<Record<string, string | null>>): string | null {
  return firstProblem(Object.entries(ids), ([name, id]) => {
    if (id === null) return null;
    if (id === '') return `${name} is empty`;
    if (id.length > MAX_ID_LENGTH) return `${name} is longer than ${MAX_ID_LENGTH} characters`;
    return textProblem(name, id);
  });
}

function textProblem(name: string, text: string): string | null {
  return isText(text) ? null : `${name} has characters that are no text`;
}

function wordProblem(name: string, word: string): string | null {
  return /^[a-z][a-z0-9_-]{0,63}$/.test(word) ? null : `${name} is not a lower-case word like active`;
}

function instantProblem(occurredAt: number): string | null {
  const possible = Number.isInteger(occurredAt) && occurredAt >= FIRST_INSTANT && occurredAt < LAST_INSTANT;
  return possible ? null : 'occurredAt is no time between the years 1900 and 9999';
}

function firstProblem<T>(items: readonly T[], problemOf: (item: T) => string | null): string | null {
  for (const item of items) {
    const problem = problemOf(item);
    if (problem !== null) return problem;
  }
  return null;
}
