/** The local stack of this package, with what it is doing on standard error. */
import { join } from 'node:path';
import type { StackProgress } from '../../stack/progress.ts';
import type { Stack, StackAddresses } from '../../stack/stack.ts';
import type { Servers } from '../config.ts';
import { packageRoot } from './package-root.ts';
import type { CliContext, Terminal } from './terminal.ts';

export function stackDirectory(): string {
  return join(packageRoot(), '.local', 'stack');
}

/** Starts what does not run. Quick when all of it does. */
export async function bringStackUp({ terminal }: Pick<CliContext, 'terminal'>): Promise<Stack> {
  const { stackUp } = await import('../../stack/stack.ts');
  const progress = createStackProgress(terminal);
  try {
    return await stackUp({ directory: stackDirectory(), onProgress: progress.show });
  } finally {
    progress.stop();
  }
}

export function serversAt({ kafka, registry, database }: StackAddresses): Servers {
  return {
    kafka: { brokers: [kafka], ssl: false, sasl: null },
    registry: { url: registry, user: null, password: null },
    databaseUrl: database,
  };
}

/** One line that changes where somebody watches; else a line for each step, without the seconds that pass. */
export function createStackProgress(terminal: Pick<Terminal, 'live' | 'note'>) {
  const { live } = terminal;
  let shown = '';
  let isOpen = false;
  return {
    show: ({ message, phase }: Pick<StackProgress, 'message' | 'phase'>) => {
      if (live !== null && phase !== 'ready' && phase !== 'stopped') {
        live.write(`\r\u001b[K${message}`);
        isOpen = true;
        return;
      }
      if (live !== null && isOpen) live.write('\r\u001b[K');
      isOpen = false;
      const step = message.replace(/ … \d+ s$/, ' …');
      if (step !== shown) terminal.note(message);
      shown = step;
    },
    stop: () => {
      if (live !== null && isOpen) live.write('\r\u001b[K');
      isOpen = false;
    },
  };
}
