/** Held bills in Postgres, and how they were decided. A decision may be there before its bill. */
import type { Period } from '../domain/events.ts';
import { excluded, unnest, type Column } from './columns.ts';
import { decodeCursor, pageOf } from './cursor.ts';
import { insertRows } from './postgres-insert.ts';
import { query, type Client, type Pool } from './postgres.ts';
import type { DecidedHold, HeldBill, ProjectionTransaction, ShopKey } from './projection-store.ts';
import { toJson } from './read-model-json.ts';
import type { HeldBillView, HoldDecision, ReadModels } from './read-models.ts';

const KEY = ['shop_id', 'run_id'];
const KEYS: Column<ShopKey & { readonly billId: string }>[] = [
  ['shop_id', 'text', ({ shopId }) => shopId],
  ['run_id', 'text', ({ runId }) => runId],
  ['bill_id', 'text', ({ billId }) => billId],
];
const HELD: Column<HeldBill>[] = [
  ...KEYS,
  ['shop_domain', 'text', ({ shopDomain }) => shopDomain],
  ['period', 'json', ({ period }) => toJson(period)],
  ['currency', 'text', ({ currency }) => currency],
  ['currency_exponent', 'int', ({ currencyExponent }) => currencyExponent],
  ['total_minor', 'bigint', ({ totalMinor }) => totalMinor],
  ['fraud_level', 'text', ({ fraudLevel }) => fraudLevel],
  ['fraud_codes', 'text', ({ fraudCodes }) => fraudCodes.join(',')],
  ['held_at_ms', 'bigint', ({ heldAt }) => heldAt],
];
const DECIDED: Column<DecidedHold>[] = [
  ...KEYS,
  ['decided_as', 'text', ({ action }) => action],
  ['decided_reason', 'text', ({ reason }) => reason],
  ['decided_actor', 'text', ({ actor }) => actor],
  ['decided_at_ms', 'bigint', ({ decidedAt }) => decidedAt],
];

export function heldBillWrites(
  client: Client,
  schema: string,
): Pick<ProjectionTransaction, 'saveHeldBills' | 'decideHeldBills'> {
  return {
    async saveHeldBills(bills) {
      const { names, rows, values } = unnest(HELD, firstOfEach(bills));
      await client.query(
        `insert into ${schema}.held_bills (${names})
         select ${names.replace('fraud_codes', `string_to_array(fraud_codes, ',')`)} from ${rows} as new (${names})
         on conflict (${KEY.join(', ')}) do update set ${excluded(HELD, KEY)}`,
        values,
      );
    },
    async decideHeldBills(decisions) {
      const update = `do update set ${excluded(DECIDED, KEY)} where old.decided_as is null`;
      const onConflict = `on conflict (${KEY.join(', ')}) ${update}`;
      await insertRows(client, `${schema}.held_bills`, DECIDED, firstOfEach(decisions), onConflict);
    },
  };
}

/** One statement may touch a row once; rows are locked in the order of their keys. */
function firstOfEach<Row extends ShopKey>(rows: readonly Row[]): Row[] {
  const byKey = new Map<string, Row>();
  for (const row of rows) {
    const name = `${row.shopId}\n${row.runId}`;
    if (!byKey.has(name)) byKey.set(name, row);
  }
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

export const OPEN_HELD_BILL = 'decided_as is null and held_at_ms is not null';

export function heldBillReads(pool: Pool, schema: string): Pick<ReadModels, 'listHeldBills' | 'findHeldBill'> {
  return {
    async listHeldBills({ cursor, limit }) {
      const after = decodeCursor(cursor, ['text', 'text']);
      const { rows } = await query<HeldBillRow>(
        pool,
        `select * from ${schema}.held_bills where ${OPEN_HELD_BILL} ${after ? 'and (shop_id, run_id) > ($2, $3)' : ''}
         order by shop_id, run_id limit $1`,
        [limit + 1, ...(after ?? [])],
      );
      return pageOf(rows, limit, fromHeldBillRow, ({ shopId, runId }) => [shopId, runId]);
    },

    async findHeldBill(billId) {
      const { rows } = await query<HeldBillRow>(
        pool,
        `select * from ${schema}.held_bills where bill_id = $1 and held_at_ms is not null`,
        [billId],
      );
      return rows[0] ? fromHeldBillRow(rows[0]) : null;
    },
  };
}

interface HeldBillRow {
  readonly run_id: string;
  readonly shop_id: string;
  readonly bill_id: string;
  readonly shop_domain: string;
  readonly period: Period;
  readonly currency: string;
  readonly currency_exponent: number;
  readonly total_minor: bigint;
  readonly fraud_level: string | null;
  readonly fraud_codes: string[];
  readonly held_at_ms: bigint;
  readonly decided_as: HoldDecision['action'] | null;
  readonly decided_reason: string | null;
  readonly decided_actor: string | null;
  readonly decided_at_ms: bigint | null;
}

function fromHeldBillRow(row: HeldBillRow): HeldBillView {
  return {
    runId: row.run_id,
    shopId: row.shop_id,
    billId: row.bill_id,
    shopDomain: row.shop_domain,
    period: row.period,
    currency: row.currency,
    currencyExponent: row.currency_exponent,
    totalMinor: row.total_minor,
    fraudLevel: row.fraud_level,
    fraudCodes: row.fraud_codes,
    heldAt: Number(row.held_at_ms),
    decision:
      row.decided_as === null
        ? null
        : {
            action: row.decided_as,
            reason: row.decided_reason ?? '',
            actor: row.decided_actor,
            decidedAt: Number(row.decided_at_ms),
          },
  };
}
