/** Publication marks in Postgres. Kafka has the newest ones too, so nobody waits for the disk. */
import { query, transaction, type Pool } from './postgres.ts';
import type { PublicationMarks } from './publication-marks.ts';

export function createPostgresPublicationMarks({ pool }: { pool: Pool }): PublicationMarks {
  return {
    load: async (group, topic, partition) => {
      const { rows } = await query<{ published_below: bigint }>(
        pool,
        'select published_below from publication_marks where consumer_group = $1 and topic = $2 and partition = $3',
        [group, topic, partition],
      );
      return rows[0]?.published_below ?? 0n;
    },
    advance: (group, topic, partition, offset) =>
      transaction(pool, { durable: false }, async (client) => {
        await client.query(
          `insert into publication_marks as known (consumer_group, topic, partition, published_below)
           values ($1, $2, $3, $4)
           on conflict (consumer_group, topic, partition)
             do update set published_below = greatest(known.published_below, excluded.published_below)`,
          [group, topic, partition, offset],
        );
      }),
  };
}
