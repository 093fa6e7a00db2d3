/** `billing migrate`, `billing topics apply`, `billing schemas apply`: idempotent set-up against real servers. */
import type { Command } from 'commander';
import { loadConfig, type Config } from '../config.ts';
import { withServers } from './servers.ts';
import { applySchemaFiles, applyTopicMap, migrateDatabase, type SetUpReport } from './set-up.ts';
import { toJson, type CliContext } from './terminal.ts';

export function addSetUpCommands(program: Command, context: CliContext): void {
  const topics = program.command('topics').description('the Kafka topics');
  const schemas = program.command('schemas').description('the Avro schemas in the registry');
  addSetUp(context, topics.command('apply').description('create the topics that are missing'), {
    apply: applyTopicMap,
    example: 'billing topics apply',
  });
  addSetUp(context, schemas.command('apply').description('register the schemas that are missing'), {
    apply: applySchemaFiles,
    example: 'billing schemas apply',
  });
  addSetUp(context, program.command('migrate').description('bring the database to the state this version needs'), {
    apply: migrateDatabase,
    example: 'billing migrate',
  });
}

/** All three do the same: they apply what is missing and say what that was. */
function addSetUp(
  context: CliContext,
  command: Command,
  { apply, example }: { apply: (config: Config) => Promise<SetUpReport>; example: string },
): void {
  command
    .option('--json', 'print one JSON document')
    .addHelpText('after', `\nDoing it again changes nothing.\n\nExample:\n  ${example}`)
    .action(async (options: { json?: true }) => {
      await withServers({ context, config: loadConfig(undefined, { logLevel: 'warn' }) }, async (config) => {
        const { applied, warnings } = await apply(config);
        for (const warning of warnings) context.terminal.note(`Warning: ${warning}.`);
        const lines = applied.length === 0 ? ['nothing was missing'] : applied;
        await context.terminal.out(options.json ? toJson({ applied, warnings }) : `${lines.join('\n')}\n`);
      });
    });
}
