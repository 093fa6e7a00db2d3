/** `billing dead-letters list`: the records that could not be handled. */
import type { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { presentDeadLetter } from '../gateway/present-dead-letter.ts';
import { streamJsonList } from './json-stream.ts';
import { allPages, PAGE_SIZE } from './pages.ts';
import { withApp } from './servers.ts';
import { renderTable } from './table.ts';
import type { CliContext } from './terminal.ts';

export function addDeadLettersCommand(program: Command, context: CliContext): void {
  const { terminal } = context;
  program
    .command('dead-letters')
    .description('records that could not be handled')
    .command('list')
    .description('list them with what went wrong')
    .option('--json', 'print one JSON array')
    .addHelpText('after', '\nExamples:\n  billing dead-letters list\n  billing dead-letters list --json')
    .action(async (options: { json?: true }) => {
      await withApp({ context, config: loadConfig(undefined, { logLevel: 'warn' }) }, async ({ readModels }) => {
        const views = allPages((cursor) => readModels.listDeadLetters({ cursor, limit: PAGE_SIZE }));
        const pages = (async function* () {
          for await (const page of views) yield page.map(presentDeadLetter);
        })();
        if (options.json) {
          for await (const text of streamJsonList(pages, '')) if (!(await terminal.out(text))) return;
          await terminal.out('\n');
          return;
        }
        let isEmpty = true;
        for await (const letters of pages) {
          isEmpty = false;
          const text = renderTable({
            columns: [
              { title: 'Dead letter' },
              { title: 'Key', shrinks: true },
              { title: 'Code' },
              { title: 'Attempts', align: 'right' },
              { title: 'Failed at' },
              { title: 'Message', shrinks: true },
            ],
            rows: letters.map((one) => [
              one.dead_letter_id,
              one.key,
              one.code,
              one.attempt,
              one.failed_at.replace(/\.\d+Z$/, 'Z'),
              one.message,
            ]),
            width: terminal.width,
          });
          if (!(await terminal.out(text))) return;
        }
        if (isEmpty) await terminal.out('There are no dead letters.\n');
      });
    });
}
