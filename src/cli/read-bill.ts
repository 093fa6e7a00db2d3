/** The bill of one shop in one run, as it stands in the log. */
import type { Codec } from '../adapters/codec.ts';
import type { Log } from '../adapters/log.ts';
import type { ShopBillCalculated } from '../domain/events.ts';
import type { Pin } from '../domain/log-position.ts';

/**
 * @param since ends of the topic's partitions before the run was asked for, so that little has to be read
 * @returns null when the run made no bill for the shop: it was skipped or failed
 */
export async function readBill({
  log,
  codec,
  dryRun,
  since,
  runId,
  shopId,
}: {
  log: Pick<Log, 'read' | 'endOffsets'>;
  codec: Pick<Codec, 'decode'>;
  dryRun: boolean;
  since: readonly Pin[];
  runId: string;
  shopId: string;
}): Promise<ShopBillCalculated | null> {
  const ends = await log.endOffsets([billTopic(dryRun)]);
  const ranges = ends.map(({ partition, offset: to }) => {
    const from = since.find((pin) => pin.partition === partition)?.offset ?? 0n;
    return { topic: billTopic(dryRun), partition, from, to };
  });
  for await (const records of log.read(ranges)) {
    for (const one of await codec.decode(records.filter(({ key }) => key === shopId))) {
      if (!('message' in one) || one.message.type !== 'ShopBillCalculated') continue;
      if (one.message.data.runId === runId) return one.message.data;
    }
  }
  return null;
}

/** Where bills of dry and of live runs are published. */
export function billTopic(dryRun: boolean): 'dry-run-events' | 'events' {
  return dryRun ? 'dry-run-events' : 'events';
}
