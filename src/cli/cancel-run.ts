/** `billing runs cancel RUN_ID`: shops not yet decided are skipped, what is issued stays. */
import type { Command } from 'commander';
import type { RunView } from '../adapters/read-models.ts';
import type { App } from '../app.ts';
import { loadConfig } from '../config.ts';
import { BillingError } from '../errors.ts';
import { userName } from './actor.ts';
import { WORKING_ROLES } from './ask-and-follow.ts';
import { createCrew } from './crew.ts';
import { Interrupted } from './exit-code.ts';
import { followRun } from './follow-run.ts';
import { untilInterrupted } from './interrupt.ts';
import { createProgress } from './progress.ts';
import { withReason } from './reason.ts';
import { printRunJson, printRunText } from './run-results.ts';
import { withApp } from './servers.ts';
import { toJson, type CliContext } from './terminal.ts';

interface CancelOptions {
  readonly reason: string;
  readonly wait: boolean;
  readonly json?: true;
}

export function addCancelCommand(runs: Command, context: CliContext): void {
  withReason(runs.command('cancel'))
    .description('stop a run: shops not yet decided are skipped, what is issued stays')
    .argument('<run-id>', 'as billing runs lists it')
    .option('--no-wait', 'ask for it and do not follow it')
    .option('--json', 'print one JSON document, the run with every shop')
    .addHelpText(
      'after',
      `
A cancelled run is not billed again by itself; "billing process --period 2026-10 --force" bills what it left.

Example:
  billing runs cancel 6f1e7a52-0c55-5d0b-9a3e-7a1f0a3f2f11 --reason "plans of October are wrong"`,
    )
    .action(async (runId: string, { reason, wait, json }: CancelOptions) => {
      const config = loadConfig(undefined, { logLevel: 'warn' });
      await withApp({ context, config, endsItself: true }, async (app) => {
        const { terminal, interrupted } = context;
        const ask = { runId, reason, actor: userName() };
        const { state } = await untilInterrupted(app.cancelRun(ask), interrupted);
        if (state === 'finished') throw runFinished(runId);
        if (state === 'cancelled') terminal.note('This run was cancelled before.');
        if (!wait) {
          const document = { run_id: runId, status: state === 'cancelled' ? 'cancelled' : 'accepted' };
          await terminal.out(json ? toJson(document) : `Asked for: run ${runId} is being cancelled\n`);
          return;
        }
        const run = await followCancelled(context, app, runId);
        await (json ? printRunJson : printRunText)({ terminal, readModels: app.readModels, run });
      });
    });
}

export function runFinished(runId: string): BillingError {
  return new BillingError(
    'RUN_FINISHED',
    `Run ${runId} has ended: there is nothing to cancel. Invoices can be voided.`,
  );
}

async function followCancelled(context: CliContext, app: App, runId: string): Promise<RunView> {
  const { terminal, interrupted } = context;
  const crew = createCrew({ context, app, roles: WORKING_ROLES });
  const describe = (done: number, all: number | null) =>
    all === null ? 'waits for its plan' : `${done} of ${all} shops`;
  const progress = createProgress({ terminal, clock: app.clock, label: 'Cancelling', describe });
  const ended = new AbortController();
  try {
    await untilInterrupted(crew.fillIn(), interrupted);
    const following = followRun({
      ...{ ...app, runId, signal: AbortSignal.any([interrupted, ended.signal]) },
      onProgress: (run) => progress.update(decided(run), run?.expectedShops ?? null),
      onStalled: () => crew.fillIn(),
    });
    return await Promise.race([following, crew.failed]);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    throw new Interrupted(
      `Not followed any longer: the run is cancelled all the same; "billing run ${runId}" shows it.`,
    );
  } finally {
    ended.abort();
    progress.stop();
    await crew.stop();
  }
}

function decided(run: RunView | null): number {
  return Object.values(run?.outcomes ?? {}).reduce((sum, count) => sum + count, 0);
}
