/** How each fact that counts once is laid out in its table. */
import type { Fact, FactType } from '../domain/facts.ts';
import { attributedTotal, mergeAttributions } from './ledger-attributions.ts';

export type FactOf<T extends FactType> = Extract<Fact, { type: T }>;

export interface Column<F extends Fact> {
  readonly name: string;
  readonly type: 'text' | 'bigint' | 'int' | 'boolean' | 'text[]' | 'bigint[]' | 'int[]';
  readonly of: (fact: F) => unknown;
}

/** A table of facts that are one fact when their keys are equal. Its columns do not tell where the log has them. */
export interface OnceTable<F extends Fact> {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: readonly Column<F>[];
}

const refundAttributions = (fact: FactOf<'PurchaseRefunded'>) =>
  fact.data.attributions === null ? null : mergeAttributions(fact.data.attributions);
const purchaseAttributions = (fact: FactOf<'PurchaseAttributed' | 'OrderPlaced'>) =>
  fact.type === 'PurchaseAttributed' ? mergeAttributions(fact.data.attributions) : [];
const orderLines = (fact: FactOf<'PurchaseAttributed' | 'OrderPlaced'>) =>
  fact.type === 'OrderPlaced' ? fact.data.lines : null;

/** Attributed and raw orders share a table: an order id is one order, whichever way it is told. */
export const PURCHASES: OnceTable<FactOf<'PurchaseAttributed' | 'OrderPlaced'>> = {
  name: 'purchases',
  key: ['shop_id', 'order_id'],
  columns: [
    { name: 'shop_id', type: 'text', of: ({ data }) => data.shopId },
    { name: 'order_id', type: 'text', of: ({ data }) => data.orderId },
    { name: 'raw', type: 'boolean', of: ({ type }) => type === 'OrderPlaced' },
    { name: 'occurred_at_ms', type: 'bigint', of: ({ data }) => data.occurredAt },
    { name: 'currency', type: 'text', of: ({ data }) => data.currency },
    { name: 'currency_exponent', type: 'int', of: ({ data }) => data.currencyExponent },
    { name: 'order_total_minor', type: 'bigint', of: ({ data }) => data.orderTotalMinor },
    { name: 'customer_id', type: 'text', of: ({ data }) => data.customerId },
    { name: 'session_id', type: 'text', of: ({ data }) => data.sessionId },
    { name: 'attributed_minor', type: 'bigint', of: (fact) => attributedTotal(purchaseAttributions(fact)) },
    { name: 'channels', type: 'text[]', of: (fact) => purchaseAttributions(fact).map((part) => part.channel) },
    {
      name: 'amounts_minor',
      type: 'bigint[]',
      of: (fact) => purchaseAttributions(fact).map((part) => part.amountMinor),
    },
    { name: 'test', type: 'boolean', of: ({ type, data }) => (type === 'OrderPlaced' ? data.test : null) },
    {
      name: 'financial_status',
      type: 'text',
      of: ({ type, data }) => (type === 'OrderPlaced' ? data.financialStatus : null),
    },
    { name: 'line_product_ids', type: 'text[]', of: (fact) => orderLines(fact)?.map((line) => line.productId) },
    { name: 'line_quantities', type: 'int[]', of: (fact) => orderLines(fact)?.map((line) => line.quantity) },
    { name: 'line_prices_minor', type: 'bigint[]', of: (fact) => orderLines(fact)?.map((line) => line.priceMinor) },
  ],
};

export const REFUNDS: OnceTable<FactOf<'PurchaseRefunded'>> = {
  name: 'refunds',
  key: ['shop_id', 'refund_id'],
  columns: [
    { name: 'shop_id', type: 'text', of: ({ data }) => data.shopId },
    { name: 'refund_id', type: 'text', of: ({ data }) => data.refundId },
    { name: 'order_id', type: 'text', of: ({ data }) => data.orderId },
    { name: 'occurred_at_ms', type: 'bigint', of: ({ data }) => data.occurredAt },
    { name: 'currency', type: 'text', of: ({ data }) => data.currency },
    { name: 'currency_exponent', type: 'int', of: ({ data }) => data.currencyExponent },
    { name: 'refund_total_minor', type: 'bigint', of: ({ data }) => data.refundTotalMinor },
    { name: 'channels', type: 'text[]', of: (fact) => refundAttributions(fact)?.map((part) => part.channel) },
    {
      name: 'amounts_minor',
      type: 'bigint[]',
      of: (fact) => refundAttributions(fact)?.map((part) => part.amountMinor),
    },
  ],
};

export const INTERACTIONS: OnceTable<FactOf<'InteractionRecorded'>> = {
  name: 'interactions',
  key: ['shop_id', 'interaction_id'],
  columns: [
    { name: 'shop_id', type: 'text', of: ({ data }) => data.shopId },
    { name: 'interaction_id', type: 'text', of: ({ data }) => data.interactionId },
    { name: 'occurred_at_ms', type: 'bigint', of: ({ data }) => data.occurredAt },
    { name: 'interaction_type', type: 'text', of: ({ data }) => data.interactionType },
    { name: 'channel', type: 'text', of: ({ data }) => data.channel },
    { name: 'session_id', type: 'text', of: ({ data }) => data.sessionId },
    { name: 'customer_id', type: 'text', of: ({ data }) => data.customerId },
    { name: 'product_id', type: 'text', of: ({ data }) => data.productId },
    { name: 'ip_address', type: 'text', of: ({ data }) => data.ipAddress },
    { name: 'user_agent', type: 'text', of: ({ data }) => data.userAgent },
  ],
};

export const FX_QUOTES: OnceTable<FactOf<'FxRateQuoted'>> = {
  name: 'fx_quotes',
  key: ['base', 'quote', 'as_of'],
  columns: [
    { name: 'base', type: 'text', of: ({ data }) => data.base },
    { name: 'quote', type: 'text', of: ({ data }) => data.quote },
    { name: 'as_of', type: 'text', of: ({ data }) => data.asOf },
    { name: 'rate_unscaled', type: 'bigint', of: ({ data }) => data.rateUnscaled },
    { name: 'rate_scale', type: 'int', of: ({ data }) => data.rateScale },
  ],
};
