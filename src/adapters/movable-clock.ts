/** A clock that is set to another instant and runs on from there: for trying out months within minutes. */
import type { Clock } from './clock.ts';

export interface MovableClock extends Clock {
  /** From now on it is this instant, epoch milliseconds. Whoever sleeps sleeps as long as before. */
  moveTo(instant: number): void;
}

/** @param base what makes it go on */
export function createMovableClock(base: Clock, instant: number): MovableClock {
  let aheadMs = instant - base.now();
  return {
    now: () => base.now() + aheadMs,
    sleep: (ms, signal) => base.sleep(ms, signal),
    moveTo: (to) => void (aheadMs = to - base.now()),
  };
}

export function isMovable(clock: Clock): clock is MovableClock {
  return 'moveTo' in clock;
}
