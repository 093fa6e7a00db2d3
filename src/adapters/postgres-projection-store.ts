/** Projections in Postgres: rows and checkpoint in one transaction, which does not wait for the disk. */
import type { TopicName } from '../topics.ts';
import { query, transaction, type Client, type Pool } from './postgres.ts';
import { projectionTransaction, RowChanged } from './postgres-projection-transaction.ts';
import type { NewCompletion, ProjectionStep, ProjectionStore, Rebuild } from './projection-store.ts';
import { completedFromJson } from './read-model-json.ts';
import { createCurrentReadModelTables } from './read-model-changes.ts';
import { READ_MODELS_SCHEMA } from './read-model-tables.ts';
import type { Checkpoint } from './read-models.ts';

const MAX_ATTEMPTS = 10;

/** @param schema an SQL identifier, trusted */
export function createPostgresProjectionStore({
  pool,
  schema = READ_MODELS_SCHEMA,
}: {
  pool: Pool;
  schema?: string;
}): ProjectionStore {
  return {
    ...storeIn(pool, schema),
    async startRebuild() {
      const next = `${schema}_next`;
      await transaction(pool, { durable: true }, async (client) => {
        await client.query(`drop schema if exists ${next}, ${replacedName(schema)} cascade`);
        await client.query(createCurrentReadModelTables(next));
      });
      return rebuildIn(pool, schema, next);
    },
  };
}

function storeIn(pool: Pool, schema: string): Rebuild['store'] {
  return {
    async checkpoint(topic, partition) {
      const { rows } = await query<{ position: bigint }>(
        pool,
        `select position from ${schema}.checkpoints where topic = $1 and partition = $2`,
        [topic, partition],
      );
      return rows[0]?.position ?? 0n;
    },

    async checkpoints() {
      return readCheckpoints((text) => query(pool, text), schema);
    },

    async advance(step, work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await transaction(pool, { durable: false }, async (client) => {
            if (!(await moveCheckpoint(client, schema, step))) return { moved: false };
            return { moved: true, value: await work(projectionTransaction(client, schema, step)) };
          });
        } catch (error) {
          if (!(error instanceof RowChanged) || attempt >= MAX_ATTEMPTS) throw error;
        }
      }
    },

    async unseenCompletions(topic, partition) {
      const { rows } = await query<CompletionRow>(
        pool,
        `select completed::text, source_offset, record_key, record_value, record_headers from run_completions
         where source_topic = $1 and source_partition = $2 and not seen order by source_offset, run_id, revision`,
        [topic, partition],
      );
      return rows.map((row) => fromCompletionRow(row, topic, partition));
    },
  };
}

function rebuildIn(pool: Pool, schema: string, next: string): Rebuild {
  let isSwapped = false;
  return {
    store: storeIn(pool, next),
    async swap() {
      const replaced = await transaction(pool, { durable: true }, async (client) => {
        // Every step begins with the checkpoints: those in hand end first, later ones find the new tables. Readers are
        // not kept waiting: renaming locks no table.
        await client.query(`lock table ${schema}.checkpoints in exclusive mode`);
        const stood = await readCheckpoints((text) => client.query(text), schema);
        await client.query(`alter schema ${schema} rename to ${replacedName(schema)}`);
        await client.query(`alter schema ${next} rename to ${schema}`);
        return stood;
      });
      isSwapped = true;
      await query(pool, `drop schema if exists ${replacedName(schema)} cascade`);
      return replaced;
    },
    async abandon() {
      if (!isSwapped) await query(pool, `drop schema if exists ${next} cascade`);
    },
  };
}

const replacedName = (schema: string) => `${schema}_replaced`;

/** False when the checkpoint does not stand at `from`. Holds its row until the transaction ends. */
async function moveCheckpoint(client: Client, schema: string, step: ProjectionStep): Promise<boolean> {
  const { topic, partition, from, to, newestAt } = step;
  const values = [topic, partition, to, newestAt];
  if (from === 0n) {
    const { rowCount } = await client.query(
      `insert into ${schema}.checkpoints (topic, partition, position, newest_at_ms) values ($1, $2, $3, $4)
       on conflict do nothing`,
      values,
    );
    if (rowCount === 1) return true;
  }
  const { rowCount } = await client.query(
    `update ${schema}.checkpoints set position = $3, newest_at_ms = greatest(newest_at_ms, $4)
     where topic = $1 and partition = $2 and position = $5`,
    [...values, from],
  );
  return rowCount === 1;
}

async function readCheckpoints(
  run: (text: string) => Promise<{ rows: { topic: TopicName; partition: number; position: bigint }[] }>,
  schema: string,
): Promise<Checkpoint[]> {
  const { rows } = await run(`select topic, partition, position from ${schema}.checkpoints order by topic, partition`);
  return rows.map(({ topic, partition, position }) => ({ topic, partition, offset: position }));
}

interface CompletionRow {
  readonly completed: string;
  readonly source_offset: bigint;
  readonly record_key: string;
  readonly record_value: Buffer;
  readonly record_headers: Record<string, string>;
}

function fromCompletionRow(row: CompletionRow, topic: TopicName, partition: number): NewCompletion {
  return {
    completed: completedFromJson(row.completed),
    source: { topic, partition, offset: row.source_offset },
    record: { topic: 'run-events', key: row.record_key, value: row.record_value, headers: row.record_headers },
  };
}
