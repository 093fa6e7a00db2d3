/** `billing serve`: runs roles until it is asked to stop. */
import type { Command } from 'commander';
import type { App } from '../app.ts';
import { ROLES, loadConfig, type Role } from '../config.ts';
import { BillingError } from '../errors.ts';
import { Interrupted } from './exit-code.ts';
import { atMost, untilInterrupted } from './interrupt.ts';
import { atNow, NOW_FLAG, NOW_HELP, type NowOption } from './now-option.ts';
import { withApp } from './servers.ts';
import type { CliContext } from './terminal.ts';

/** Roles this version has. */
export const SERVED_ROLES = [
  'gateway',
  'ingester',
  'planner',
  'biller',
  'projector',
] as const satisfies readonly Role[];

/** What is in hand is finished, or given up, within this; a batch that was given up is done again by the next owner. */
const LONGEST_STOP_MS = 10_000;

export function addServeCommand(program: Command, context: CliContext): void {
  program
    .command('serve')
    .description('run the service until Ctrl-C or SIGTERM')
    .option('--roles <roles>', `any of ${SERVED_ROLES.join(',')} (default: all)`)
    .option(NOW_FLAG, NOW_HELP)
    .addHelpText(
      'after',
      `
Exit code: 0 after Ctrl-C or SIGTERM, 1 when a role stopped for good.

Examples:
  billing serve
  billing serve --roles biller,projector
  PORT=8080 billing serve --roles gateway
  billing serve --now 2026-11-01T02:00:00Z     as if it were that night`,
    )
    .action(async (options: NowOption & { roles?: string }) => {
      const roles = options.roles === undefined ? SERVED_ROLES : parseRoles(options.roles);
      const config = loadConfig();
      await withApp({ context: atNow(context, options, config), config, endsItself: true }, async (app) => {
        const served = await startServing(app, roles);
        try {
          await context.terminal.out(`${served.url ?? 'Running'} (${roles.join(', ')})\n`);
          await untilStopped(served, context);
        } finally {
          await served.stop();
        }
      });
    });
}

/** Throws USAGE for a role that is unknown or not part of this version. */
export function parseRoles(text: string): Role[] {
  const names = [...new Set(text.split(',').map((name) => name.trim()))];
  return names.map((name) => {
    const served = SERVED_ROLES.find((role) => role === name);
    if (served !== undefined) return served;
    const reason = (ROLES as readonly string[]).includes(name) ? 'This version has no role' : 'There is no role';
    throw new BillingError('USAGE', `${reason} ${JSON.stringify(name)}: the roles are ${SERVED_ROLES.join(', ')}.`);
  });
}

export interface Served {
  /** Of the gateway; null without one. */
  readonly url: string | null;
  /** Rejects when a role stopped for good. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** Starts roles and, where it is among them, the gateway. */
export async function startServing(app: App, roles: readonly Role[]): Promise<Served> {
  const working = roles.filter((role) => role !== 'gateway');
  const running = working.length > 0 ? await app.startRoles(working) : null;
  const stopRoles = () => atMost(LONGEST_STOP_MS, running?.stop() ?? Promise.resolve());
  try {
    const { serveGateway } = await import('../gateway/serve-gateway.ts');
    const gateway = roles.includes('gateway')
      ? await serveGateway({ app, ...(running === null ? {} : { roles: running }) })
      : null;
    return {
      url: gateway?.url ?? null,
      failed: running?.failed ?? new Promise<never>(() => {}),
      async stop() {
        if (gateway !== null) await atMost(LONGEST_STOP_MS, gateway.close());
        await stopRoles();
      },
    };
  } catch (error) {
    await stopRoles();
    throw error;
  }
}

/** Resolves on Ctrl-C or SIGTERM; rejects when a role stopped for good. */
export async function untilStopped({ failed }: Pick<Served, 'failed'>, context: CliContext): Promise<void> {
  try {
    await untilInterrupted(failed, context.interrupted);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    context.terminal.note('Stopping.');
  }
}
