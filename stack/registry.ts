import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureJars } from './jars.ts';
import { LOOPBACK } from './ports.ts';
import type { OnProgress } from './progress.ts';
import type { LocalServer } from './server.ts';
import { javaMarker, type StackState } from './state.ts';
import { serverEnvironment } from './toolchain.ts';

/** Apicurio Registry, which speaks the Confluent API under `/apis/ccompat/v7`, with its schemas in an H2 file. */
export function localRegistry({
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
  const home = join(directory, 'registry');
  let runner = '';
  return {
    name: 'registry',
    logPath: join(directory, 'logs', 'registry.log'),
    unreachable: 'REGISTRY_UNREACHABLE',
    prepare: async () => {
      const jars = await ensureJars({ cacheDirectory, set: 'registry', onProgress });
      const name = (await readdir(jars)).find((file) => file.endsWith('-runner.jar'));
      if (name === undefined) throw new Error(`${jars} holds no runner jar; remove it and start again.`);
      runner = join(jars, name);
      await mkdir(join(home, 'tmp'), { recursive: true });
    },
    command: () => ({
      file: java,
      args: [
        '-Xmx256m',
        // It starts faster and stays smaller so; a registry is asked a handful of times.
        '-XX:+UseSerialGC',
        '-XX:TieredStopAtLevel=1',
        '-XX:-UsePerfData',
        javaMarker(directory),
        `-Djava.io.tmpdir=${join(home, 'tmp')}`,
        '-jar',
        runner,
      ],
      env: {
        ...serverEnvironment(),
        QUARKUS_PROFILE: 'prod',
        QUARKUS_HTTP_HOST: LOOPBACK,
        QUARKUS_HTTP_PORT: String(state.servers.registry.ports[0]),
        REGISTRY_DATASOURCE_URL: `jdbc:h2:file:${join(home, 'data', 'registry')}`,
      },
      cwd: home,
    }),
    probe: () => probeRegistry(state),
  };
}

export function registryUrl(state: StackState): string {
  return `http://${LOOPBACK}:${state.servers.registry.ports[0]}/apis/ccompat/v7`;
}

export async function probeRegistry(state: StackState): Promise<void> {
  const response = await fetch(`${registryUrl(state)}/subjects`, { signal: AbortSignal.timeout(3000) });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`The schema registry answers ${response.status}.`);
}
