import { setTimeout as delay } from 'node:timers/promises';
import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';
import { BillingError } from '../src/errors.ts';
import { jarVersion } from './jars.ts';
import { choosePorts, LOOPBACK } from './ports.ts';
import { SERVER_NAMES, SERVER_TITLES, type OnProgress, type ServerName } from './progress.ts';
import { takenPorts } from './server.ts';
import { stackMarker, writeState, type StackState } from './state.ts';

const HEALTHY_MS = 60_000;

/** Publishes its ports on the loopback address only; testcontainers would publish them on every one. */
class LoopbackContainer extends GenericContainer {
  publish(ports: readonly { container: number; host: number }[]): this {
    this.withExposedPorts(...ports);
    this.hostConfig.PortBindings = Object.fromEntries(
      ports.map(({ container, host }) => [`${container}/tcp`, [{ HostIp: LOOPBACK, HostPort: String(host) }]]),
    );
    return this;
  }
}

/**
 * The same three servers as containers with fixed names. Reused ones are left out of testcontainers' clean-up, so they
 * survive the command; a stopped one is started again with its data.
 */
export async function startContainers({
  directory,
  state,
  onProgress,
  isHealthy,
}: {
  directory: string;
  state: StackState;
  onProgress: OnProgress;
  isHealthy: () => Promise<boolean>;
}): Promise<void> {
  for (const name of SERVER_NAMES) {
    // A container keeps the port it was created with.
    if (state.servers[name].ports[0] !== null) continue;
    state.servers[name].ports = await choosePorts([null], takenPorts(state, name));
  }
  writeState(directory, state);
  const containers = await describeContainers(directory, state);
  await Promise.all(
    SERVER_NAMES.map(async (server) => {
      onProgress({ server, phase: 'starting', message: `starting ${SERVER_TITLES[server]} in a container` });
      await containers[server].start();
      onProgress({ server, phase: 'ready', message: `${SERVER_TITLES[server]} is up` });
    }),
  );
  const deadline = Date.now() + HEALTHY_MS;
  while (!(await isHealthy())) {
    if (Date.now() > deadline) throw new BillingError('UNAVAILABLE', 'The containers run but do not answer.');
    await delay(250);
  }
}

/** Stops the containers, which keep their data, or with `wipe` removes them and it. Names what it stopped. */
export async function stopContainers({ directory, wipe }: { directory: string; wipe: boolean }): Promise<ServerName[]> {
  const { container: client } = await getContainerRuntimeClient();
  const containers = await client.dockerode.listContainers({
    all: true,
    filters: { label: [`billing.stack=${stackMarker(directory)}`] },
  });
  await Promise.all(
    containers.map(async ({ Id, State }) => {
      const container = client.getById(Id);
      if (State === 'running') await client.stop(container, { timeout: 30_000 });
      if (wipe) await client.remove(container, { removeVolumes: true });
    }),
  );
  const running = containers.filter(({ State }) => State === 'running').flatMap(({ Names }) => Names);
  return SERVER_NAMES.filter((server) => running.some((name) => name.endsWith(`-${server}`)));
}

async function describeContainers(
  directory: string,
  state: StackState,
): Promise<Record<ServerName, LoopbackContainer>> {
  const port = (server: ServerName): number => state.servers[server].ports[0] ?? 0;
  const marker = stackMarker(directory);
  const container = (server: ServerName, image: string, inside: number) =>
    new LoopbackContainer(image)
      .withName(`${marker}-${server}`)
      .withLabels({ 'billing.stack': marker })
      .withReuse()
      .withAutoRemove(false)
      .withStartupTimeout(180_000)
      .publish([{ container: inside, host: port(server) }]);

  return {
    kafka: container('kafka', `apache/kafka:${await jarVersion('kafka')}`, 9092)
      .withEnvironment({
        CLUSTER_ID: state.kafkaClusterId,
        KAFKA_HEAP_OPTS: '-Xmx512m',
        KAFKA_NODE_ID: '1',
        KAFKA_PROCESS_ROLES: 'broker,controller',
        KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
        KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://${LOOPBACK}:${port('kafka')}`,
        KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
        KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT',
        KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
        KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
        KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
        KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
        KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '8',
        KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
        KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
        KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS: '8',
        KAFKA_TRANSACTION_ABORT_TIMED_OUT_TRANSACTION_CLEANUP_INTERVAL_MS: '1000',
        KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      })
      .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/)),
    registry: container('registry', `apicurio/apicurio-registry-mem:${await jarVersion('registry')}`, 8080)
      // The "mem" image is Apicurio on H2; given a file, H2 keeps the schemas as long as the container is kept.
      .withEnvironment({ QUARKUS_PROFILE: 'prod', REGISTRY_DATASOURCE_URL: 'jdbc:h2:file:/tmp/registry/data' })
      .withWaitStrategy(Wait.forHttp('/apis/ccompat/v7/subjects', 8080).forStatusCode(200)),
    postgres: container('postgres', 'postgres:18', 5432)
      .withEnvironment({
        POSTGRES_USER: 'billing',
        POSTGRES_DB: 'billing',
        POSTGRES_PASSWORD: state.postgresPassword,
        TZ: 'UTC',
      })
      .withCommand(['postgres', '-c', 'shared_buffers=256MB', '-c', 'max_connections=200', '-c', 'max_wal_size=2GB'])
      .withWaitStrategy(Wait.forListeningPorts()),
  };
}
