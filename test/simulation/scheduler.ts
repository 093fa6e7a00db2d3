/**
 * The one scheduler of a simulated world. Whoever wants to go on parks here; when nothing can run any more without it,
 * one of those that are due goes on, chosen by the seed. Time is virtual: it moves when nobody is due, and a little in
 * between. What happened is hashed, so that two runs of a seed can be compared.
 */
import { createHash } from 'node:crypto';
import type { SeededRandom } from '../../src/producers/seeded-random.ts';

/** Whose turn it is: a process, a client, the servers. Turns of a frozen one wait, those of a dead one never come. */
export interface Owner {
  readonly name: string;
  state: 'running' | 'frozen' | 'dead';
}

export interface Scheduler {
  readonly random: SeededRandom;
  /** Epoch milliseconds, virtual. */
  now(): number;
  /** Resolves when the owner's turn comes, at the earliest in `delayMs`. */
  turn(owner: Owner, what: string, delayMs?: number): Promise<void>;
  /** Does `work`, synchronous, as a turn of the owner. Returns how to call it off. */
  later(owner: Owner, what: string, delayMs: number, work: () => void): () => void;
  /** Goes on until `isDone`, which is asked after every step. Returns why it ended. */
  run(isDone: () => boolean, bounds: { maxSteps: number; untilMs?: number }): Promise<'done' | 'idle' | 'too long'>;
  steps(): number;
  /** Hex; equal when everything happened in the same order at the same time. */
  traceHash(): string;
}

interface Parked {
  readonly owner: Owner;
  readonly what: string;
  readonly dueAt: number;
  readonly go: () => void;
}

/** @param onStep is told every step, for whoever wants to read the trace */
export function createScheduler({
  random,
  startAt,
  onStep,
}: {
  random: SeededRandom;
  startAt: number;
  onStep?: (step: { now: number; owner: string; what: string }) => void;
}): Scheduler {
  const trace = createHash('sha256');
  let parked: Parked[] = [];
  let now = startAt;
  let steps = 0;

  function park(owner: Owner, what: string, delayMs: number, go: () => void): Parked {
    const one = { owner, what, dueAt: now + delayMs, go };
    parked.push(one);
    return one;
  }

  const remove = (one: Parked) => void (parked = parked.filter((other) => other !== one));

  function next(untilMs: number): Parked | null {
    parked = parked.filter(({ owner }) => owner.state !== 'dead');
    const awake = parked.filter(({ owner }) => owner.state === 'running');
    if (awake.length === 0) return null;
    const soonest = awake.reduce((least, { dueAt }) => Math.min(least, dueAt), Infinity);
    if (soonest > untilMs) return null;
    now = Math.max(now, soonest);
    return random.pick(awake.filter(({ dueAt }) => dueAt <= now));
  }

  return {
    random,
    now: () => now,
    turn: (owner, what, delayMs = 0) => new Promise((resolve) => park(owner, what, delayMs, resolve)),
    later(owner, what, delayMs, work) {
      const one = park(owner, what, delayMs, work);
      return () => remove(one);
    },
    async run(isDone, { maxSteps, untilMs = Infinity }) {
      for (let step = 0; step < maxSteps; step += 1) {
        await everythingElseRan();
        if (isDone()) return 'done';
        const one = next(untilMs);
        if (one === null) return 'idle';
        remove(one);
        steps += 1;
        trace.update(`${now} ${one.owner.name} ${one.what}\n`);
        onStep?.({ now, owner: one.owner.name, what: one.what });
        one.go();
        if (random.chance(0.1)) now += 1;
      }
      return 'too long';
    },
    steps: () => steps,
    traceHash: () => trace.copy().digest('hex'),
  };
}

/** All promise jobs come before the next macrotask: by then whoever could go on has parked or ended. */
const everythingElseRan = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
