/**
 * What the machine can do at most, measured in the same run as the product: the floors a pipeline cannot be faster
 * than, and the loop over a database it replaces. All on the facts that the pipeline billed.
 */
import { CompressionTypes, Kafka, logLevel, type EachBatchPayload } from 'kafkajs';
import type { Pool } from 'pg';

export interface Floor {
  readonly name: string;
  readonly shops: number;
  readonly seconds: number;
}

const BATCH = 500;

/** kafkajs alone: consume 500 commands, produce two records for each and commit the offset, in one transaction. */
export async function passThrough({
  brokers,
  shops,
  prefix,
}: {
  brokers: string[];
  shops: number;
  prefix: string;
}): Promise<Floor> {
  const partitions = 4;
  const kafka = new Kafka({
    clientId: 'bench-floor',
    brokers,
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 10, retries: 20 },
  });
  const [input, output] = [`${prefix}floor.in`, `${prefix}floor.out`];
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [input, output].map((topic) => ({ topic, numPartitions: partitions })),
    waitForLeaders: false,
  });
  await admin.disconnect();
  const filler = kafka.producer({ idempotent: true });
  await filler.connect();
  for (let sent = 0; sent < shops; sent += 5_000) {
    const messages = Array.from({ length: Math.min(5_000, shops - sent) }, (_, i) => ({
      partition: (sent + i) % partitions,
      value: Buffer.alloc(100, 1),
    }));
    await filler.send({ topic: input, messages, compression: CompressionTypes.None });
  }
  await filler.disconnect();

  const groupId = `${prefix}floor`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50, rebalanceTimeout: 5_000 });
  const producers = await Promise.all(
    Array.from({ length: partitions }, async (_, partition) => {
      const producer = kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        transactionalId: `${groupId}.${partition}`,
      });
      await producer.connect();
      return producer;
    }),
  );
  await consumer.connect();
  await consumer.subscribe({ topic: input, fromBeginning: true });
  const bill = Buffer.alloc(400, 2);
  let seen = 0;
  let startedAt = 0;
  const eachBatch = async ({ batch, resolveOffset, heartbeat }: EachBatchPayload) => {
    startedAt ||= performance.now();
    for (let from = 0; from < batch.messages.length; from += BATCH) {
      const slice = batch.messages.slice(from, from + BATCH);
      const transaction = await producers[batch.partition]!.transaction();
      await transaction.send({ topic: output, messages: slice.flatMap(() => [{ value: bill }, { value: bill }]) });
      const next = (BigInt(slice.at(-1)!.offset) + 1n).toString();
      await transaction.sendOffsets({
        consumerGroupId: groupId,
        topics: [{ topic: input, partitions: [{ partition: batch.partition, offset: next }] }],
      });
      await transaction.commit();
      resolveOffset(slice.at(-1)!.offset);
      seen += slice.length;
      if (seen >= shops) finish();
    }
    await heartbeat();
  };
  let finish: () => void = () => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: partitions,
    eachBatch,
  });
  await finished;
  const seconds = (performance.now() - startedAt) / 1_000;
  await consumer.disconnect();
  await Promise.all(producers.map((producer) => producer.disconnect()));
  return { name: 'kafkajs: consume, produce two, commit, in transactions', shops, seconds };
}

/** One statement that only counts, shop by shop, the purchases and interactions that are billed and checked. */
export async function countFacts(pool: Pool, { shops, start, end }: Work): Promise<Floor> {
  const startedAt = performance.now();
  await pool.query(
    `select shop_id, count(*) from (
       select shop_id from interactions where occurred_at_ms >= $1 and occurred_at_ms < $2
       union all select shop_id from purchases where occurred_at_ms >= $1 and occurred_at_ms < $2
     ) facts group by shop_id`,
    [start, end],
  );
  return { name: 'SQL: count the same facts', shops, seconds: (performance.now() - startedAt) / 1_000 };
}

/** One statement: sum and store every shop, with no rule, no number, no event. */
export async function oneStatement(pool: Pool, { shops, start, end }: Work): Promise<Floor> {
  await pool.query(
    'drop table if exists bench_out; create unlogged table bench_out (shop_id text, orders bigint, fee numeric)',
  );
  const startedAt = performance.now();
  await pool.query(
    `insert into bench_out select shop_id, count(*), round(sum(attributed_minor) * 0.03)
     from purchases where occurred_at_ms >= $1 and occurred_at_ms < $2 group by shop_id`,
    [start, end],
  );
  return { name: 'SQL: one insert … select … group by', shops, seconds: (performance.now() - startedAt) / 1_000 };
}

export interface Work {
  readonly shops: number;
  readonly shopIds: readonly string[];
  readonly start: number;
  readonly end: number;
}

/** Batches of 500 through the driver, four at a time: sum, compute a fee, insert. */
export async function batchedSql(pool: Pool, { shops, shopIds, start, end }: Work): Promise<Floor> {
  await pool.query(
    'drop table if exists bench_out; create table bench_out (shop_id text primary key, orders bigint, fee bigint)',
  );
  const startedAt = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < shopIds.length) {
      const batch = shopIds.slice(next, (next += BATCH));
      const sums = await pool.query<{ shop_id: string; orders: string; attributed: string }>(
        `select p.shop_id, count(*) as orders, sum(p.attributed_minor)::text as attributed
         from unnest($1::text[]) as asked(shop_id)
         join purchases p on p.shop_id = asked.shop_id and p.occurred_at_ms >= $2 and p.occurred_at_ms < $3
         group by p.shop_id`,
        [batch, start, end],
      );
      await pool.query('insert into bench_out select * from unnest($1::text[], $2::bigint[], $3::bigint[])', [
        sums.rows.map((row) => row.shop_id),
        sums.rows.map((row) => row.orders),
        sums.rows.map((row) => ((BigInt(row.attributed) * 3n) / 100n).toString()),
      ]);
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  return { name: 'SQL: batches of 500 through the driver', shops, seconds: (performance.now() - startedAt) / 1_000 };
}

/** The loop it replaces: ten concurrent workers, five statements a shop. */
export async function shopByShop(pool: Pool, { shopIds, start, end }: Work): Promise<Floor> {
  await pool.query(
    'drop table if exists bench_out; create table bench_out (shop_id text primary key, orders bigint, fee bigint, status text)',
  );
  const sample = shopIds.slice(0, 5_000);
  const startedAt = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < sample.length) {
      const shopId = sample[next++]!;
      const values = [shopId, start, end];
      await pool.query('select status from shop_registrations where shop_id = $1', [shopId]);
      await pool.query('select terms from plan_versions where shop_id = $1', [shopId]);
      const { rows } = await pool.query<{ orders: string; attributed: string }>(
        `select count(*) as orders, coalesce(sum(attributed_minor), 0)::text as attributed from purchases
         where shop_id = $1 and occurred_at_ms >= $2 and occurred_at_ms < $3`,
        values,
      );
      await pool.query(
        'select count(*) from refunds where shop_id = $1 and occurred_at_ms >= $2 and occurred_at_ms < $3',
        values,
      );
      const fee = (BigInt(rows[0]!.attributed) * 3n) / 100n;
      await pool.query(`insert into bench_out values ($1, $2, $3, 'pending')`, [
        shopId,
        rows[0]!.orders,
        fee.toString(),
      ]);
    }
  };
  await Promise.all(Array.from({ length: 10 }, worker));
  return {
    name: 'the loop it replaces: ten workers, five statements a shop',
    shops: sample.length,
    seconds: (performance.now() - startedAt) / 1_000,
  };
}
