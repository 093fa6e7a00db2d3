import type { Migration } from './migration.ts';

/**
 * What attribution looks for: clicks and add-to-carts of one customer, or one session, on one product. Views and
 * interactions without a product are no touches, and are not in these indexes.
 */
export const touches: Migration = {
  name: '0008-touches',
  sql: `
create index interactions_touch_of_customer on interactions (shop_id, customer_id, product_id, occurred_at_ms)
  where interaction_type in ('click', 'add_to_cart') and customer_id is not null and product_id is not null;
create index interactions_touch_of_session on interactions (shop_id, session_id, product_id, occurred_at_ms)
  where interaction_type in ('click', 'add_to_cart') and session_id is not null and product_id is not null;
`,
};
