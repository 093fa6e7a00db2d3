/** Builders of facts in their NDJSON form: what a test does not say is something ordinary. */

export const shop = (shopId: string, fields: object = {}) => ({
  type: 'ShopRegistered',
  shopId,
  shopDomain: `${shopId}.myshopify.com`,
  status: 'active',
  currency: 'USD',
  occurredAt: '2026-01-01T00:00:00Z',
  ...fields,
});

export const plan = (shopId: string, fields: object = {}) => ({
  type: 'PlanAssigned',
  shopId,
  planId: 'p1',
  name: 'Pay as performance',
  currency: 'USD',
  effectiveFrom: '2026-01-01',
  terms: { type: 'revenue_share', rate: '0.03' },
  occurredAt: '2026-01-01T00:00:00Z',
  ...fields,
});

/** An order that is credited in full to one channel. */
export const purchase = (shopId: string, orderId: string, amount: string, fields: object = {}) => ({
  type: 'PurchaseAttributed',
  shopId,
  orderId,
  occurredAt: '2026-10-15T12:00:00Z',
  currency: 'USD',
  orderTotal: amount,
  attributions: [{ channel: 'phoenix', amount }],
  ...fields,
});

export const refund = (shopId: string, refundId: string, orderId: string, amount: string, fields: object = {}) => ({
  type: 'PurchaseRefunded',
  shopId,
  refundId,
  orderId,
  occurredAt: '2026-10-20T12:00:00Z',
  currency: 'USD',
  refundTotal: amount,
  ...fields,
});

/** A shop with a plan and one order. */
export const billableShop = (shopId: string, amount: string, planFields: object = {}) => [
  shop(shopId),
  plan(shopId, planFields),
  purchase(shopId, `${shopId}-o1`, amount),
];

/** Sixty sessions of one address within a minute, by something that says it is a bot. */
export const clickFarm = (shopId: string) =>
  Array.from({ length: 60 }, (_, n) => ({
    ...{ type: 'InteractionRecorded', shopId, interactionId: `i${n}`, interactionType: 'click', channel: 'phoenix' },
    ...{ occurredAt: `2026-10-10T12:00:${String(n).padStart(2, '0')}Z`, sessionId: `z${n}` },
    ...{ ipAddress: '203.0.113.9', userAgent: 'somebot/1.0' },
  }));

/** A shop whose October bill is held: a click farm, and sales to somebody nobody ever saw. */
export const suspiciousShop = (shopId: string, amount: string) => [
  shop(shopId),
  plan(shopId),
  purchase(shopId, `${shopId}-o1`, amount, { customerId: 'c1' }),
  ...clickFarm(shopId),
];
