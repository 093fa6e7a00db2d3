import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const OLDEST_JAVA = 17;

/** The Java to run servers with, from `JAVA_HOME` or the path; null when there is none of version 17 or later. */
export function findJava(): string | null {
  const home = process.env['JAVA_HOME'];
  const candidates = [...(home ? [join(home, 'bin', 'java')] : []), 'java'];
  return candidates.find((java) => (javaMajor(java) ?? 0) >= OLDEST_JAVA) ?? null;
}

export function hasMaven(): boolean {
  return spawnSync('mvn', ['-v'], { stdio: 'ignore' }).status === 0;
}

/** Environment for a server: what it needs to run, and none of the settings somebody exported for another. */
export function serverEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'USER', 'LANG', 'TMPDIR', 'JAVA_HOME', 'JAVA_TOOL_OPTIONS'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function javaMajor(java: string): number | null {
  const { stderr, status } = spawnSync(java, ['-version'], { encoding: 'utf8' });
  // "17.0.15", "21-ea"; Java 8 calls itself "1.8.0", which is old enough to be told no as version 1.
  const major = status === 0 ? /version "(\d+)/.exec(stderr)?.[1] : undefined;
  return major === undefined ? null : Number(major);
}
