/** The NDJSON form of a fact → the fact. Amounts and rates are decimal strings there, and minor units and ppm here. */
import { factProblem } from '../domain/fact-problem.ts';
import type { Attribution, Fact, FactByType, FactType } from '../domain/facts.ts';
import {
  amount,
  currency,
  date,
  decimal,
  instant,
  isFields,
  list,
  malformed,
  oneOf,
  optionalAnyText,
  optionalBoolean,
  optionalList,
  optionalText,
  shown,
  text,
  wholeNumber,
  type Fields,
} from './parse-fields.ts';
import { parsePlan } from './parse-plan.ts';

/** Reads a line of NDJSON. Throws FACT_MALFORMED. */
export function parseFactLine(line: string): Fact {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw malformed(`the line is not JSON: ${(error as Error).message}`);
  }
  return parseFact(json);
}

/**
 * Reads a fact and checks it against the rules of its type. Unknown fields are left out; optional ones may be absent
 * or null. Throws FACT_MALFORMED with the field and what was expected of it.
 */
export function parseFact(json: unknown): Fact {
  if (!isFields(json)) throw malformed(`a fact must be a JSON object, not ${shown(json)}`);
  const type = oneOf(json, 'type', FACT_TYPES);
  const fact = { type, data: PARSERS[type](json) } as Fact;
  const problem = factProblem(fact);
  if (problem !== null) throw malformed(problem);
  return fact;
}

const PARSERS: { readonly [T in FactType]: (fields: Fields) => FactByType[T] } = {
  ShopRegistered: (fields) => ({
    shopId: text(fields, 'shopId'),
    shopDomain: text(fields, 'shopDomain'),
    status: text(fields, 'status'),
    currency: currency(fields, 'currency').code,
    occurredAt: instant(fields, 'occurredAt'),
  }),

  PlanAssigned: parsePlan,

  PurchaseAttributed: (fields) => {
    const order = orderOf(fields);
    return {
      ...order,
      attributions: optionalList(fields, 'attributions', attribution(order.currencyExponent)) ?? [],
    };
  },

  PurchaseRefunded: (fields) => {
    const { code, exponent } = currency(fields, 'currency');
    return {
      shopId: text(fields, 'shopId'),
      refundId: text(fields, 'refundId'),
      orderId: text(fields, 'orderId'),
      occurredAt: instant(fields, 'occurredAt'),
      currency: code,
      currencyExponent: exponent,
      refundTotalMinor: amount(fields, 'refundTotal', exponent),
      attributions: optionalList(fields, 'attributions', attribution(exponent)),
    };
  },

  InteractionRecorded: (fields) => ({
    shopId: text(fields, 'shopId'),
    interactionId: text(fields, 'interactionId'),
    occurredAt: instant(fields, 'occurredAt'),
    interactionType: oneOf(fields, 'interactionType', ['view', 'click', 'add_to_cart']),
    channel: text(fields, 'channel'),
    sessionId: optionalText(fields, 'sessionId'),
    customerId: optionalText(fields, 'customerId'),
    productId: optionalText(fields, 'productId'),
    ipAddress: optionalText(fields, 'ipAddress'),
    userAgent: optionalAnyText(fields, 'userAgent'),
  }),

  OrderPlaced: (fields) => {
    const order = orderOf(fields);
    return {
      ...order,
      lines: list(fields, 'lines', (line) => ({
        productId: text(line, 'productId'),
        quantity: wholeNumber(line, 'quantity'),
        priceMinor: amount(line, 'price', order.currencyExponent),
      })),
      financialStatus: text(fields, 'financialStatus'),
      test: optionalBoolean(fields, 'test') ?? false,
    };
  },

  FxRateQuoted: (fields) => {
    const { unscaled, scale } = decimal(fields, 'rate');
    return {
      base: currency(fields, 'base').code,
      quote: currency(fields, 'quote').code,
      rateUnscaled: unscaled,
      rateScale: scale,
      asOf: date(fields, 'asOf'),
    };
  },
};

const FACT_TYPES = Object.keys(PARSERS) as FactType[];

function attribution(exponent: number): (fields: Fields) => Attribution {
  return (fields) => ({ channel: text(fields, 'channel'), amountMinor: amount(fields, 'amount', exponent) });
}

/** What an order says whether its attributions are known or not. */
function orderOf(fields: Fields) {
  const { code, exponent } = currency(fields, 'currency');
  return {
    shopId: text(fields, 'shopId'),
    orderId: text(fields, 'orderId'),
    customerId: optionalText(fields, 'customerId'),
    sessionId: optionalText(fields, 'sessionId'),
    occurredAt: instant(fields, 'occurredAt'),
    currency: code,
    currencyExponent: exponent,
    orderTotalMinor: amount(fields, 'orderTotal', exponent),
  };
}
