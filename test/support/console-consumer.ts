/** Kafka's own console consumer: what stands committed on a topic, as a program sees it that shares no code with us. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { defaultCacheDirectory, ensureJars } from '../../stack/jars.ts';

export interface SeenRecord {
  /** partition/offset. */
  readonly place: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Ends when nothing more has come for a while. */
const IDLE_MS = 8_000;

/** @param topic with its prefix */
export async function consumeCommitted(bootstrapServers: string, topic: string): Promise<SeenRecord[]> {
  const jars = await ensureJars({ cacheDirectory: defaultCacheDirectory(), set: 'kafka', onProgress: () => {} });
  const child = spawn(
    'java',
    [
      ...['-cp', join(jars, '*'), 'org.apache.kafka.tools.consumer.ConsoleConsumer'],
      ...['--bootstrap-server', bootstrapServers, '--topic', topic, '--from-beginning'],
      ...['--isolation-level', 'read_committed', '--timeout-ms', String(IDLE_MS)],
      ...['--property', 'print.partition=true', '--property', 'print.offset=true'],
      ...['--property', 'print.headers=true', '--property', 'print.key=true', '--property', 'print.value=false'],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let text = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) text += chunk as string;
  return (
    text
      .split('\n')
      // Its own log comes out there, too: that it ends because nothing more came is an error to it.
      .filter((line) => line.startsWith('Partition:'))
      .map((line) => {
        const [partition = '', offset = '', headers = '', key = ''] = line.split('\t');
        const pairs = headers
          .split(',')
          .map((pair) => [pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1)]);
        const place = `${partition.replace('Partition:', '')}/${offset.replace('Offset:', '')}`;
        return { place, key, headers: Object.fromEntries(pairs) as Record<string, string> };
      })
  );
}
