/** Records that wait until they are due: retries. What is behind one in its partition waits with it. */
import type { Clock } from './clock.ts';
import type { LogRecord } from './log.ts';

/** Timers are no longer than this: the system's clock may be set meanwhile, and a timer ends at 24 days. */
const LONGEST_SLEEP_MS = 60_000;

export type DueAt = (record: LogRecord) => number | null;

/** Resolves when the record may be handed over. @throws the signal's reason when it aborts first */
export async function untilDue(record: LogRecord, dueAt: DueAt, clock: Clock, signal: AbortSignal): Promise<void> {
  const due = dueAt(record);
  if (due === null) return;
  for (let leftMs; (leftMs = due - clock.now()) > 0;) await clock.sleep(Math.min(leftMs, LONGEST_SLEEP_MS), signal);
}

/** The records from `start` that are due as well, `atMost` of them: the first one is known to be. */
export function dueTogether(
  records: readonly LogRecord[],
  start: number,
  atMost: number,
  dueAt: DueAt | undefined,
  now: number,
): readonly LogRecord[] {
  const piece = records.slice(start, start + atMost);
  if (dueAt === undefined) return piece;
  const notDue = piece.findIndex((record, index) => index > 0 && (dueAt(record) ?? now) > now);
  return notDue === -1 ? piece : piece.slice(0, notDue);
}
