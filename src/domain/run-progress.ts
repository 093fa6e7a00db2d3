/** When a run last moved, and whether it should have since: what alerts are made of. */

/** A run as it was seen last. Instants are epoch milliseconds. */
export interface RunProgress {
  readonly decidedShops: number;
  /** When a shop of it was last seen to get an outcome; never earlier than it really was. */
  readonly movedAt: number;
}

/**
 * @param lastEventAt time of the newest event of any run: who sees a run for the first time knows that it has not
 *   moved since then
 */
export function progressOf(
  before: RunProgress | null,
  { startedAt, decidedShops }: { readonly startedAt: number; readonly decidedShops: number },
  { now, lastEventAt }: { readonly now: number; readonly lastEventAt: number | null },
): RunProgress {
  if (before === null) return { decidedShops, movedAt: Math.min(now, Math.max(startedAt, lastEventAt ?? startedAt)) };
  return before.decidedShops === decidedShops ? before : { decidedShops, movedAt: now };
}

/** Whether nothing has moved for too long. */
export function isStalled({ movedAt }: RunProgress, now: number, stalledAfterMs: number): boolean {
  return now - movedAt >= stalledAfterMs;
}
