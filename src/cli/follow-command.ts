/** Stays with a request about a shop until the biller has answered it; where nobody works on it, this process does. */
import type { App } from '../app.ts';
import { createCrew } from './crew.ts';
import { Interrupted } from './exit-code.ts';
import { follow } from './follow.ts';
import { untilInterrupted } from './interrupt.ts';
import type { CliContext } from './terminal.ts';

/**
 * Resolves with what `find` finds first. Rejects with what the biller refused the request with, when a server stays
 * away, and with Interrupted on Ctrl-C, after which the request is carried out all the same.
 */
export async function followCommand<T>({
  context,
  app,
  find,
}: {
  context: CliContext;
  app: Pick<App, 'clock' | 'serversHealth' | 'rolesWithoutProcess' | 'startRoles' | 'issuing'>;
  find: () => Promise<T | null>;
}): Promise<T> {
  // The ingester too: before this request the biller may meet another one, such as a redriven one, that waits for facts.
  const crew = createCrew({ context, app, roles: ['ingester', 'biller', 'projector'] });
  const ended = new AbortController();
  try {
    await untilInterrupted(crew.fillIn(), context.interrupted);
    const following = follow({
      clock: app.clock,
      serversHealth: app.serversHealth,
      signal: AbortSignal.any([context.interrupted, ended.signal]),
      look: async () => {
        const result = await find();
        return result === null ? { state: '' } : { result };
      },
      onStalled: () => crew.fillIn(),
    });
    return await Promise.race([following, crew.failed]);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    throw new Interrupted('Not followed any longer: what was asked for is carried out wherever a biller runs.');
  } finally {
    ended.abort();
    await crew.stop();
  }
}
