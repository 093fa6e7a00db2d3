/** Programmatic use: `import { createBillingScheduler } from 'billing-scheduler'`. */
import { systemClock } from './adapters/clock.ts';
import type { App, RunAsk } from './app.ts';
import { askAndFollow } from './cli/ask-and-follow.ts';
import { allPages, PAGE_SIZE } from './cli/pages.ts';
import { withApp } from './cli/servers.ts';
import type { CliContext, Terminal } from './cli/terminal.ts';
import { loadConfig } from './config.ts';
import type { ShopResultView } from './adapters/read-models.ts';
import { presentRun, type RunJson } from './gateway/present-run.ts';
import { presentStatus, type StatusJson } from './gateway/present-status.ts';

export interface BillingOptions {
  /** Calendar month, `2026-10`; the month before now when no period is given. */
  readonly period?: string;
  /** First and last day, inclusive; a live run needs a whole calendar month. */
  readonly periodStart?: string;
  readonly periodEnd?: string;
  /** Calculates, issues nothing. */
  readonly dryRun?: boolean;
  /** Starts another run, which bills the shops whose period is not settled yet. */
  readonly force?: boolean;
}

export interface MonthlyBillingOptions extends BillingOptions {
  /** All billable shops when left out. */
  readonly shopIds?: readonly string[];
}

export interface BillingScheduler extends AsyncDisposable {
  /** Asks for a run, follows it until every shop has an outcome, and returns all results. */
  processMonthlyBilling(options?: MonthlyBillingOptions): Promise<RunJson>;
  processShopBilling(shopId: string, options?: BillingOptions): Promise<RunJson>;
  getBillingStatus(): Promise<StatusJson>;
  close(): Promise<void>;
}

export type { RunJson, StatusJson };
export { BillingError } from './errors.ts';

/**
 * A scheduler on the servers named by the environment, or on the local stack. Nothing is connected before the first
 * call. Roles that run nowhere else run in this process while a call waits for its run.
 *
 * Calls reject with BillingError; its `code` says what is wrong, its message what to do.
 * @param environment variables as in docs/configuration.md; by default those of the process
 */
export function createBillingScheduler({
  environment,
}: { environment?: Readonly<Record<string, string | undefined>> } = {}): BillingScheduler {
  const closing = new AbortController();
  const context: CliContext = {
    terminal: silentTerminal,
    clock: systemClock,
    interrupted: closing.signal,
    exitWith: () => {},
  };
  let opened: Promise<{ app: App; closed: Promise<void> }> | null = null;

  /** Opens once; a failed try is not kept. */
  const open = () => {
    opened ??= openUntil(context, environment).catch((error: unknown) => {
      opened = null;
      throw error;
    });
    return opened;
  };
  const close = async () => {
    closing.abort(new Error('The billing scheduler was closed.'));
    await opened?.then(
      ({ closed }) => closed,
      () => {},
    );
  };
  const process = async ({ shopIds, period, periodStart, periodEnd, dryRun, force }: MonthlyBillingOptions) => {
    const { app } = await open();
    const ask: RunAsk = {
      shopIds: shopIds ?? null,
      period: period ?? null,
      periodStart: periodStart ?? null,
      periodEnd: periodEnd ?? null,
      dryRun: dryRun ?? false,
      force: force ?? false,
      trigger: { source: 'api', actor: 'billing-scheduler', deliveryId: null },
    };
    const run = await askAndFollow({ context, app, ask });
    const shopResults: ShopResultView[] = [];
    const { runId } = run;
    const pages = allPages((cursor) =>
      app.readModels.listShopResults({ runId, outcome: null, cursor, limit: PAGE_SIZE }),
    );
    for await (const page of pages) shopResults.push(...page);
    return presentRun({ run, shopResults });
  };
  return {
    processMonthlyBilling: (options = {}) => process(options),
    processShopBilling: (shopId, options = {}) => process({ ...options, shopIds: [shopId] }),
    getBillingStatus: async () => {
      const { app } = await open();
      return presentStatus(await app.readModels.status(app.clock.now()), await app.issuing());
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Resolves with the app when it is open, and keeps it open until the context is interrupted. */
function openUntil(
  context: CliContext,
  environment: Readonly<Record<string, string | undefined>> | undefined,
): Promise<{ app: App; closed: Promise<void> }> {
  const config = loadConfig(environment, { logLevel: 'warn' });
  return new Promise((resolve, reject) => {
    const closed = withApp({ context, config, endsItself: true }, async (app) => {
      resolve({ app, closed: ended });
      if (context.interrupted.aborted) return;
      await new Promise((done) => context.interrupted.addEventListener('abort', done, { once: true }));
    });
    const ended = closed.catch(reject);
  });
}

const silentTerminal: Terminal = {
  out: () => Promise.resolve(true),
  note: () => {},
  width: null,
  live: null,
};
