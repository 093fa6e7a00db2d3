/** Where to read on after wrong usage. */
import { CommanderError, type Command } from 'commander';
import { RuleError } from '../domain/rule-error.ts';
import { BillingError } from '../errors.ts';

/** @returns null when wrong usage was not the reason; the help of the innermost command that was named, else */
export function helpHint(error: unknown, program: Command, args: readonly string[]): string | null {
  const isMisuse =
    (error instanceof CommanderError && error.exitCode !== 0 && error.code !== 'commander.help') ||
    (error instanceof BillingError && error.code === 'USAGE') ||
    (error instanceof RuleError && error.code === 'PERIOD_INVALID');
  if (!isMisuse) return null;
  const [first, second] = args.filter((arg) => !arg.startsWith('-'));
  const command = program.commands.find((one) => one.name() === first);
  if (command === undefined) return 'See "billing help".';
  const inner = command.commands.find((one) => one.name() === second);
  return inner === undefined
    ? `See "billing help ${command.name()}".`
    : `See "billing ${command.name()} help ${inner.name()}".`;
}
