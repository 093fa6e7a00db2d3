/** What the pins of a run let a query see. */
import type { Pin } from '../domain/log-position.ts';
import type { TopicName } from '../topics.ts';

/** Ends of the partitions of one topic, by partition, for `within`; a partition without a pin shows nothing. */
export function pinsOf(topic: TopicName, pins: readonly Pin[]): bigint[] {
  const ends: bigint[] = [];
  for (const pin of pins) {
    if (pin.topic !== topic) continue;
    while (ends.length <= pin.partition) ends.push(0n);
    ends[pin.partition] = pin.offset;
  }
  return ends;
}

/** SQL: the row of `alias` lies within the pins given as a bigint array parameter. */
export const within = (alias: string, pins: string): string =>
  `${alias}.log_offset < (${pins}::bigint[])[${alias}.log_partition + 1]`;

/**
 * SQL: the row of `alias` lies within the pins, and no earlier record of the same id does. Only contested rows are
 * looked at twice.
 * @param id the column that, with the shop, makes the fact the same fact
 */
export const standing = (alias: string, table: string, id: string, pins: string): string =>
  `${within(alias, pins)} and (not ${alias}.contested or ${firstOfItsId(alias, table, id, pins)})`;

/**
 * SQL: a subselect of the rows that stand and lie in the window `w (shop_id, starts, ends)`. Contested and other rows are
 * two branches because each has its own index, and that of the others tells everything without visiting the table.
 */
export const standingIn = (table: string, id: string, columns: string, pins: string): string => {
  const inWindow = `t.shop_id = w.shop_id and t.occurred_at_ms >= w.starts and t.occurred_at_ms < w.ends`;
  return `(
    select ${columns} from ${table} t where ${inWindow} and not t.contested and ${within('t', pins)}
    union all
    select ${columns} from ${table} t where ${inWindow} and t.contested and ${within('t', pins)}
      and ${firstOfItsId('t', table, id, pins)})`;
};

const firstOfItsId = (alias: string, table: string, id: string, pins: string): string => `not exists (
    select from ${table} earlier
    where earlier.shop_id = ${alias}.shop_id and earlier.${id} = ${alias}.${id} and ${within('earlier', pins)}
      and (earlier.recorded_at_ms, earlier.log_partition, earlier.log_offset)
        < (${alias}.recorded_at_ms, ${alias}.log_partition, ${alias}.log_offset))`;
