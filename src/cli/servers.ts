/** Opens the App for a command: on the servers that are configured, or else on the local stack, which is started. */
import { stackUp } from '../../stack/stack.ts';
import type { App } from '../app.ts';
import type { Config, Servers } from '../config.ts';
import { atMost, untilInterrupted } from './interrupt.ts';
import { createLogger } from './logger.ts';
import { setUp } from './set-up.ts';
import type { CliContext } from './terminal.ts';

const LONGEST_CLOSE_MS = 5_000;

/**
 * Calls `use` with everything wired and closes it afterwards. Real servers are used as they are; the local stack is
 * brought up and set up first.
 * @param endsItself true where `use` watches context.interrupted, because it has something to say or to stop
 */
export async function withApp<T>(
  { context, config, endsItself = false }: { context: CliContext; config: Config; endsItself?: boolean },
  use: (app: App) => Promise<T>,
): Promise<T> {
  const open = async () => {
    const servers = config.servers ?? (await localServers(context));
    const logger = createLogger({ level: config.logLevel });
    const complete = { ...config, servers };
    if (config.servers === null) await setUp(complete);
    // Loaded late: help and wrong usage need no drivers.
    const { openApp } = await import('../main.ts');
    return openApp({ config: complete, logger });
  };
  const app = await untilInterrupted(open(), context.interrupted);
  try {
    return await (endsItself ? use(app) : untilInterrupted(use(app), context.interrupted));
  } finally {
    await atMost(LONGEST_CLOSE_MS, app.close());
  }
}
