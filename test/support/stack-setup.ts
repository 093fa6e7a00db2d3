import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { createSchemaRegistry } from '../../src/adapters/schema-registry.ts';
import { stackUp, type StackAddresses } from '../../stack/stack.ts';
import './provided.ts';

/**
 * Gives the stack tests their servers: those named in the environment, when all three are, and otherwise a stack of
 * this run's own, which is gone afterwards however the run ends.
 */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const given = givenServers();
  const { addresses, remove } = given === null ? await ownStack() : { addresses: given, remove: async () => {} };
  provide('kafka', addresses.kafka);
  provide('registry', addresses.registry);
  provide('database', addresses.database);
  return remove;
}

function givenServers(): StackAddresses | null {
  const kafka = process.env['KAFKA_BOOTSTRAP_SERVERS'];
  const registry = process.env['SCHEMA_REGISTRY_URL'];
  const database = process.env['DATABASE_URL'];
  return kafka && registry && database ? { kafka, registry, database } : null;
}

async function ownStack(): Promise<{ addresses: StackAddresses; remove: () => Promise<void> }> {
  const name = `test-${randomBytes(4).toString('hex')}`;
  const directory = fileURLToPath(new URL(`../../.local/${name}`, import.meta.url));
  // Before the first server starts, so that an interrupted start is cleaned up as well. Detached, because an
  // interrupt from the terminal reaches every process of the run, and this one has work to do then.
  const guard = spawn(process.execPath, [fileURLToPath(new URL('./stack-guard.ts', import.meta.url)), directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(guard, 'exit');
  const remove = async () => {
    guard.stdin.end();
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw new Error(`The stack of this run, ${directory}, was not removed.`);
  };
  try {
    const onProgress = ({ message }: { message: string }) => console.error(`[stack] ${message}`);
    const { addresses } = await stackUp({ directory, onProgress });
    // All tests set it up; the first ones would do so at the same moment.
    await createSchemaRegistry({ url: addresses.registry, user: null, password: null }).setGlobalCompatibility();
    return { addresses, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
