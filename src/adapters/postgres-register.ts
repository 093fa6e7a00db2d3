/** The bill register in Postgres. Its tables are in migrations/0002-register.ts and 0005-decisions.ts. */
import { loadBillStates } from './postgres-register-bills.ts';
import { loadHistories } from './postgres-register-history.ts';
import { loadStates } from './postgres-register-load.ts';
import { recordDecisions } from './postgres-register-record.ts';
import { billsOfPeriod, loadDecisions, loadRowsOfPeriod } from './postgres-register-rows.ts';
import { connectionsOpened, type Pool } from './postgres.ts';
import { foldDecisions } from './postgres-register-fold.ts';
import type { Register } from './register.ts';

export function createPostgresRegister({ pool }: { pool: Pool }): Register {
  return {
    load: (keys) => loadStates(pool, keys),
    loadBills: (keys) => loadBillStates(pool, keys),
    billsOfPeriod: (asked) => billsOfPeriod(pool, asked),
    decisionsOf: (key) => loadRowsOfPeriod(pool, key),
    loadHistories: (shopIds) => loadHistories(pool, shopIds),
    loadDecisions: (keys) => loadDecisions(pool, keys),
    record: (decisions, foldedThrough = Infinity) => recordDecisions(pool, decisions, foldedThrough),
    generation: () => connectionsOpened(pool),
    fold: (decisions) => foldDecisions(pool, decisions),
  };
}
