import type { Migration } from './migration.ts';

/** Touches are found by the indexes of visitors (0009): two more on every click slow ingesters down. */
export const touchesOfVisitors: Migration = {
  name: '0012-touches-of-visitors',
  sql: `
drop index interactions_touch_of_customer;
drop index interactions_touch_of_session;
`,
};
