/** One process of a simulated world: what it awaits goes through the scheduler, where it may fail, freeze or die. */
import type { Clock } from '../../src/adapters/clock.ts';
import { BillingError } from '../../src/errors.ts';
import { drawDelayMs, type FaultRates, type Server } from './faults.ts';
import type { Owner, Scheduler } from './scheduler.ts';

/** What its processes share: the scheduler, the faults of the moment, and which servers are away. */
export interface Weather {
  readonly scheduler: Scheduler;
  rates(): FaultRates;
  isAway(server: Server): boolean;
  /** Counts what went wrong, so that nobody takes a quiet world for a survived one. */
  count(what: string): void;
}

export interface SimulatedProcess extends Owner {
  /** Waits for the next turn. @throws BillingError when the server is away, or the call fails here */
  turn(what: string, server: Server | null, moment?: 'before' | 'after'): Promise<void>;
  /** Does `work` between two turns: it may fail before it took effect, or after. */
  call<T>(what: string, server: Server, work: () => Promise<T>): Promise<T>;
  readonly clock: Clock;
  /** Rejects when the process dies: ends what servers do on its behalf, as they do when a connection breaks. */
  readonly death: Promise<never>;
  /** Never goes on from where it is. */
  crash(): void;
}

export interface ProcessEvents {
  readonly onCrash: (process: SimulatedProcess) => void;
  readonly onFreeze: (process: SimulatedProcess) => void;
}

/** Turns behind a call that took effect are taken this often: each is a place to die at, and each costs time. */
const TURNS_AFTER = 0.4;

const NEVER = new Promise<never>(() => {});

export function createSimulatedProcess(
  name: string,
  { scheduler, rates, isAway, count }: Weather,
  { onCrash, onFreeze }: ProcessEvents,
): SimulatedProcess {
  const { random } = scheduler;
  const { promise: death, reject: die } = Promise.withResolvers<never>();
  death.catch(() => {});

  const process: SimulatedProcess = {
    name,
    state: 'running',
    death,
    async turn(what, server, moment = 'before') {
      const place = `${moment === 'after' ? 'after ' : ''}${what}`;
      await scheduler.turn(process, place, drawDelayMs(random, rates()));
      if (random.chance(rates().crash)) {
        count('crash');
        process.crash();
        return NEVER;
      }
      // With a batch in hand, about to be committed: the moment for a zombie.
      if (random.chance(rates().freeze * (what.startsWith('commit') ? 5 : 1))) onFreeze(process);
      if (process.state !== 'running') await scheduler.turn(process, `thawed at ${place}`);
      if (server === null) return;
      const { failBefore, failAfter } = rates();
      if (isAway(server) || random.chance(moment === 'after' ? failAfter : failBefore)) {
        count(isAway(server) ? `${server} away` : `failed ${moment}`);
        throw new BillingError('UNAVAILABLE', `${server} failed ${moment} ${what}`);
      }
    },
    async call(what, server, work) {
      await process.turn(what, server);
      const result = await work();
      if (random.chance(TURNS_AFTER)) await process.turn(what, server, 'after');
      return result;
    },
    clock: {
      now: scheduler.now,
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          const abort = () => {
            wake();
            // The dead hear nothing.
            if (process.state !== 'dead') reject(signal!.reason as Error);
          };
          if (signal?.aborted) return reject(signal.reason as Error);
          const wake = scheduler.later(process, `slept ${ms} ms`, ms, () => {
            signal?.removeEventListener('abort', abort);
            resolve();
          });
          signal?.addEventListener('abort', abort, { once: true });
        }),
    },
    crash() {
      if (process.state === 'dead') return;
      process.state = 'dead';
      die(new BillingError('UNAVAILABLE', `${name} died`));
      onCrash(process);
    },
  };
  return process;
}
