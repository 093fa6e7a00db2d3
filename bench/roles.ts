/**
 * Runs roles in a process of their own until its standard input ends, then prints its peak memory in MiB.
 * Usage: node bench/roles.ts ROLE…
 */
import { silentLogger } from '../src/adapters/logger.ts';
import { loadConfig, ROLES } from '../src/config.ts';
import { openApp } from '../src/main.ts';
import { watchMemory } from './memory.ts';

const asked = process.argv.slice(2);
const app = await openApp({ config: loadConfig(), logger: silentLogger });
const roles = await app.startRoles(ROLES.filter((role) => asked.includes(role)));
const memory = watchMemory();
process.stdout.write('ready\n');
process.stdin.resume();
await new Promise((resolve) => process.stdin.on('end', resolve));
process.stdout.write(`${memory.stop()}\n`);
await roles.stop();
await app.close();
