/** Partitions for kafkajs: the one given, or the key's. Deterministic, because kafkajs asks again when it retries. */
import type { ICustomPartitioner } from 'kafkajs';
import { partitionOf } from './murmur2.ts';

export const createPartitioner: ICustomPartitioner =
  () =>
  ({ partitionMetadata, message }) =>
    message.partition ?? partitionOf(message.key?.toString() ?? null, partitionMetadata.length);
