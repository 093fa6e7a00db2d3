/** `--now INSTANT`: a command that believes it is another time. For trying things out, never for real servers by accident. */
import { createMovableClock } from '../adapters/movable-clock.ts';
import type { Config } from '../config.ts';
import { BillingError } from '../errors.ts';
import { parseInstant } from '../producers/parse-instant.ts';
import type { CliContext } from './terminal.ts';

export interface NowOption {
  readonly now?: string;
}

export const NOW_FLAG = '--now <instant>';
export const NOW_HELP = 'as if it were this instant, such as 2026-11-01T02:00:00Z (local stack, or BILLING_TEST_MODE)';

/**
 * The context with the clock of the option; as it is without one.
 * @throws BillingError USAGE when the text is no instant, or the servers are configured ones and not for tests
 */
export function atNow(
  context: CliContext,
  { now }: NowOption,
  { servers, testMode }: Pick<Config, 'servers' | 'testMode'>,
): CliContext {
  if (now === undefined) return context;
  const instant = parseInstant(now);
  if (instant === null) {
    throw new BillingError('USAGE', `--now must be an instant with an offset, such as 2026-11-01T02:00:00Z: ${now}`);
  }
  if (servers !== null && !testMode) {
    throw new BillingError(
      'USAGE',
      '--now is for the local stack. If the configured servers are for tests, say so with BILLING_TEST_MODE=true.',
    );
  }
  context.terminal.note(
    `Test mode: for this command it is ${new Date(instant).toISOString()}, and time goes on from there.`,
  );
  return { ...context, clock: createMovableClock(context.clock, instant) };
}
