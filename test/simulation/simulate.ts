/** `npm run simulate -- --seed N` repeats one world; `-- --seeds N --from S` goes through many; `--bug` plants one. */
import { parseArgs } from 'node:util';
import { PLANTED_BUGS, type BugName } from './planted-bug.ts';
import { simulate } from './simulation.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    bug: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});
const from = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
if (![from, count].every((number) => Number.isSafeInteger(number) && number >= 0)) {
  console.error('--seed, --seeds and --from take whole numbers');
  process.exit(2);
}

const bug = values.bug === undefined ? null : PLANTED_BUGS[values.bug as BugName];
if (bug === undefined) {
  console.error(`--bug takes one of: ${Object.keys(PLANTED_BUGS).join(', ')}`);
  process.exit(2);
}

const startedAt = performance.now();
const failed: number[] = [];
let steps = 0;
const faults = new Map<string, number>();
const outcomes = new Map<string, number>();
for (let seed = from; seed < from + count; seed += 1) {
  const onStep = (step: object) => console.log(Object.values(step).join(' '));
  const result = await simulate(seed, { bug: bug?.() ?? null, ...(values.trace && { onStep }) });
  steps += result.steps;
  for (const [what, times] of result.outcomes) outcomes.set(what, (outcomes.get(what) ?? 0) + times);
  for (const [what, times] of result.faults) faults.set(what, (faults.get(what) ?? 0) + times);
  if (result.violations.length > 0) {
    failed.push(seed);
    console.log(`Seed ${seed} failed after ${result.steps} steps:`);
    for (const violation of result.violations.slice(0, 10)) console.log(`  ${violation}`);
    console.log(`  again: npm run simulate -- --seed ${seed}`);
  } else if (count === 1) console.log(`Seed ${seed} survived: ${result.steps} steps, trace ${result.traceHash}`);
  const done = seed - from + 1;
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${count} seeds, ${failed.length} failed `);
}
const seconds = (performance.now() - startedAt) / 1_000;
console.log(
  `${count} seeds in ${seconds.toFixed(1)} s (${steps} steps): ${failed.length === 0 ? 'all survived' : `${failed.length} failed: ${failed.slice(0, 50).join(', ')}`}`,
);
for (const tally of [faults, outcomes]) console.log([...tally].map(([what, times]) => `${times} × ${what}`).join(', '));
process.exitCode = failed.length === 0 ? 0 : 1;
