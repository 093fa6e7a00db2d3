/** The progress of a run as server-sent events. */
import type { Clock } from '../adapters/clock.ts';
import type { RunView } from '../adapters/read-models.ts';
import { isFinished } from './find-run.ts';
import { countShops, presentRunSummary } from './present-run.ts';

const POLL_MS = 500;
const HEARTBEAT_MS = 15_000;

/** Id of the last event, by which a client that reconnects says that it has seen everything. */
export const COMPLETED_EVENT_ID = 'completed';

/**
 * Yields a `progress` event at once and whenever the counts change, and one `completed` event at the end. In between
 * comments keep the connection alive. While the run cannot be looked up it waits: the client knows no better place to ask.
 * @param signal ends it early: the client left, or the gateway stops
 */
export async function* runProgress({
  find,
  clock,
  signal,
  onError,
}: {
  find: () => Promise<RunView | null>;
  clock: Clock;
  signal: AbortSignal;
  onError: (error: unknown) => void;
}): AsyncGenerator<string> {
  let shown = '';
  let lastSentAt = clock.now();
  while (!signal.aborted) {
    const run = await find().catch((error: unknown) => {
      onError(error);
      return null;
    });
    const progress = run === null ? shown : JSON.stringify(presentProgress(run));
    if (progress !== shown) {
      shown = progress;
      lastSentAt = clock.now();
      yield `event: progress\ndata: ${progress}\n\n`;
    }
    if (run !== null && isFinished(run)) {
      yield `event: completed\nid: ${COMPLETED_EVENT_ID}\ndata: ${JSON.stringify(presentRunSummary(run))}\n\n`;
      return;
    }
    if (clock.now() - lastSentAt >= HEARTBEAT_MS) {
      lastSentAt = clock.now();
      yield ': heartbeat\n\n';
    }
    const woken = await clock.sleep(POLL_MS, signal).then(
      () => true,
      () => false,
    );
    if (!woken) return;
  }
}

function presentProgress(run: RunView) {
  return {
    run_id: run.runId,
    status: run.status,
    expected_shops: run.expectedShops,
    ...countShops(run.outcomes),
    outcomes: run.outcomes,
  };
}
