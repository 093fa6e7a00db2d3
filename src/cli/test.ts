/** `billing test SHOP_ID`: one shop through the same path as a run, explained. */
import type { Command } from 'commander';
import { loadConfig, type Config } from '../config.ts';
import type { RunAsk } from '../app.ts';
import { resolvePeriod } from '../domain/billing-period.ts';
import { BillingError } from '../errors.ts';
import { cliTrigger } from './actor.ts';
import { askAndFollow } from './ask-and-follow.ts';
import { atNow, NOW_FLAG, NOW_HELP, type NowOption } from './now-option.ts';
import { presentBill } from '../gateway/present-bill.ts';
import { renderBill } from './print-bill.ts';
import { billTopic, readBill } from './read-bill.ts';
import { printRunJson, printRunText } from './run-results.ts';
import { withApp } from './servers.ts';
import type { CliContext } from './terminal.ts';

interface TestOptions extends NowOption {
  readonly dryRun?: true;
  readonly period?: string;
  readonly json?: true;
  readonly live?: true;
}

export function addTestCommand(program: Command, context: CliContext): void {
  program
    .command('test')
    .description('calculate the bill of one shop and explain it; nothing is issued without --live')
    .argument('<shop-id>', 'the shop')
    .option('--dry-run', 'issue nothing (the default)')
    .option('--period <month>', 'a calendar month, such as 2026-10 (default: the month before now)')
    .option(NOW_FLAG, NOW_HELP)
    .option('--json', 'print one JSON document: the run, and the bill in full')
    .option('--live', 'bill the shop for good')
    .addHelpText(
      'after',
      `
Exit code: 1 when the shop failed.

Examples:
  billing test s1                           what s1 would be billed for the previous month
  billing test s1 --period 2026-10 --json   the whole bill, for a program to read`,
    )
    .action(async (shopId: string, options: TestOptions) => {
      if (options.dryRun && options.live) {
        throw new BillingError('USAGE', '--dry-run and --live exclude each other: leave one out.');
      }
      const config = loadConfig(undefined, { logLevel: 'warn' });
      const timed = atNow(context, options, config);
      const dryRun = options.live !== true;
      const period = { period: options.period ?? null, periodStart: null, periodEnd: null };
      resolvePeriod(period, { now: timed.clock.now(), timeZone: config.timeZone, dryRun });
      const ask = { shopIds: [shopId], ...period, dryRun, force: false, trigger: cliTrigger() };
      await runTest(timed, config, { shopId, ask, asJson: options.json === true });
    });
}

async function runTest(
  context: CliContext,
  config: Config,
  { shopId, ask, asJson }: { shopId: string; ask: RunAsk; asJson: boolean },
): Promise<void> {
  const { terminal } = context;
  await withApp({ context, config, endsItself: true }, async (app) => {
    const { readModels } = app;
    const since = await app.log.endOffsets([billTopic(ask.dryRun)]);
    const run = await askAndFollow({ context, app, ask });
    const bill = await readBill({ ...app, dryRun: ask.dryRun, since, runId: run.runId, shopId });
    if (asJson) {
      const more = { bill: bill === null ? null : presentBill(bill) };
      await printRunJson({ terminal, readModels, run, more });
    } else {
      await printRunText({ terminal, readModels, run });
      if (bill !== null) await terminal.out(`\n${renderBill(bill, terminal.width)}`);
    }
    if ((run.outcomes['failed'] ?? 0) > 0) context.exitWith(1);
  });
}
