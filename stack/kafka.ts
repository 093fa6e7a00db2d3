import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { BillingError } from '../src/errors.ts';
import { ensureJars } from './jars.ts';
import { countUnavailablePartitions, fetchKafkaMetadata } from './kafka-wire.ts';
import { LOOPBACK } from './ports.ts';
import type { OnProgress } from './progress.ts';
import type { LocalServer } from './server.ts';
import { javaMarker, type StackState } from './state.ts';
import { serverEnvironment } from './toolchain.ts';
import { makeWholeDirectory } from './whole-directory.ts';

const RECOVERY_MS = 60_000;

/** Apache Kafka: one node, broker and controller at once. */
export function localKafka({
  directory,
  cacheDirectory,
  java,
  state,
  onProgress,
}: {
  directory: string;
  cacheDirectory: string;
  java: string;
  state: StackState;
  onProgress: OnProgress;
}): LocalServer {
  const home = join(directory, 'kafka');
  const data = join(home, 'data');
  const slot = state.servers.kafka;
  const marker = javaMarker(directory);
  let jars = '';

  const format = async (draft: string): Promise<void> => {
    const properties = join(home, 'format.properties');
    await writeFile(properties, serverProperties({ ports: slot.ports, data: draft }));
    const tool = [marker, '-cp', join(jars, '*'), 'kafka.tools.StorageTool', 'format', '--standalone'];
    // One word: an id may begin with a dash, and would be taken for an option.
    await promisify(execFile)(java, [...tool, `--cluster-id=${state.kafkaClusterId}`, '-c', properties], {
      env: serverEnvironment(),
      timeout: 60_000,
    });
  };

  return {
    name: 'kafka',
    logPath: join(directory, 'logs', 'kafka.log'),
    unreachable: 'KAFKA_UNREACHABLE',
    prepare: async () => {
      jars = await ensureJars({ cacheDirectory, set: 'kafka', onProgress });
      await mkdir(join(home, 'tmp'), { recursive: true });
      await writeFile(join(home, 'log4j2.properties'), LOG4J);
      if (!existsSync(data)) {
        onProgress({ server: 'kafka', phase: 'preparing', message: 'formatting the log directory of Kafka' });
        state.wasReady = false;
        await makeWholeDirectory(data, format);
      }
      await writeFile(join(home, 'server.properties'), serverProperties({ ports: slot.ports, data }));
    },
    command: () => ({
      file: java,
      args: [
        '-Xmx512m',
        '-XX:-UsePerfData',
        marker,
        `-Djava.io.tmpdir=${join(home, 'tmp')}`,
        `-Dlog4j2.configurationFile=${join(home, 'log4j2.properties')}`,
        '-cp',
        join(jars, '*'),
        'kafka.Kafka',
        join(home, 'server.properties'),
      ],
      env: serverEnvironment(),
      cwd: home,
    }),
    probe: () => probeKafka(state),
    complete: () => waitForPartitions(slot.ports[0] ?? 0),
  };
}

/** Healthy: the broker is in its cluster, the cluster is ours, and clients are sent to the port we give out. */
export async function probeKafka(state: StackState): Promise<void> {
  const port = state.servers.kafka.ports[0];
  if (!port) throw new Error('Kafka has no port yet.');
  const { brokers, clusterId } = await fetchKafkaMetadata(port);
  if (clusterId !== state.kafkaClusterId) throw new Error(`Port ${port} belongs to Kafka cluster ${clusterId}.`);
  if (!brokers.includes(`${LOOPBACK}:${port}`)) throw new Error('The broker has not joined its cluster yet.');
}

/** After a crash a broker is in its cluster well before all logs are recovered and all partitions can be used. */
async function waitForPartitions(port: number): Promise<void> {
  const deadline = Date.now() + RECOVERY_MS;
  for (;;) {
    const { topics } = await fetchKafkaMetadata(port);
    const unavailable = await countUnavailablePartitions(port, topics);
    if (unavailable === 0) return;
    if (Date.now() > deadline) {
      throw new BillingError('KAFKA_UNREACHABLE', `Kafka runs, but ${unavailable} partitions are unavailable.`);
    }
    await delay(100);
  }
}

function serverProperties({ ports, data }: { ports: readonly (number | null)[]; data: string }): string {
  const [client, controller] = ports;
  const listeners = `PLAINTEXT://${LOOPBACK}:${client},CONTROLLER://${LOOPBACK}:${controller}`;
  return `${Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `${LOOPBACK}:${controller}`,
    listeners,
    'advertised.listeners': listeners,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': data,
    'auto.create.topics.enable': false,
    // One node: nothing to replicate to, nobody to wait for.
    'default.replication.factor': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    // A laptop: few internal partitions, few threads, and a log cleaner that does not take a quarter of the heap.
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.num.partitions': 8,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
    // An abandoned transaction holds up its readers until it is aborted; the default looks every ten seconds.
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': 1000,
  })
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\n`;
}

const LOG4J = `appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %-5p %c{1} %m%n
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
`;
