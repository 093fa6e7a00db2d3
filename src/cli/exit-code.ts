/** What the end of a command means for the shell, and the one sentence a user reads when it went wrong. */
import { CommanderError } from 'commander';
import { ERRORS, BillingError, type ErrorCode } from '../errors.ts';
import { RuleError } from '../domain/rule-error.ts';

/** 0 fine · 1 the job found or left failures · 2 wrong usage or configuration · 3 a server could not be reached */
export type ExitCode = 0 | 1 | 2 | 3 | 130;

/** Thrown where a command ends because it was asked to (Ctrl-C, SIGTERM). */
export class Interrupted extends Error {
  constructor(message = 'Interrupted.') {
    super(message);
    this.name = 'Interrupted';
  }
}

/** What a person asked for and cannot have, whoever found that out: nothing was done. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'HOLD_NOT_FOUND',
  'HOLD_ALREADY_DECIDED',
  'INVOICE_NOT_FOUND',
  'INVOICE_VOIDED',
  'INVOICE_CREDITED',
  'CREDIT_EXCEEDS_INVOICE',
]);

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Interrupted) return 130;
  // Help and version end by an error of their own with code 0; help shown for want of a subcommand is wrong usage.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const code = codeOf(error);
  if (code === null) return 1;
  if (REFUSALS.has(code)) return 2;
  const { kind } = ERRORS[code];
  switch (kind) {
    case 'usage':
      return 2;
    case 'unreachable':
    case 'infrastructure':
      return 3;
    case 'transient':
    case 'permanent':
    case 'poison':
    case 'invariant':
      return 1;
    default:
      return kind satisfies never;
  }
}

/**
 * @param withStack LOG_LEVEL=debug
 * @returns null when there is nothing to say: help was asked for
 */
export function describeError(error: unknown, { withStack }: { withStack: boolean }): string | null {
  if (error instanceof CommanderError) {
    if (error.code.startsWith('commander.help') || error.code === 'commander.version') return null;
    return sentence(error.message.replace(/^error: /, '').replaceAll('\n', ' '));
  }
  if (!(error instanceof Error)) return sentence(String(error));
  if (withStack) return inspect(error);
  const code = codeOf(error);
  if (code !== null || error instanceof Interrupted) return error.message;
  return `${sentence(error.message || error.name)} (This was not foreseen; LOG_LEVEL=debug shows where it came from.)`;
}

/** BillingErrors carry their code; a rule of the domain that was broken names one of the same codes. */
function codeOf(error: unknown): ErrorCode | null {
  return error instanceof BillingError || error instanceof RuleError ? error.code : null;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return `${trimmed[0]?.toUpperCase() ?? ''}${trimmed.slice(1)}${/[.?!)]$/.test(trimmed) ? '' : '.'}`;
}

/** Stacks down the causes; not util.inspect, which would show a driver's connection settings. */
function inspect(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by: ${inspect(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
