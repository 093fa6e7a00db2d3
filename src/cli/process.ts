/** `billing process`: asks for a run, follows it, prints the results. */
import type { Command } from 'commander';
import type { RunAsk } from '../app.ts';
import { loadConfig, type Config } from '../config.ts';
import { resolvePeriod } from '../domain/billing-period.ts';
import { BillingError } from '../errors.ts';
import { presentPeriod } from '../gateway/present-period.ts';
import { cliTrigger } from './actor.ts';
import { askAndFollow, WORKING_ROLES } from './ask-and-follow.ts';
import { anyOf } from './crew.ts';
import { atNow, NOW_FLAG, NOW_HELP, type NowOption } from './now-option.ts';
import { printRunJson, printRunText } from './run-results.ts';
import { withApp } from './servers.ts';
import { runWhatIf } from './what-if.ts';
import { toJson, type CliContext } from './terminal.ts';

export interface ProcessOptions extends NowOption {
  readonly dryRun?: true;
  readonly shopIds?: string[];
  readonly previousMonth?: true;
  readonly period?: string;
  readonly periodStart?: string;
  readonly periodEnd?: string;
  readonly force?: true;
  readonly whatIf?: string;
  readonly wait: boolean;
  readonly json?: true;
}

export function addProcessCommand(program: Command, context: CliContext): void {
  program
    .command('process')
    .description('ask for a billing run, follow it and print the results')
    .option('--dry-run', 'calculate, issue nothing')
    .option('--shop-ids <id...>', 'only these shops')
    .option('--previous-month', 'the calendar month before now (the default)')
    .option('--period <month>', 'a calendar month, such as 2026-10')
    .option('--period-start <date>', 'first day, with --period-end; a live run needs a whole month')
    .option('--period-end <date>', 'last day, inclusive')
    .option('--force', 'start another run: it bills the shops whose period is not settled yet')
    .option('--no-wait', 'ask for the run and do not follow it')
    .option('--what-if <file>', 'with --dry-run: what would change under the plans of this file')
    .option(NOW_FLAG, NOW_HELP)
    .option('--json', 'print one JSON document, with every shop')
    .addHelpText(
      'after',
      `
Exit code: 0 when every shop has an outcome and none failed, 1 when a shop failed.

Examples:
  billing process                                    bill the previous month
  billing process --period 2026-10 --dry-run         see what October would bring
  billing process --shop-ids s1 s2 --json            two shops, for a program to read`,
    )
    .action(async (options: ProcessOptions) => {
      const config = loadConfig(undefined, { logLevel: 'warn' });
      const timed = atNow(context, options, config);
      const ask = askOf(options, config, timed.clock.now());
      if (options.whatIf === undefined) return runProcess(timed, config, ask, options);
      await runWhatIf(timed, config, { ...ask, file: options.whatIf, asJson: options.json === true });
    });
}

/** What the flags ask for. Throws USAGE, PERIOD_INVALID or PERIOD_NOT_ENDED before anything is connected. */
export function askOf(options: ProcessOptions, { timeZone }: Pick<Config, 'timeZone'>, now: number): RunAsk {
  const { period = null, periodStart = null, periodEnd = null, dryRun = false, force = false } = options;
  if (options.previousMonth && (period ?? periodStart ?? periodEnd) !== null) {
    throw new BillingError(
      'USAGE',
      '--previous-month is a period of its own: leave it out, or the other period flags.',
    );
  }
  if (options.whatIf !== undefined && !dryRun) {
    throw new BillingError('USAGE', '--what-if only looks: say --dry-run with it.');
  }
  resolvePeriod({ period, periodStart, periodEnd }, { now, timeZone, dryRun });
  return { shopIds: options.shopIds ?? null, period, periodStart, periodEnd, dryRun, force, trigger: cliTrigger() };
}

async function runProcess(context: CliContext, config: Config, ask: RunAsk, options: ProcessOptions): Promise<void> {
  const { terminal } = context;
  await withApp({ context, config, endsItself: true }, async (app) => {
    const { readModels } = app;
    if (!options.wait) {
      const { runId, period, dryRun, published } = await app.requestBillingRun(ask);
      const idle = await app.rolesWithoutProcess(WORKING_ROLES);
      if (idle.length > 0) terminal.note(`No ${anyOf(idle)} is running: "billing serve" does the work.`);
      const document = { run_id: runId, status: 'accepted', period: presentPeriod(period), dry_run: dryRun };
      const text = `${published ? 'Asked for' : 'Asked for before'}: billing run ${runId}\n`;
      await terminal.out(options.json ? toJson(document) : text);
      return;
    }
    const run = await askAndFollow({ context, app, ask });
    await (options.json ? printRunJson : printRunText)({ terminal, readModels, run });
    if ((run.outcomes['failed'] ?? 0) > 0 || run.status === 'completed_with_failures') context.exitWith(1);
  });
}
