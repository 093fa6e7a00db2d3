/** `billing rebuild`: the read models again from the log, swapped in when they have caught up. */
import type { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { createProgress } from './progress.ts';
import { withApp } from './servers.ts';
import { toJson, type CliContext } from './terminal.ts';

export function addRebuildCommand(program: Command, context: CliContext): void {
  program
    .command('rebuild')
    .description('make the read models again from the log, and swap them in when they have caught up')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Everything keeps running meanwhile: the old read models answer until the new ones are swapped in. Nothing is published.

Example:
  billing rebuild`,
    )
    .action(async (options: { json?: true }) => {
      const { terminal, clock, interrupted } = context;
      await withApp({ context, config: loadConfig(undefined, { logLevel: 'warn' }), endsItself: true }, async (app) => {
        const progress = createProgress({ terminal, clock, label: 'Rebuilding' });
        try {
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
