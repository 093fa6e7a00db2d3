import type { Migration } from './migration.ts';

/** What the fraud checks look for: whether a customer, or a session, interacted in the time before a purchase. */
export const visitors: Migration = {
  name: '0009-visitors',
  sql: `
create index interactions_of_customer on interactions (shop_id, customer_id, occurred_at_ms) where customer_id is not null;
create index interactions_of_session on interactions (shop_id, session_id, occurred_at_ms) where session_id is not null;
`,
};
