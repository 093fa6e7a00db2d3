/** `billing pause` and `billing resume`: whether decisions are issued, everywhere. */
import type { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { presentIssuing } from '../gateway/present-issuing.ts';
import { userName } from './actor.ts';
import { withReason } from './reason.ts';
import { withApp } from './servers.ts';
import { toJson, type CliContext } from './terminal.ts';

export function addIssuingCommands(program: Command, context: CliContext): void {
  add(program, context, {
    paused: true,
    name: 'pause',
    description: 'stop issuing, everywhere: requests wait, nothing is decided',
    help: 'Runs that are going on stand still; dry runs go on. "billing status" shows it.',
    done: 'Issuing is paused: nothing is decided until "billing resume".\n',
    before: 'Issuing was paused before.\n',
  });
  add(program, context, {
    paused: false,
    name: 'resume',
    description: 'go on issuing after billing pause',
    help: 'What waited is decided now.',
    done: 'Issuing goes on.\n',
    before: 'Issuing was not paused.\n',
  });
}

function add(
  program: Command,
  context: CliContext,
  {
    paused,
    name,
    description,
    help,
    done,
    before,
  }: Readonly<Record<'name' | 'description' | 'help' | 'done' | 'before', string>> & {
    paused: boolean;
  },
): void {
  withReason(program.command(name))
    .description(description)
    .option('--json', 'print one JSON document')
    .addHelpText('after', `\n${help}\n\nExample:\n  billing ${name} --reason "month end is being checked"`)
    .action(async ({ reason, json }: { reason: string; json?: true }) => {
      await withApp({ context, config: loadConfig(undefined, { logLevel: 'warn' }) }, async (app) => {
        const { changed } = await app.setIssuing({ paused, reason, actor: userName() });
        const issuing = presentIssuing(await app.issuing());
        await context.terminal.out(json ? toJson({ ...issuing, changed }) : changed ? done : before);
      });
    });
}
