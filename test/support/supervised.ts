/** A `billing serve` of its own that is started again whenever it ends, as an orchestrator does it. */
import { systemClock } from '../../src/adapters/clock.ts';
import { startCli, type RunningCli } from '../support/run-cli.ts';

const RESTART_AFTER_MS = 500;

export interface Supervised {
  readonly roles: string;
  /** How often it was started. */
  starts(): number;
  signal(signal: NodeJS.Signals): void;
  /** Ends it for good. */
  stop(): Promise<void>;
}

export function supervise(roles: string, environment: Readonly<Record<string, string>>): Supervised {
  const stopping = new AbortController();
  let running: RunningCli | null = null;
  let starts = 0;
  async function keepUp(): Promise<void> {
    while (!stopping.signal.aborted) {
      running = startCli(['serve', '--roles', roles], { ...environment, LOG_LEVEL: 'error' });
      starts += 1;
      await running.ended;
      await systemClock.sleep(RESTART_AFTER_MS, stopping.signal).catch(() => {});
    }
  }
  const ended = keepUp();
  return {
    roles,
    starts: () => starts,
    signal: (signal) => void running?.child.kill(signal),
    async stop() {
      stopping.abort();
      // One that was frozen could not end.
      running?.child.kill('SIGCONT');
      running?.child.kill('SIGTERM');
      await ended;
    },
  };
}
