/** Dead letters in Postgres, and what was done about them. */
import { excluded, unnest, type Column } from './columns.ts';
import { decodeCursor, pageOf } from './cursor.ts';
import { deadLetterIdOf } from './dead-letter-id.ts';
import { insertRows } from './postgres-insert.ts';
import { query, type Client, type Pool } from './postgres.ts';
import type {
  DeadLetterEntry,
  DeadLetterPosition,
  ProjectionTransaction,
  SettledDeadLetter,
} from './projection-store.ts';
import type { DeadLetterFilter, DeadLetterSettlement, DeadLetterView, ReadModels } from './read-models.ts';

const KEY = ['topic', 'partition', 'record_offset'];
const PLACE: Column<{ readonly position: DeadLetterPosition }>[] = [
  ['topic', 'text', ({ position }) => position.topic],
  ['partition', 'int', ({ position }) => position.partition],
  ['record_offset', 'bigint', ({ position }) => position.offset],
];
const ENTRY: Column<DeadLetterEntry>[] = [
  ...PLACE,
  ['settled', 'boolean', () => false],
  ['original_topic', 'text', ({ originalTopic }) => originalTopic],
  ['original_partition', 'int', ({ originalPartition }) => originalPartition],
  ['original_offset', 'bigint', ({ originalOffset }) => originalOffset],
  ['key', 'text', ({ key }) => key],
  ['run_id', 'text', ({ runId }) => runId],
  ['event_id', 'text', ({ eventId }) => eventId],
  ['code', 'text', ({ code }) => code],
  ['message', 'text', ({ message }) => message],
  ['kind', 'text', ({ kind }) => kind],
  ['attempt', 'int', ({ attempt }) => attempt],
  ['redrive_count', 'int', ({ redriveCount }) => redriveCount],
  ['failed_at_ms', 'bigint', ({ failedAt }) => failedAt],
];
const SETTLED: Column<SettledDeadLetter>[] = [
  ...PLACE,
  ['settled', 'boolean', () => true],
  ['settled_as', 'text', ({ action }) => action],
  ['settled_reason', 'text', ({ reason }) => reason],
  ['settled_actor', 'text', ({ actor }) => actor],
  ['settled_at_ms', 'bigint', ({ settledAt }) => settledAt],
];

export function deadLetterWrites(
  client: Client,
  schema: string,
): Pick<ProjectionTransaction, 'saveDeadLetters' | 'settleDeadLetters'> {
  const table = `${schema}.dead_letters`;
  const onPlace = `on conflict (${KEY.join(', ')})`;
  return {
    async saveDeadLetters(entries) {
      const update = `do update set ${excluded(ENTRY, [...KEY, 'settled'])}`;
      await insertRows(client, table, ENTRY, entries, `${onPlace} ${update}`);
    },
    async settleDeadLetters(settled) {
      const update = `do update set ${excluded(SETTLED, KEY)} where not old.settled`;
      await insertRows(client, table, SETTLED, firstOfEach(settled), `${onPlace} ${update}`);
    },
  };
}

/** One statement may touch a row once; rows are locked in the order of their keys. */
function firstOfEach(settled: readonly SettledDeadLetter[]): SettledDeadLetter[] {
  const byPlace = new Map<string, SettledDeadLetter>();
  for (const one of settled) {
    const { topic, partition, offset } = one.position;
    const name = `${topic}/${partition}/${offset.toString().padStart(20, '0')}`;
    if (!byPlace.has(name)) byPlace.set(name, one);
  }
  return [...byPlace].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

export function deadLetterReads(
  pool: Pool,
  schema: string,
): Pick<ReadModels, 'listDeadLetters' | 'findDeadLetters' | 'listDeadLettersOf'> {
  return {
    async listDeadLetters({ where = {}, cursor, limit }) {
      const after = decodeCursor(cursor, ['text', 'integer', 'integer']);
      const values: unknown[] = [limit + 1];
      const conditions = conditionsOf(where, values);
      if (after) {
        const place = after.map((part) => `$${values.push(part)}`);
        conditions.push(`(topic, partition, record_offset) > (${place.join(', ')})`);
      }
      const { rows } = await query<DeadLetterRow>(
        pool,
        `select * from ${schema}.dead_letters where ${conditions.join(' and ')}
         order by topic, partition, record_offset limit $1`,
        values,
      );
      return pageOf(rows, limit, fromDeadLetterRow, ({ deadLetterId }) => deadLetterId.split('/'));
    },

    async findDeadLetters(positions) {
      const {
        names,
        rows: places,
        values,
      } = unnest(
        PLACE,
        positions.map((position) => ({ position })),
      );
      // One statement, so that the letters are those of this very checkpoint.
      const { rows } = await query<Partial<DeadLetterRow> & { folded_up_to: bigint | null }>(
        pool,
        `select folded.position as folded_up_to, found.* from (
           select max(position) as position from ${schema}.checkpoints where topic = 'run-events' and partition = 0
         ) as folded left join (
           select d.* from ${places} as asked (${names}) join ${schema}.dead_letters d using (${names})
           where d.original_topic is not null
         ) as found on true`,
        values,
      );
      const found = rows.filter((row): row is DeadLetterRow & typeof row => typeof row.topic === 'string');
      const byId = new Map(found.map(fromDeadLetterRow).map((letter) => [letter.deadLetterId, letter]));
      return {
        letters: positions.map((position) => byId.get(deadLetterIdOf(position)) ?? null),
        foldedUpTo: rows[0]?.folded_up_to ?? 0n,
      };
    },

    async listDeadLettersOf({ originalTopic, originalPartition, originalOffset }) {
      const { rows } = await query<DeadLetterRow>(
        pool,
        `select * from ${schema}.dead_letters
         where original_topic = $1 and original_partition = $2 and original_offset = $3
         order by failed_at_ms, topic, partition, record_offset`,
        [originalTopic, originalPartition, originalOffset],
      );
      return rows.map(fromDeadLetterRow);
    },
  };
}

/** What the partial index of open dead letters is over. */
export const OPEN_DEAD_LETTER = 'not settled and original_topic is not null';

function conditionsOf(where: DeadLetterFilter, values: unknown[]): string[] {
  const conditions = [where.settled ? 'settled and original_topic is not null' : OPEN_DEAD_LETTER];
  const add = (condition: string, value: unknown) => {
    if (value !== undefined) conditions.push(`${condition} $${values.push(value)}`);
  };
  add('topic =', where.topic);
  add('code =', where.code);
  add('run_id =', where.runId);
  add('event_id =', where.eventId);
  add('failed_at_ms >=', where.from);
  add('failed_at_ms <', where.before);
  return conditions;
}

interface DeadLetterRow {
  readonly topic: string;
  readonly partition: number;
  readonly record_offset: bigint;
  readonly original_topic: string;
  readonly original_partition: number | null;
  readonly original_offset: bigint | null;
  readonly key: string | null;
  readonly run_id: string | null;
  readonly event_id: string | null;
  readonly code: string;
  readonly message: string;
  readonly kind: string;
  readonly attempt: number;
  /** Null in rows that were made before it was kept: nothing had been redriven then. */
  readonly redrive_count: number | null;
  readonly failed_at_ms: bigint;
  readonly settled_as: DeadLetterSettlement['action'] | null;
  readonly settled_reason: string | null;
  readonly settled_actor: string | null;
  readonly settled_at_ms: bigint | null;
}

function fromDeadLetterRow(row: DeadLetterRow): DeadLetterView {
  return {
    deadLetterId: `${row.topic}/${row.partition}/${row.record_offset}`,
    originalTopic: row.original_topic,
    originalPartition: row.original_partition,
    originalOffset: row.original_offset,
    key: row.key,
    runId: row.run_id,
    code: row.code,
    message: row.message,
    kind: row.kind,
    attempt: row.attempt,
    failedAt: Number(row.failed_at_ms),
    redriveCount: row.redrive_count ?? 0,
    eventId: row.event_id,
    settlement:
      row.settled_as === null
        ? null
        : {
            action: row.settled_as,
            reason: row.settled_reason ?? '',
            actor: row.settled_actor,
            settledAt: Number(row.settled_at_ms),
          },
  };
}
