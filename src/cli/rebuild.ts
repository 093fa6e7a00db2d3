/** `billing rebuild`: everything that Postgres holds, again from the log. */
import { Option, type Command } from 'commander';
import type { App } from '../app.ts';
import { loadConfig } from '../config.ts';
import { atMost, untilInterrupted } from './interrupt.ts';
import { createProgress, type Progress } from './progress.ts';
import { withApp } from './servers.ts';
import { toJson, type CliContext } from './terminal.ts';

/** What the read models are called. One pass with one checkpoint makes them all, so naming one is naming all. */
const PROJECTIONS = ['run-status', 'shop-bills', 'invoices', 'dead-letters'] as const;

const LOOK_EVERY_MS = 200;
const LONGEST_STOP_MS = 8_000;

export function addRebuildCommand(program: Command, context: CliContext): void {
  program
    .command('rebuild')
    .description('restore from the log what the database lacks, and make the read models again')
    .addOption(
      new Option('--projection <name>', 'a read model; all are made in one pass, whichever is named').choices(
        PROJECTIONS,
      ),
    )
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
First the bill register, numbers and planned runs are compared with the log, and what is missing is restored; then the
ledger takes in the facts it lacks; then the read models are made beside those in use, which answer until the new ones
are swapped in. Everything keeps running meanwhile, and nothing is published. On an empty database it restores all.

Exit code: 1 when register and log tell different things: nothing may be billed before somebody has looked.

Example:
  billing rebuild`,
    )
    .action(async (options: { json?: true }) => {
      const { terminal, clock, interrupted } = context;
      await withApp({ context, config: loadConfig(undefined, { logLevel: 'warn' }), endsItself: true }, async (app) => {
        const progress = createProgress({ terminal, clock, label: 'Rebuilding' });
        try {
          await untilInterrupted(app.foldLog(), interrupted);
          await fillLedger(app, progress, interrupted);
          const { records } = await app.rebuildReadModels({
            signal: interrupted,
            onProgress: (folded, known) => progress.update(folded, known, 'records'),
          });
          progress.stop();
          const text = `The read models are new, from ${records.toLocaleString('en')} records.\n`;
          await terminal.out(options.json ? toJson({ records }) : text);
        } finally {
          progress.stop();
        }
      });
    });
}

/** Waits until the ledger holds every fact; where no ingester runs, this process is one. */
async function fillLedger(app: App, progress: Progress, signal: AbortSignal): Promise<void> {
  const total = await app.ledgerLag();
  if (total === 0) return;
  const roles = await app.startRoles(await app.rolesWithoutProcess(['ingester']));
  try {
    for (let left = total; left > 0; left = await app.ledgerLag()) {
      progress.update(Math.max(0, total - left), total, 'facts');
      await Promise.race([app.clock.sleep(LOOK_EVERY_MS, signal), roles.failed]);
    }
  } finally {
    await atMost(LONGEST_STOP_MS, roles.stop());
  }
}
