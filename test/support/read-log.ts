/** What stands on the log, read as any other consumer would: committed records from the beginning. */
import type { Decoded } from '../../src/adapters/codec.ts';
import type { App } from '../../src/app.ts';
import type { TopicName } from '../../src/topics.ts';

/** Every committed message of a topic, partition by partition. Fails on a record that cannot be decoded. */
export async function readTopic({ log, codec }: Pick<App, 'log' | 'codec'>, topic: TopicName): Promise<Decoded[]> {
  const ends = await log.endOffsets([topic]);
  const ranges = ends.map(({ partition, offset }) => ({ topic, partition, from: 0n, to: offset }));
  const messages: Decoded[] = [];
  for await (const records of log.read(ranges)) {
    for (const decoded of await codec.decode(records)) {
      if ('problem' in decoded) throw new Error(`${topic}: ${decoded.problem}`);
      messages.push(decoded);
    }
  }
  return messages;
}
