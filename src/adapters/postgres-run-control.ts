/** Run control in Postgres. Its tables are in migrations/0005-decisions.ts and 0006-run-control.ts. */
import { query, transaction, type Client, type Pool } from './postgres.ts';
import type { CancelledRun, CancelOrder, Issuing, IssuingChange, IssuingOrder, RunControl } from './run-control.ts';

export function createPostgresRunControl({ pool }: { pool: Pool }): RunControl {
  const change = (paused: boolean, order: IssuingOrder) =>
    transaction(pool, { durable: true }, (client) => changeIssuing(client, paused, order));
  return {
    cancel: (order) =>
      transaction(pool, { durable: true }, async (client) => {
        // The register holds this row `for share` while it records: what it records later knows of the cancellation.
        await closeGate(client);
        const { rows } = await client.query<RunRow & { finished: boolean }>(
          `select ${CANCELLED_COLUMNS}, ${IS_FINISHED} as finished from billing_runs where run_id = $1 for update`,
          [order.runId],
        );
        const [run] = rows;
        if (run === undefined) return { result: 'unplanned' };
        const known = toCancelledRun(run);
        if (known !== null) return { result: 'cancelled', run: known };
        if (run.finished) return { result: 'finished' };
        return { result: 'cancelled', run: await markCancelled(client, order) };
      }),

    cancelledRun: async (runId) => {
      const { rows } = await query<RunRow>(pool, `select ${CANCELLED_COLUMNS} from billing_runs where run_id = $1`, [
        runId,
      ]);
      return rows[0] ? toCancelledRun(rows[0]) : null;
    },

    pause: (order) => change(true, order),
    resume: (order) => change(false, order),

    issuing: async () => {
      const { rows } = await query<IssuingRow>(pool, 'select * from issuing_control');
      return toIssuing(rows[0]!);
    },

    restoreCancelled: async ({ runId, requestId, reason, actor, cancelledAt }) => {
      await query(
        pool,
        `update billing_runs set cancelled_at_ms = $2, cancel_request = $3, cancel_reason = $4, cancel_actor = $5
         where run_id = $1 and cancelled_at_ms is null`,
        [runId, cancelledAt, requestId, reason, actor],
      );
    },

    restoreIssuing: (told) =>
      transaction(pool, { durable: true }, async (client) => {
        await closeGate(client);
        const { rows } = await client.query<IssuingRow>('select * from issuing_control for update');
        if (rows[0]!.revision < told.revision) await writeChange(client, told, { announced: true });
      }),

    unannouncedChanges: async () => {
      const { rows } = await query<ChangeRow>(
        pool,
        'select * from issuing_changes where not announced order by revision',
      );
      return rows.map(toChange);
    },

    noteAnnounced: async (revision) => {
      await query(pool, 'update issuing_changes set announced = true where not announced and revision <= $1', [
        revision,
      ]);
    },
  };
}

const CANCELLED_COLUMNS = 'run_id, cancelled_at_ms, cancel_request, cancel_reason, cancel_actor';

/** A dry run leaves no trace in the register: only its completion tells. A run without shops has nothing else either. */
const IS_FINISHED = `(
  exists (select from run_completions where run_completions.run_id = billing_runs.run_id)
  or expected_shops > 0 and not dry_run and expected_shops <=
    (select count(*) from bill_register where bill_register.run_id = billing_runs.run_id and current)
)`;

async function markCancelled(client: Client, order: CancelOrder): Promise<CancelledRun> {
  const { runId, requestId, reason, actor, at } = order;
  await client.query(
    `update billing_runs set cancelled_at_ms = $2, cancel_request = $3, cancel_reason = $4, cancel_actor = $5
     where run_id = $1`,
    [runId, at, requestId, reason, actor],
  );
  return { runId, requestId, reason, actor, cancelledAt: at };
}

/**
 * Waits for what is being recorded, and has what comes later wait. Everybody queues for the lock of the table, which
 * recording shares: at the rows alone, one sharer after another could keep us waiting for ever.
 */
const closeGate = (client: Client) => client.query('lock table issuing_control in exclusive mode');

async function changeIssuing(client: Client, paused: boolean, { reason, actor, at }: IssuingOrder) {
  await closeGate(client);
  const { rows } = await client.query<IssuingRow>('select * from issuing_control for update');
  const { paused: wasPaused, revision } = rows[0]!;
  if (wasPaused === paused) return { revision, changed: false };
  await writeChange(client, { paused, reason, actor, changedAt: at, revision: revision + 1 }, { announced: false });
  return { revision: revision + 1, changed: true };
}

async function writeChange(
  client: Client,
  { paused, reason, actor, changedAt, revision }: IssuingChange,
  { announced }: { announced: boolean },
): Promise<void> {
  const values = [paused, reason, actor, changedAt, revision];
  await client.query(
    'update issuing_control set paused = $1, reason = $2, actor = $3, changed_at_ms = $4, revision = $5',
    values,
  );
  await client.query(
    `insert into issuing_changes (paused, reason, actor, changed_at_ms, revision, announced)
     values ($1, $2, $3, $4, $5, $6)`,
    [...values, announced],
  );
}

interface RunRow {
  readonly run_id: string;
  readonly cancelled_at_ms: bigint | null;
  readonly cancel_request: string | null;
  readonly cancel_reason: string | null;
  readonly cancel_actor: string | null;
}

function toCancelledRun(row: RunRow): CancelledRun | null {
  if (row.cancelled_at_ms === null) return null;
  return {
    runId: row.run_id,
    requestId: row.cancel_request ?? '',
    reason: row.cancel_reason ?? '',
    actor: row.cancel_actor,
    cancelledAt: Number(row.cancelled_at_ms),
  };
}

interface IssuingRow {
  readonly paused: boolean;
  readonly revision: number;
  readonly reason: string | null;
  readonly actor: string | null;
  readonly changed_at_ms: bigint | null;
}

function toIssuing({ paused, revision, reason, actor, changed_at_ms }: IssuingRow): Issuing {
  // The row is there from the beginning; what it says of a change nobody made is nothing.
  if (revision === 0) return { paused, revision, reason: null, actor: null, changedAt: null };
  return { paused, revision, reason, actor, changedAt: Number(changed_at_ms) };
}

interface ChangeRow {
  readonly revision: number;
  readonly paused: boolean;
  readonly reason: string;
  readonly actor: string | null;
  readonly changed_at_ms: bigint;
}

const toChange = ({ revision, paused, reason, actor, changed_at_ms }: ChangeRow): IssuingChange => ({
  ...{ revision, paused, reason, actor },
  changedAt: Number(changed_at_ms),
});
