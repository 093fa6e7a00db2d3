/** `billing demo`: the whole thing on sample facts, in a place of its own. */
import { InvalidArgumentError, type Command } from 'commander';
import type { App } from '../app.ts';
import type { RunView } from '../adapters/read-models.ts';
import { loadConfig, type Config } from '../config.ts';
import { previousMonth } from '../domain/billing-period.ts';
import type { Fact } from '../domain/facts.ts';
import { publishFacts } from '../producers/publish-facts.ts';
import { sampleMonth } from '../producers/sample-month.ts';
import { cliTrigger } from './actor.ts';
import { askAndFollow } from './ask-and-follow.ts';
import { createProgress } from './progress.ts';
import { printRunJson, printRunText } from './run-results.ts';
import { SERVED_ROLES, startServing, untilStopped } from './serve.ts';
import { withApp } from './servers.ts';
import type { CliContext } from './terminal.ts';

const SEED = 1;
const MOST_SHOPS = 100_000;

interface DemoOptions {
  readonly shops: number;
  readonly json?: true;
  readonly exit?: true;
}

export function addDemoCommand(program: Command, context: CliContext): void {
  program
    .command('demo')
    .description('bill a month of sample facts and keep serving, so that you can look around')
    .option('--shops <number>', 'how many shops', parseShops, 1_000)
    .option('--json', 'print the run as one JSON document')
    .option('--exit', 'end when the results are printed')
    .addHelpText(
      'after',
      `
Each month and number of shops has topics and a database of its own, so a demo never meets other data, and the same
demo again finds its run finished.

Examples:
  billing demo
  billing demo --shops 100 --exit --json`,
    )
    .action(async (options: DemoOptions) => {
      const { terminal, interrupted } = context;
      const plain = loadConfig(undefined, { logLevel: 'warn', port: 0 });
      const period = previousMonth(context.clock.now(), plain.timeZone).startDate.slice(0, 7);
      const again = `"billing demo --shops ${options.shops}" goes on with it.`;
      const { config, ownDatabase } = demoPlace(plain, period, options.shops);
      await withApp({ context, config, ownDatabase, endsItself: true }, async (app) => {
        const served = await startServing(app, SERVED_ROLES);
        try {
          if (!(await isPlanned(app, period))) await publishSample({ context, app, period, shops: options.shops });
          const run = await askAndFollow({ context, app, ask: askFor(period), again });
          const print = options.json ? printRunJson : printRunText;
          await print({ terminal, readModels: app.readModels, run });
          if ((run.outcomes['failed'] ?? 0) > 0) context.exitWith(1);
          if (options.exit) return;
          terminal.note(lookAround(served.url, config, run));
          interrupted.throwIfAborted();
          await untilStopped(served, context);
        } finally {
          await served.stop();
        }
      });
    });
}

/**
 * A demo has its own topics and database. They are named by month and number of shops, because a period is settled
 * once: more shops in the same place would be another run that skips the first ones, and next month's sample would
 * contradict orders of this one's.
 */
export function demoPlace(config: Config, period: string, shops: number): { config: Config; ownDatabase: string } {
  return {
    config: { ...config, topicPrefix: `demo-${period}-${shops}.` },
    ownDatabase: `billing_demo_${period.replace('-', '_')}_${shops}`,
  };
}

const askFor = (period: string) => ({
  shopIds: null,
  period,
  periodStart: null,
  periodEnd: null,
  dryRun: false,
  force: false,
  trigger: cliTrigger(),
});

/** A run that is planned has its facts; publishing them once more would be harmless but slow. */
async function isPlanned({ runs }: Pick<App, 'runs'>, period: string): Promise<boolean> {
  return (await runs.ofPeriod(`${period}-01`)).some((run) => !run.dryRun);
}

async function publishSample({
  context,
  app,
  period,
  shops,
}: {
  context: CliContext;
  app: App;
  period: string;
  shops: number;
}): Promise<void> {
  const progress = createProgress({ terminal: context.terminal, clock: app.clock, label: 'Publishing sample facts' });
  let published = 0;
  function* counted(facts: Iterable<Fact>) {
    for (const fact of facts) {
      if (++published % 1_000 === 0) progress.update(published, null, `facts of ${shops} shops`);
      yield fact;
    }
  }
  try {
    const facts = counted(sampleMonth({ shops, period, seed: SEED }));
    const count = await publishFacts({ ...app, facts, signal: context.interrupted });
    progress.stop();
    context.terminal.note(`${count.toLocaleString('en')} sample facts of ${shops} shops are on the log.`);
  } finally {
    progress.stop();
  }
}

function lookAround(url: string | null, { apiTokens }: Config, run: RunView): string {
  const auth = apiTokens.length > 0 ? ' -H "Authorization: Bearer $TOKEN"' : '';
  return [
    '',
    `Look around (Ctrl-C ends it):`,
    `  ${url}/docs`,
    `  curl${auth} ${url}/api/billing-scheduler/status`,
    `  curl${auth} ${url}/api/billing-scheduler/runs/${run.runId}`,
    `  curl${auth} ${url}/api/billing-scheduler/invoices`,
  ].join('\n');
}

function parseShops(text: string): number {
  const shops = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (shops < 1 || shops > MOST_SHOPS) throw new InvalidArgumentError(`It must be a number from 1 to ${MOST_SHOPS}.`);
  return shops;
}
