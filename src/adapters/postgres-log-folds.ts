/** How far the log was folded, in Postgres. Its table is in migrations/0010-log-folds.ts. */
import type { Pin } from '../domain/log-position.ts';
import type { LogFolds } from './log-folds.ts';
import { query, transaction, type Pool } from './postgres.ts';

export function createPostgresLogFolds({ pool }: { pool: Pool }): LogFolds {
  return {
    positions: async () => {
      const { rows } = await query<Pin>(pool, 'select topic, partition, next_offset as offset from log_folds');
      return rows;
    },
    move: (positions) =>
      transaction(pool, { durable: false }, async (client) => {
        const sorted = [...positions].sort(
          (a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : 0) || a.partition - b.partition,
        );
        await client.query(
          `insert into log_folds as known (topic, partition, next_offset)
           select * from unnest($1::text[], $2::int[], $3::bigint[])
           on conflict (topic, partition) do update set next_offset = greatest(known.next_offset, excluded.next_offset)`,
          [
            sorted.map(({ topic }) => topic),
            sorted.map(({ partition }) => partition),
            sorted.map(({ offset }) => offset),
          ],
        );
      }),
  };
}
