#!/usr/bin/env node
/** The `billing` command: its subcommands, and what their end means for the shell. */
import { Command } from 'commander';
import { systemClock } from './adapters/clock.ts';
import { addDeadLettersCommand } from './cli/dead-letters.ts';
import { addDemoCommand } from './cli/demo.ts';
import { describeError, exitCodeOf, type ExitCode } from './cli/exit-code.ts';
import { addHoldsCommand } from './cli/holds.ts';
import { addExplainCommand } from './cli/explain.ts';
import { addImportCommand } from './cli/import.ts';
import { watchInterrupts } from './cli/interrupt.ts';
import { addIssuingCommands } from './cli/issuing.ts';
import { addInvoicesCommand } from './cli/invoices.ts';
import { version } from './cli/package-root.ts';
import { addProcessCommand } from './cli/process.ts';
import { addRebuildCommand } from './cli/rebuild.ts';
import { addReplayCommand } from './cli/replay.ts';
import { addRunCommand, addRunsCommand } from './cli/runs.ts';
import { addServeCommand } from './cli/serve.ts';
import { addSetUpCommands } from './cli/set-up-commands.ts';
import { addStackCommand } from './cli/stack.ts';
import { addStatusCommand } from './cli/status.ts';
import { createTerminal, type CliContext } from './cli/terminal.ts';
import { addTestCommand } from './cli/test.ts';
import { helpHint } from './cli/usage-hint.ts';
import { addVerifyCommand } from './cli/verify.ts';
import { isDebugging } from './config.ts';

let exitCode: ExitCode = 0;
const context: CliContext = {
  terminal: createTerminal(process),
  clock: systemClock,
  interrupted: watchInterrupts(process),
  exitWith: (code) => (exitCode = code),
};

const program = new Command('billing')
  .description('Bills every shop once a month, exactly once, from facts on Kafka.')
  .version(version())
  // What stands behind the name of a command belongs to that command, also where its parent has such an option.
  .enablePositionalOptions()
  .exitOverride()
  .configureOutput({ outputError: () => {} });
for (const addCommand of [
  addServeCommand,
  addImportCommand,
  addProcessCommand,
  addTestCommand,
  addStatusCommand,
  addRunsCommand,
  addRunCommand,
  addInvoicesCommand,
  addExplainCommand,
  addDeadLettersCommand,
  addHoldsCommand,
  addIssuingCommands,
  addRebuildCommand,
  addReplayCommand,
  addVerifyCommand,
  addSetUpCommands,
  addStackCommand,
  addDemoCommand,
]) {
  addCommand(program, context);
}

try {
  await program.parseAsync();
} catch (error) {
  exitCode = exitCodeOf(error);
  const message = describeError(error, { withStack: isDebugging() });
  if (message !== null) context.terminal.note(`billing: ${message}`);
  const hint = helpHint(error, program, process.argv.slice(2));
  if (hint !== null) context.terminal.note(hint);
}
// What a driver leaves behind, such as a timer of a connection that was lost, must not keep the command alive.
await context.terminal.out('');
process.exit(exitCode);
