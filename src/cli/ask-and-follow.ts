/** Asks for a run and stays with it until it has ended; where nobody works on it, this process does. */
import type { App, RunAccepted, RunAsk } from '../app.ts';
import type { RunView } from '../adapters/read-models.ts';
import type { Role } from '../config.ts';
import { BillingError } from '../errors.ts';
import { isFinished } from '../gateway/find-run.ts';
import { createCrew } from './crew.ts';
import { Interrupted } from './exit-code.ts';
import { followRun } from './follow-run.ts';
import { untilInterrupted } from './interrupt.ts';
import { createProgress } from './progress.ts';
import type { CliContext } from './terminal.ts';

/** What a run needs besides a gateway. */
export const WORKING_ROLES = ['ingester', 'planner', 'biller', 'projector'] as const satisfies readonly Role[];

type WhatItTakes = Pick<
  App,
  | 'clock'
  | 'readModels'
  | 'requestBillingRun'
  | 'serversHealth'
  | 'rolesWithoutProcess'
  | 'startRoles'
  | 'issuing'
  | 'testClock'
>;

/**
 * Resolves with the run when it has ended; at once when it had before. Rejects with Interrupted on Ctrl-C, after
 * which the run goes on where its roles run, and with an unreachable server's error; both say how to go on.
 */
export async function askAndFollow({
  context,
  app,
  ask,
  again,
}: {
  context: CliContext;
  app: WhatItTakes;
  ask: RunAsk;
  /** A sentence that names the command which goes on with the run; by default worked out from what was asked. */
  again?: string;
}): Promise<RunView> {
  const { terminal, interrupted } = context;
  const accepted = await untilInterrupted(app.requestBillingRun(ask), interrupted);
  const known = accepted.published ? null : await app.readModels.findRun(accepted.runId);
  if (known !== null && isFinished(known)) {
    terminal.note(`This run was finished before: these are its results.`);
    return known;
  }
  terminal.note(announce(accepted));
  const crew = createCrew({ context, app, roles: WORKING_ROLES });
  const progress = createProgress({ terminal, clock: app.clock, label: 'Billing', describe: describeShops });
  const ended = new AbortController();
  try {
    await untilInterrupted(crew.fillIn(), interrupted);
    if (app.testClock !== null) noteOtherClocks(context, crew.roles());
    const following = followRun({
      ...app,
      runId: accepted.runId,
      signal: AbortSignal.any([interrupted, ended.signal]),
      onProgress: (run) => progress.update(processed(run), run?.expectedShops ?? null),
      onStalled: () => crew.fillIn(),
    });
    return await Promise.race([following, crew.failed]);
  } catch (error) {
    throw withWayOn(error, again ?? commandOnward(ask, accepted));
  } finally {
    ended.abort();
    progress.stop();
    await crew.stop();
  }
}

/** Time is made up for this process only. */
function noteOtherClocks({ terminal }: CliContext, mine: readonly Role[]): void {
  const elsewhere = WORKING_ROLES.filter((role) => !mine.includes(role));
  if (elsewhere.length === 0) return;
  terminal.note(`A service runs elsewhere (${elsewhere.join(', ')}): it goes by its own clock, not by --now.`);
}

function processed(run: RunView | null): number {
  return Object.values(run?.outcomes ?? {}).reduce((sum, count) => sum + count, 0);
}

function describeShops(done: number, total: number | null): string {
  if (total === null) return 'waits for its plan';
  return `${done.toLocaleString('en')} of ${total.toLocaleString('en')} shops`;
}

function announce({ runId, period, dryRun, published }: RunAccepted): string {
  const what = `${dryRun ? 'Dry run' : 'Billing run'} ${runId} of ${period.startDate} to ${period.endDate}`;
  return published ? `${what} was asked for.` : `${what} was asked for before and is not finished.`;
}

/** A run over all shops is found again by its period, any other by its id only. */
function commandOnward({ shopIds, dryRun, force }: RunAsk, { runId, period }: RunAccepted): string {
  return shopIds === null && !dryRun && !force
    ? `"billing process --period ${period.startDate.slice(0, 7)}" goes on with it and follows it again.`
    : `"billing serve" goes on with it, "billing run ${runId}" shows it.`;
}

/** A run outlives the command that asked for it. */
function withWayOn(error: unknown, onward: string): unknown {
  if (error instanceof Interrupted) {
    return new Interrupted(`Not followed any longer: the run goes on wherever its roles run; ${onward}`);
  }
  if (error instanceof BillingError && (error.kind === 'unreachable' || error.kind === 'infrastructure')) {
    const message = `${error.message.replace(/[.\s]*$/, '.')} What is done of the run is safe: when the server is back, ${onward}`;
    return new BillingError(error.code, message, { cause: error, details: error.details });
  }
  return error;
}
