/**
 * npm run bench [-- --sizes 1000,10000,100000] [--interactions 200] [--poisoned 5000] [--output FILE]: how
 * fast shops are billed, beside what the machine can do at most and beside the loop it replaces, and what poisoned shops
 * cost their neighbours, all in one run. Progress on standard error, the table on standard output, JSON in a file.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { stackDown, stackUp } from '../stack/stack.ts';
import type { Measurement } from './measure.ts';
import type { PoisonedMeasurement } from './poisoned.ts';

/** Runs with and without poison, each over shops of its own. */
const PAIRS = 4;

const fixed = (seconds: number) => seconds.toFixed(2);
const whole = (rate: number) => Math.round(rate).toLocaleString('en');

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,10000,100000' },
    interactions: { type: 'string', default: '0' },
    poisoned: { type: 'string', default: '5000' },
    output: { type: 'string', default: join(root, '.local', 'bench.json') },
  },
});
const sizes = values.sizes.split(',').map(Number);
const isOwnStack = !process.env['KAFKA_BOOTSTRAP_SERVERS'];
const directory = join(root, '.local', 'bench-stack');
const addresses = isOwnStack
  ? (
      await stackUp({
        directory,
        onProgress: ({ phase, message }) =>
          phase === 'ready' &&
          process.stderr.write(`${message}
`),
      })
    ).addresses
  : null;
const environment = addresses
  ? {
      ...process.env,
      KAFKA_BOOTSTRAP_SERVERS: addresses.kafka,
      SCHEMA_REGISTRY_URL: addresses.registry,
      DATABASE_URL: addresses.database,
    }
  : process.env;
try {
  const measurements: Measurement[] = [];
  for (const shops of sizes) {
    process.stderr.write(`measuring ${shops} shops …\n`);
    measurements.push(await measure<Measurement>('measure.ts', [String(shops), values.interactions]));
  }
  let poisoned: PoisonedMeasurement | null = null;
  if (values.poisoned !== '0') {
    process.stderr.write(`measuring ${values.poisoned} shops with one in a hundred poisoned …\n`);
    poisoned = await measure<PoisonedMeasurement>('poisoned.ts', [values.poisoned, String(PAIRS)]);
  }
  report(measurements, poisoned);
} finally {
  if (isOwnStack) await stackDown({ directory, wipe: true });
}

/** Runs a script of this folder in a process of its own; its output is one JSON document. */
function measure<T>(script: string, args: readonly string[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--expose-gc', join(import.meta.dirname, script), ...args], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(output) as T);
      else reject(new Error(`${script} ${args.join(' ')} ended with ${code}`));
    });
  });
}

function report(measurements: readonly Measurement[], poisoned: PoisonedMeasurement | null): void {
  const table = new Table({
    head: ['shops', 'what', 'seconds', 'shops/s', 'pipeline is', 'peak memory'],
    colAligns: ['right', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const { shops, pipelineSeconds, peakMemoryMiB, floors } of measurements) {
    const rate = shops / pipelineSeconds;
    table.push([
      shops,
      'pipeline: trigger to BillingRunCompleted',
      fixed(pipelineSeconds),
      whole(rate),
      '',
      `${peakMemoryMiB} MiB`,
    ]);
    for (const floor of floors) {
      const floorRate = floor.shops / floor.seconds;
      table.push(['', floor.name, fixed(floor.seconds), whole(floorRate), `${(rate / floorRate).toFixed(2)} ×`, '']);
    }
  }
  process.stdout.write(`${table.toString()}\n`);
  if (poisoned !== null) {
    const { shopsARun, poisonedShopsARun, ratio } = poisoned;
    const of = `${poisonedShopsARun} of ${whole(shopsARun)} shops`;
    process.stdout.write(`A run in which ${of} are poisoned takes ${ratio.toFixed(2)} × the time of one without.\n`);
  }
  mkdirSync(dirname(values.output), { recursive: true });
  const machine = { cores: cpus().length, processor: cpus()[0]?.model, node: process.version };
  writeFileSync(
    values.output,
    `${JSON.stringify({ machine, measuredAt: new Date().toISOString(), measurements, poisoned }, null, 2)}\n`,
  );
  process.stderr.write(`written to ${values.output}\n`);
}
