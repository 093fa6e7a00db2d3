/** The roles that nobody else runs, for as long as a command needs them. */
import type { App, RunningRoles } from '../app.ts';
import type { Role } from '../config.ts';
import { atMost } from './interrupt.ts';
import type { CliContext } from './terminal.ts';

const LONGEST_STOP_MS = 8_000;

export interface Crew {
  /** Rejects when a role stopped for good. */
  readonly failed: Promise<never>;
  /** Those that this command runs. */
  roles(): Role[];
  /** Starts what is not running anywhere, and says what else keeps the work from going on. */
  fillIn(): Promise<void>;
  stop(): Promise<void>;
}

export function createCrew({
  context: { terminal },
  app,
  roles: needed,
}: {
  context: Pick<CliContext, 'terminal'>;
  app: Pick<App, 'rolesWithoutProcess' | 'startRoles' | 'issuing'>;
  roles: readonly Role[];
}): Crew {
  const crew: RunningRoles[] = [];
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => {});
  let hasSaidPaused = false;

  async function sayWhetherPaused() {
    const { paused, actor, reason } = await app.issuing();
    if (!paused || hasSaidPaused) return;
    hasSaidPaused = true;
    const by = actor === null ? '' : ` by ${actor}`;
    terminal.note(`Issuing is paused${by} (${reason}): this goes on after "billing resume".`);
  }

  const mine = () => crew.flatMap(({ roles }) => [...roles]);
  return {
    failed,
    roles: mine,
    async fillIn() {
      const running = new Set(mine());
      const missing = (await app.rolesWithoutProcess(needed)).filter((role) => !running.has(role));
      if (missing.length > 0) {
        terminal.note(`No ${anyOf(missing)} is running, so this command does the work itself.`);
        const roles = await app.startRoles(missing);
        crew.push(roles);
        roles.failed.catch(reject);
      }
      await sayWhetherPaused();
    },
    async stop() {
      await atMost(LONGEST_STOP_MS, Promise.all(crew.map((roles) => roles.stop())));
    },
  };
}

/** "biller or projector" */
export function anyOf(roles: readonly Role[]): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(roles);
}
