/** The watch over open runs, beside the planner's consumer: whoever has its partition does it. */
import type { RunningConsumer } from './adapters/log.ts';
import type { WorkingGroups } from './consumers/backlog.ts';
import { createWatchRuns } from './consumers/watch-runs.ts';
import { announceIssuing } from './producers/set-issuing.ts';
import { announceDue } from './projections/announce-due.ts';
import type { RoleDependencies } from './roles.ts';

const LOOK_EVERY_MS = 3_000;
/** Whoever made a change of issuing publishes its event; when that takes longer, it has failed. */
const ANNOUNCED_AFTER_MS = 10_000;

/** Looks every few seconds until it is stopped; a server that is away makes it miss a look, nothing else. */
export function startRunWatch(
  dependencies: RoleDependencies,
  { planner, groups }: { planner: Pick<RunningConsumer, 'state'>; groups: WorkingGroups },
): { stop(): Promise<void> } {
  const { clock, logger, projections } = dependencies;
  const watchRuns = createWatchRuns({
    ...dependencies,
    groups,
    checkpoints: () => projections.checkpoints(),
    announce: (runId) => announceDue({ ...dependencies, store: projections }, runId),
  });
  const stopping = new AbortController();
  const isMine = () => planner.state().assigned.some(({ topic }) => topic === 'run-requests');

  async function look(): Promise<void> {
    try {
      if (!isMine()) return;
      await announceIssuing(dependencies, { madeBefore: clock.now() - ANNOUNCED_AFTER_MS });
      await watchRuns();
    } catch (error) {
      logger.warn({ err: error }, 'open runs could not be looked at; tried again');
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look();
      await clock.sleep(LOOK_EVERY_MS, stopping.signal).catch(() => {});
    }
  }

  const ended = run();
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
