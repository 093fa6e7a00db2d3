/**
 * Pure: what is to be done about a run whose outcomes do not add up. Once everything that was asked for has been worked
 * off, a shop without an outcome was never asked for, and is asked for now. See docs/decisions/0007.
 */
import type { OpenRun } from '../adapters/open-runs.ts';
import { isStalled, progressOf, type RunProgress } from '../domain/run-progress.ts';

/** What the watch remembers of a run from one look to the next. */
export interface WatchedRun {
  readonly progress: RunProgress;
  /** Looks in a row in which nothing was left to be worked off and nothing moved. */
  readonly quietLooks: number;
  /** How often something was done about it, and when that may be repeated. */
  readonly attempts: number;
  readonly nextAttemptAt: number;
  readonly isStalled: boolean;
}

export interface Look {
  readonly now: number;
  readonly lastEventAt: number | null;
  /** Whether the planner is past this run's request: all its shops were asked for at least once. */
  readonly isPublished: boolean;
  /** Whether all shop requests were worked off, and their outcomes projected. */
  readonly isDrained: boolean;
  readonly stalledAfterMs: number;
}

/** `ask-again`: for the shops without an outcome. `announce`: the outcomes add up, and nobody has said so. */
export type NextStep = 'wait' | 'ask-again' | 'announce';

/** One look may fall between the commit of an outcome and its becoming visible; two do not. */
const QUIET_LOOKS = 2;
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 10 * 60_000;

export function judgeRun(before: WatchedRun | null, run: OpenRun, look: Look): { watched: WatchedRun; step: NextStep } {
  const { now } = look;
  const progress = progressOf(before?.progress ?? null, run, look);
  const hasMoved = before !== null && progress !== before.progress;
  const quietLooks = look.isDrained && look.isPublished && !hasMoved ? (before?.quietLooks ?? 0) + 1 : 0;
  const attempts = hasMoved ? 0 : (before?.attempts ?? 0);
  const nextAttemptAt = hasMoved ? 0 : (before?.nextAttemptAt ?? 0);
  const watched: WatchedRun = {
    ...{ progress, quietLooks, attempts, nextAttemptAt },
    isStalled: isStalled(progress, now, look.stalledAfterMs),
  };
  if (quietLooks < QUIET_LOOKS || now < nextAttemptAt) return { watched, step: 'wait' };
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** attempts, LONGEST_PAUSE_MS);
  return {
    watched: { ...watched, quietLooks: 0, attempts: attempts + 1, nextAttemptAt: now + pauseMs },
    step: run.decidedShops < run.expectedShops ? 'ask-again' : 'announce',
  };
}
