/** `billing runs` and `billing run RUN_ID`: what went on. */
import type { Command } from 'commander';
import type { RunView } from '../adapters/read-models.ts';
import { loadConfig } from '../config.ts';
import { BillingError } from '../errors.ts';
import { presentRunSummary } from '../gateway/present-run.ts';
import { streamJsonList } from './json-stream.ts';
import { allPages, PAGE_SIZE } from './pages.ts';
import { addCancelCommand } from './cancel-run.ts';
import { printRunJson, printRunText } from './run-results.ts';
import { withApp } from './servers.ts';
import { renderTable } from './table.ts';
import type { CliContext } from './terminal.ts';

/** Runs listed in the text; all of them are in the JSON. */
const LISTED_RUNS = 50;

export function addRunsCommand(program: Command, context: CliContext): void {
  const { terminal } = context;
  const runs = program.command('runs');
  // What stands behind a subcommand's name belongs to the subcommand.
  addCancelCommand(runs.enablePositionalOptions(), context);
  runs
    .description('the billing runs, newest first')
    .option('--json', 'print one JSON array with all of them')
    .addHelpText('after', '\nExamples:\n  billing runs\n  billing runs --json')
    .action(async (options: { json?: true }) => {
      await withApp({ context, config: loadConfig(undefined, { logLevel: 'warn' }) }, async ({ readModels }) => {
        if (options.json) {
          const pages = allPages((cursor) => readModels.listRuns({ cursor, limit: PAGE_SIZE }));
          for await (const text of streamJsonList(summaries(pages), '')) if (!(await terminal.out(text))) return;
          await terminal.out('\n');
          return;
        }
        const { items, nextCursor } = await readModels.listRuns({ cursor: null, limit: LISTED_RUNS });
        const rest = nextCursor === null ? '' : '… and older ones: billing runs --json\n';
        const text = items.length === 0 ? 'No run yet: billing process starts one.\n' : runTable(items, terminal.width);
        await terminal.out(text + rest);
      });
    });
}

export function addRunCommand(program: Command, context: CliContext): void {
  const { terminal } = context;
  program
    .command('run')
    .description('one billing run with its shops')
    .argument('<run-id>', 'as billing runs lists it')
    .option('--json', 'print one JSON document, with every shop')
    .addHelpText('after', '\nExample:\n  billing run 6f1e7a52-0c55-5d0b-9a3e-7a1f0a3f2f11 --json | jq ".errors"')
    .action(async (runId: string, options: { json?: true }) => {
      await withApp({ context, config: loadConfig(undefined, { logLevel: 'warn' }) }, async ({ readModels }) => {
        const run = await readModels.findRun(runId);
        if (run === null) throw new BillingError('NOT_FOUND', `There is no run ${runId}: billing runs lists them.`);
        await (options.json ? printRunJson : printRunText)({ terminal, readModels, run });
      });
    });
}

async function* summaries(pages: AsyncIterable<readonly RunView[]>) {
  for await (const runs of pages) yield runs.map(presentRunSummary);
}

function runTable(runs: readonly RunView[], width: number | null): string {
  return renderTable({
    columns: [
      { title: 'Run' },
      { title: 'Period' },
      { title: 'Kind' },
      { title: 'Status' },
      { title: 'Shops', align: 'right' },
      { title: 'Failed', align: 'right' },
      { title: 'Fees', align: 'right' },
      { title: 'Started' },
      { title: 'Trigger', shrinks: true },
    ],
    rows: runs
      .map(presentRunSummary)
      .map((run) => [
        run.run_id,
        `${run.period.start_date} to ${run.period.end_date}`,
        run.dry_run ? 'dry' : 'live',
        run.status,
        run.processed_shops === run.expected_shops
          ? run.expected_shops
          : `${run.processed_shops} of ${run.expected_shops}`,
        run.failed_shops,
        run.totals.map((total) => `${total.total_fees} ${total.currency}`).join(', '),
        run.started_at.replace(/\.\d+Z$/, 'Z'),
        [run.trigger.source, run.trigger.actor].filter((part) => part !== null).join(' '),
      ]),
    width,
  });
}
