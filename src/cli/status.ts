/** `billing status`: how the whole stands. */
import type { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { presentStatus, type StatusJson } from '../gateway/present-status.ts';
import { atNow, NOW_FLAG, NOW_HELP, type NowOption } from './now-option.ts';
import { runTitle } from './run-results.ts';
import { withApp } from './servers.ts';
import { visible } from './table.ts';
import { toJson, type CliContext } from './terminal.ts';

/** "paused by ann since 2026-11-01T02:00:00Z: month end is being checked" */
function describeIssuing({ paused, actor, changed_at, reason }: StatusJson['issuing']): string {
  if (!paused) return 'goes on';
  return `paused by ${visible(actor ?? 'nobody named')} since ${changed_at}: ${visible(reason ?? '')}`;
}

export function addStatusCommand(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('what is going on')
    .option(NOW_FLAG, NOW_HELP)
    .option('--json', 'print one JSON document, the same as GET /status')
    .addHelpText('after', '\nExamples:\n  billing status\n  billing status --json')
    .action(async (options: NowOption & { json?: true }) => {
      const config = loadConfig(undefined, { logLevel: 'warn' });
      await withApp({ context: atNow(context, options, config), config }, async (app) => {
        const view = await app.readModels.status(app.clock.now());
        const status = presentStatus(view, await app.issuing());
        const rows = [
          ['Status', status.status],
          ['Issuing', describeIssuing(status.issuing)],
          ['Active shops', status.active_shops],
          ['  with a plan', status.shops_with_billing_plans],
          ['Pending invoices', status.pending_invoices],
          ['Held bills', status.held_bills],
          ['Dead letters', status.dead_letters],
          ['Last run', view.lastRun === null ? 'none' : `${view.lastRun.runId}: ${runTitle(view.lastRun)}`],
          ['Last updated', status.last_updated ?? 'never'],
        ] as const;
        const text = rows.map(([name, value]) => `${name.padEnd(18)}${value}\n`).join('');
        await context.terminal.out(options.json ? toJson(status) : text);
      });
    });
}
