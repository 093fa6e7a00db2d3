import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BillingError } from '../src/errors.ts';
import { withLock } from './lock.ts';
import type { OnProgress } from './progress.ts';
import { makeWholeDirectory } from './whole-directory.ts';

/** The two servers that Maven brings, named as the executions of pom.xml. */
export type JarSet = 'kafka' | 'registry';

const SETS = {
  kafka: { title: 'Kafka', server: 'kafka', size: '54 MB', goal: 'dependency:copy-dependencies@kafka' },
  registry: { title: 'Apicurio Registry', server: 'registry', size: '136 MB', goal: 'dependency:unpack@registry' },
} as const;

const DOWNLOAD_LIMIT_MS = 15 * 60_000;
const SHOWN_LINES = 15;

/** Shared by all stacks of a checkout; an installed package keeps its jars in the user's cache. */
export function defaultCacheDirectory(): string {
  const overridden = process.env['BILLING_STACK_CACHE'];
  if (overridden) return overridden;
  const root = fileURLToPath(new URL('..', pomUrl()));
  const installed = root.includes(`${sep}node_modules${sep}`);
  return installed ? join(homedir(), '.cache', 'billing-scheduler') : join(root, '.local', 'cache');
}

export async function jarVersion(set: JarSet): Promise<string> {
  const version = new RegExp(`<${set}\\.version>(.+?)<`).exec(await readFile(pomUrl(), 'utf8'))?.[1];
  if (version === undefined) throw new Error(`pom.xml names no ${set}.version.`);
  return version;
}

/**
 * Where the jars of a set lie once they are there: a directory with this name is always complete. The name follows
 * the content of pom.xml, so that an edited one is heeded.
 */
export async function jarDirectory(cacheDirectory: string, set: JarSet): Promise<string> {
  const pom = createHash('sha256')
    .update(await readFile(pomUrl()))
    .digest('hex')
    .slice(0, 8);
  return join(cacheDirectory, `${set}-${await jarVersion(set)}-${pom}`);
}

/**
 * Makes sure that the jars are in the cache and answers their directory. Any number of processes may ask at once.
 * Throws SETUP_MISSING with Maven's last lines when it cannot bring them.
 */
export async function ensureJars({
  cacheDirectory,
  set,
  onProgress,
}: {
  cacheDirectory: string;
  set: JarSet;
  onProgress: OnProgress;
}): Promise<string> {
  const directory = await jarDirectory(cacheDirectory, set);
  if (existsSync(directory)) return directory;
  const { title, server, size, goal } = SETS[set];
  const tell = (message: string) => onProgress({ server, phase: 'downloading', message });
  // One Maven at a time: two would write the same files of one local repository.
  const onWait = () => tell(`waiting for another download before ${title}`);
  return withLock({ path: join(cacheDirectory, 'lock'), onWait }, async () => {
    if (existsSync(directory)) return directory;
    const label = `downloading ${title} ${await jarVersion(set)} (${size})`;
    tell(`${label} …`);
    const startedAt = Date.now();
    const ticker = setInterval(() => tell(`${label} … ${Math.round((Date.now() - startedAt) / 1000)} s`), 1000);
    try {
      await makeWholeDirectory(directory, (draft) =>
        runMaven(title, ['-f', fileURLToPath(pomUrl()), `-Dwork.directory=${draft}`, goal]),
      );
    } finally {
      clearInterval(ticker);
    }
    return directory;
  });
}

async function runMaven(title: string, args: readonly string[]): Promise<void> {
  const maven = spawn('mvn', ['-q', '-B', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: DOWNLOAD_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  const output: Buffer[] = [];
  maven.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  maven.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const failure = await new Promise<string | null>((resolve) => {
    maven.once('error', (error) => resolve(error.message));
    maven.once('close', (code, signal) => resolve(code === 0 ? null : `exit ${code ?? signal}`));
  });
  if (failure === null) return;
  const lines = Buffer.concat(output).toString('utf8').trim().split('\n').slice(-SHOWN_LINES);
  throw new BillingError('SETUP_MISSING', [`Maven could not bring ${title} (${failure}):`, ...lines].join('\n  '));
}

/** Beside this file in a checkout; the compiled file lies in `dist/stack`. */
function pomUrl(): URL {
  const here = new URL('./pom.xml', import.meta.url);
  return existsSync(here) ? here : new URL('../../stack/pom.xml', import.meta.url);
}
