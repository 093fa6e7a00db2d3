/** Waits for a result as long as the client is ready to. */
import type { Clock } from '../adapters/clock.ts';

const POLL_MS = 250;

/**
 * Looks until there is something, or until `waitMs` have passed; null then.
 * @throws the signal's reason when it aborts, and what a look throws
 */
export async function findUntil<T>(
  find: () => Promise<T | null>,
  { clock, waitMs, signal }: { clock: Clock; waitMs: number; signal: AbortSignal },
): Promise<T | null> {
  const deadline = clock.now() + waitMs;
  for (;;) {
    const found = await find();
    const leftMs = deadline - clock.now();
    if (found !== null || leftMs <= 0) return found;
    await clock.sleep(Math.min(POLL_MS, leftMs), signal);
  }
}
