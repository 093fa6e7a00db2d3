/** Waiting in place: what fails is tried again until it works, is called off, or turns out to be broken for good. */
import type { BillingError } from '../errors.ts';
import { sortFailure } from '../sort-failure.ts';
import { backoffMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';

/** Thrown to leave whatever is in hand; never seen outside a partition's worker. */
export const ABANDONED = new Error('The batch was abandoned.');

export interface KeepTrying {
  /** The result of the first attempt that works. @throws ABANDONED when called off, or after `onFatal` */
  untilItWorks<T>(what: string, attempt: () => Promise<T>): Promise<T>;
  /** Why it does not get on; null when it does. */
  problem(): string | null;
}

export function keepTrying({
  place,
  clock,
  logger,
  spread,
  signal,
  onAttempt,
  onPause,
  onFatal,
}: {
  /** Begins the problem: topic/partition. */
  readonly place: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly spread: (() => number) | undefined;
  readonly signal: AbortSignal;
  readonly onAttempt: () => void;
  /** An attempt failed: nothing is done before the next one. */
  readonly onPause: () => void;
  readonly onFatal: (error: BillingError) => void;
}): KeepTrying {
  let problem: string | null = null;
  return {
    problem: () => problem,
    async untilItWorks(what, attempt) {
      for (let failures = 0; ; failures += 1) {
        onAttempt();
        try {
          const result = await attempt();
          problem = null;
          return result;
        } catch (error) {
          if (error === ABANDONED || signal.aborted) throw ABANDONED;
          const { action, message } = sortFailure(error);
          if (action === 'stop') {
            onFatal(error as BillingError);
            throw ABANDONED;
          }
          const waitMs = backoffMs(failures, spread);
          problem = `${place}: ${message}`;
          logger.warn({ err: error, failures, waitMs }, `${what} failed, tried again: ${message}`);
          onPause();
          await clock.sleep(waitMs, signal).catch(() => undefined);
          if (signal.aborted) throw ABANDONED;
        }
      }
    },
  };
}
