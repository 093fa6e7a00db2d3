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
export const standing = (alias: string, table: string, id: string, pins: string): string => `
  ${within(alias, pins)} and (not ${alias}.contested or not exists (
    select from ${table} earlier
    where earlier.shop_id = ${alias}.shop_id and earlier.${id} = ${alias}.${id} and ${within('earlier', pins)}
      and (earlier.recorded_at_ms, earlier.log_partition, earlier.log_offset)
        < (${alias}.recorded_at_ms, ${alias}.log_partition, ${alias}.log_offset)))`;
